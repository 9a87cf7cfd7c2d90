import { assert, assertEquals, assertMatch, assertRejects } from "../deps/assert.ts";
import { type BackupStore, openFolderBackup } from "../../mod.ts";
import { tally } from "../support/bulk.ts";
import {
  FILES,
  fileTest,
  HAS_MODES,
  inTemporaryFolder,
  jsonLines,
  modeOf,
  tenantFileTest,
} from "../support/temporary.ts";
import { users } from "../support/users.ts";
import { startEmulator } from "../../lib/emulator/mod.ts";
import { ALEX, DIEGO, keyIn, photosOf, removeWith, restoreFrom, TARGETS } from "./support.ts";

const filesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
const manifestOf = (folder: string) => `${folder}/manifest.ndjson`;

Deno.test(
  tenantFileTest(
    "openFolderBackup() saves a file and a manifest line for each photo",
    async (tenant, root) => {
      const folder = `${root}/photos`;
      const photos = new Map(
        TARGETS.map((target) => [keyIn(target), tenant.directory.photo(keyIn(target))!]),
      );
      const startedAt = Date.now();
      await removeWith(tenant, folder, TARGETS);
      const entries = await jsonLines(manifestOf(folder));
      assertEquals(entries.length, TARGETS.length);
      assertEquals(filesIn(folder), ["manifest.ndjson", ...entries.map(({ file }) => String(file))].sort());
      for (const { target, id, file, contentType, size, sha256, time, ...rest } of entries) {
        const { bytes, contentType: type } = photos.get(target === "me" ? "adele@contoso.com" : String(id))!;
        const saved = await Deno.readFile(`${folder}/${file}`);
        const whose = target === "me" ? { userId: tenant.directory.signedInUser.id } : {};
        assertEquals([saved.toHex(), size, contentType, rest], [bytes.toHex(), bytes.length, type, whose]);
        const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
        assertEquals(sha256, digest.toHex());
        assert(Math.abs(Date.parse(String(time)) - startedAt) < 60_000);
        assertMatch(String(file), new RegExp(`^${target}-[a-z0-9-]+\\.(png|jpg)$`));
        if (HAS_MODES) assertEquals(modeOf(`${folder}/${file}`), 0o600);
      }
      if (HAS_MODES) assertEquals([modeOf(manifestOf(folder)), modeOf(folder)], [0o600, 0o700]);
    },
  ),
);

Deno.test(
  tenantFileTest(
    "openFolderBackup() with readOnly creates nothing and saves nothing",
    async (tenant, root) => {
      await using backup = await openFolderBackup(`${root}/photos`, { readOnly: true });
      const [result] = await removeWith(tenant, backup, [ALEX]);
      assertEquals([result!.code, tenant.directory.hasPhoto(ALEX.user)], ["BackupFailed", true]);
      assertEquals(filesIn(root), []);
    },
  ),
);

Deno.test(
  tenantFileTest(
    "openFolderBackup() saves a user's same photo again, and another",
    async (tenant, folder) => {
      const other = tenant.directory.photo(DIEGO.user)!.bytes;
      for (let round = 0; round < 2; round++) {
        assertEquals(tally(await removeWith(tenant, folder, [ALEX])), { removed: 1 });
        assertEquals(tally(await restoreFrom(tenant, folder)), { restored: 1 });
      }
      tenant.directory.setPhoto(ALEX.user, other);
      assertEquals(tally(await removeWith(tenant, folder, [ALEX])), { removed: 1 });
      assertEquals((await jsonLines(manifestOf(folder))).length, 3);
      assertEquals(filesIn(folder).length, 3);
      await restoreFrom(tenant, folder);
      assertEquals(photosOf(tenant, [ALEX]), [other.toHex()]);
    },
  ),
);

Deno.test(
  tenantFileTest("openFolderBackup() saves a target that is given twice at once", async (tenant, folder) => {
    const targets = [ALEX, ALEX, { user: ALEX.user.toUpperCase() }, DIEGO];
    const before = photosOf(tenant, [ALEX, DIEGO]);
    const results = await removeWith(tenant, folder, targets);
    assertEquals(results.filter(({ outcome }) => outcome === "failed"), []);
    await restoreFrom(tenant, folder);
    assertEquals(photosOf(tenant, [ALEX, DIEGO]), before);
  }),
);

Deno.test(
  tenantFileTest("openFolderBackup() replaces a file that a crash left incomplete", async (tenant, root) => {
    const before = photosOf(tenant, [ALEX]);
    await removeWith(tenant, `${root}/first`, [ALEX]);
    await restoreFrom(tenant, `${root}/first`);
    const [{ file }] = await jsonLines(manifestOf(`${root}/first`)) as [{ file: string }];
    const bytes = await Deno.readFile(`${root}/first/${file}`);
    for (const size of [0, 10, bytes.length - 1]) {
      const folder = `${root}/after${size}`;
      await Deno.mkdir(folder);
      await Deno.writeFile(`${folder}/${file}`, bytes.subarray(0, size));
      const [result] = await removeWith(tenant, folder, [ALEX]);
      assertEquals([result!.outcome, result!.message], ["removed", null]);
      await restoreFrom(tenant, folder);
      assertEquals(photosOf(tenant, [ALEX]), before);
    }
  }),
);

Deno.test(
  tenantFileTest("openFolderBackup() does not write through an existing link", async (tenant, root) => {
    await removeWith(tenant, `${root}/first`, [ALEX]);
    await restoreFrom(tenant, `${root}/first`);
    const [{ file }] = await jsonLines(manifestOf(`${root}/first`)) as [{ file: string }];
    await Deno.mkdir(`${root}/second`);
    await Deno.writeTextFile(`${root}/precious`, "precious");
    await Deno.symlink(`${root}/precious`, `${root}/second/${file}`);
    const [result] = await removeWith(tenant, `${root}/second`, [ALEX]);
    assertEquals(await Deno.readTextFile(`${root}/precious`), "precious");
    assertEquals(tenant.directory.hasPhoto(ALEX.user), result!.outcome !== "removed");
  }),
);

const UNUSABLE: Readonly<Record<string, (folder: string) => void>> = {
  "a file": (folder) => Deno.writeTextFileSync(folder, ""),
  "below a file": (folder) => Deno.writeTextFileSync(folder.slice(0, folder.lastIndexOf("/")), ""),
  "a read-only folder": (folder) => Deno.mkdirSync(folder, { mode: 0o500 }),
};

for (const [name, make] of Object.entries(UNUSABLE)) {
  const isIgnored = name === "a read-only folder" && (!HAS_MODES || Deno.uid() === 0);
  Deno.test(
    `openFolderBackup() rejects for ${name}`,
    { permissions: FILES, ignore: isIgnored },
    () =>
      inTemporaryFolder(async (root) => {
        const folder = name === "below a file" ? `${root}/x/photos` : `${root}/photos`;
        make(folder);
        await assertRejects(() => openFolderBackup(folder));
      }),
  );
}

/** What somebody may do to a backup during a run, and where the photos are then that were saved before. */
const EXCHANGES: Readonly<Record<string, [exchange: (folder: string) => void, saved: string | undefined]>> = {
  "is moved": [(folder) => Deno.renameSync(folder, `${folder}.old`), "photos.old"],
  "is moved, and another one is in its place": [(folder) => {
    Deno.renameSync(folder, `${folder}.old`);
    Deno.mkdirSync(folder);
  }, "photos.old"],
  "is removed": [(folder) => {
    Deno.renameSync(folder, `${folder}.old`); // it could not be removed while another photo is written to it
    Deno.removeSync(`${folder}.old`, { recursive: true });
  }, undefined],
  "lost its manifest": [(folder) => Deno.removeSync(manifestOf(folder)), undefined],
  "has a copy of its manifest": [(folder) => {
    Deno.copyFileSync(manifestOf(folder), `${folder}/copy`);
    Deno.renameSync(`${folder}/copy`, manifestOf(folder));
  }, "photos"],
};

for (const [what, [exchange, saved]] of Object.entries(EXCHANGES)) {
  Deno.test(tenantFileTest(
    `a run stops whose backup ${what}`,
    async (tenant, root) => {
      const folder = `${root}/photos`;
      for (const [at, batchSize] of [1, 20].entries()) {
        const targets = users(40, 1 + at * 40);
        const before = photosOf(tenant, targets);
        await using backup = await openFolderBackup(folder);
        let saves = 0;
        const save: BackupStore["save"] = (entry, bytes) => {
          if (++saves === 10) exchange(folder);
          return backup.save(entry, bytes);
        };
        const options = { batchSize, concurrency: 1 };
        const results = await removeWith(tenant, { ...backup, save }, targets, options);
        const { removed = 0, failed = 0, notAttempted = 0, ...others } = tally(results);
        assertEquals([others, removed + failed + notAttempted], [{}, 40]);
        assert(
          removed < 10 && failed >= 1 && (notAttempted > 0 || batchSize > 1),
          JSON.stringify(tally(results)),
        );
        const failures = results.filter(({ outcome }) => outcome === "failed");
        assert(
          failures.every(({ code, message }) =>
            code === "BackupMoved" && message!.includes("was not removed")
          ),
          JSON.stringify(failures.map(({ code, message }) => [code, message])),
        );
        if (saved !== undefined) {
          await restoreFrom(tenant, `${root}/${saved}`);
          assertEquals(photosOf(tenant, targets), before);
        }
        await Deno.remove(root, { recursive: true });
        await Deno.mkdir(root);
      }
    },
    { users: 80 },
  ));
}

Deno.test(
  fileTest("openFolderBackup() removes what a crash left half-written, and nothing else", async (folder) => {
    const left = `user-alex-01234567-0123456789abcdef.jpg.${crypto.randomUUID()}.part`;
    const others = [
      "holiday.part",
      `x.${crypto.randomUUID()}.part`,
      "user-alex-01234567-0123456789abcdef.jpg",
    ];
    for (const name of [left, ...others]) await Deno.writeTextFile(`${folder}/${name}`, "x");
    await (await openFolderBackup(folder, { readOnly: true }))[Symbol.asyncDispose]();
    assertEquals(filesIn(folder), [left, ...others].sort());
    await (await openFolderBackup(folder))[Symbol.asyncDispose]();
    assertEquals(filesIn(folder), ["manifest.ndjson", ...others].sort());
  }),
);

const { open } = Deno;

Deno.test(tenantFileTest(
  "a backup that another run begins to write to loses no photo of the first",
  async (tenant, folder) => {
    await using backup = await openFolderBackup(folder);
    let isOpened = false;
    try {
      Deno.open = async (path, options) => {
        const file = await open(path, options);
        if (!isOpened && String(path).endsWith(".part")) {
          isOpened = true;
          await (await openFolderBackup(folder))[Symbol.asyncDispose]();
        }
        return file;
      };
      const [result] = await removeWith(tenant, backup, [ALEX]);
      assertEquals([isOpened, result!.outcome, result!.message], [true, "removed", null]);
    } finally {
      Deno.open = open;
    }
    assertEquals(tally(await restoreFrom(tenant, folder)), { restored: 1 });
  },
));

Deno.test(
  "openFolderBackup() rejects where Deno may not write",
  { permissions: { read: true } },
  async () => {
    await assertRejects(() => openFolderBackup("/tmp/not-permitted"), Deno.errors.NotCapable);
  },
);

const { write } = Deno.FsFile.prototype;

Deno.test(
  "a photo for which the disk has no room is not removed, and later ones are",
  { permissions: FILES },
  async () => {
    await using tenant = await startEmulator();
    await inTemporaryFolder(async (folder) => {
      let room = false;
      try {
        Deno.FsFile.prototype.write = async function (bytes) {
          if (room) return await write.call(this, bytes);
          await write.call(this, bytes.subarray(0, 10));
          throw new Error("No space left on device");
        };
        await using store = await openFolderBackup(folder);
        const [full] = await removeWith(tenant, store, [ALEX]);
        assertEquals([full!.code, tenant.directory.hasPhoto(ALEX.user)], ["BackupFailed", true]);
        room = true;
        assertEquals(tally(await removeWith(tenant, store, [DIEGO])), { removed: 1 });
        const [again] = await removeWith(tenant, store, [ALEX]);
        assertEquals([again!.outcome, again!.message], ["removed", null]);
        assertEquals(tally(await restoreFrom(tenant, store)), { restored: 2 });
      } finally {
        Deno.FsFile.prototype.write = write;
      }
    });
  },
);

Deno.test(tenantFileTest("restoreProfilePhotos() throws if there is no backup", async (tenant, root) => {
  await assertRejects(() => restoreFrom(tenant, `${root}/no`), Deno.errors.NotFound);
}));
