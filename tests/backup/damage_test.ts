import { assertEquals, assertStringIncludes } from "../deps/assert.ts";
import { tally } from "../support/bulk.ts";
import { jsonLines, tenantFileTest } from "../support/temporary.ts";
import { ALEX, DIEGO, photosOf, removeWith, restoreFrom } from "./support.ts";

/** What may have happened to a photo's file; `outside` is a copy of it in another place. */
const DAMAGES: Readonly<Record<string, (path: string, outside: string) => Promise<void>>> = {
  "one bit changed": async (path) => {
    const bytes = await Deno.readFile(path);
    bytes[100]! ^= 1;
    await Deno.writeFile(path, bytes);
  },
  "cut off": (path) => Deno.truncate(path, 10),
  "emptied": (path) => Deno.truncate(path, 0),
  "grown": (path) => Deno.writeFile(path, Uint8Array.of(0), { append: true }),
  "gone": (path) => Deno.remove(path),
  "a folder": async (path) => {
    await Deno.remove(path);
    await Deno.mkdir(path);
  },
  "a link to the same bytes": async (path, outside) => {
    await Deno.remove(path);
    await Deno.symlink(outside, path);
  },
  "a link that is as long as the photo": async (path, outside) => {
    const { size } = await Deno.stat(path);
    await Deno.remove(path);
    await Deno.symlink("/".repeat(size - outside.length) + outside, path);
  },
  "a link to nowhere": async (path) => {
    await Deno.remove(path);
    await Deno.symlink("/no/such/file", path);
  },
};

for (const [name, damage] of Object.entries(DAMAGES)) {
  Deno.test(
    tenantFileTest(
      `restoreProfilePhotos() does not put back a file that is ${name}`,
      async (tenant, root) => {
        const folder = `${root}/photos`;
        const before = photosOf(tenant, [ALEX, DIEGO]);
        const results = await removeWith(tenant, folder, [ALEX, DIEGO]);
        const file = results.find(({ target }) => target === ALEX)!.backup!;
        await Deno.copyFile(`${folder}/${file}`, `${root}/outside`);
        await damage(`${folder}/${file}`, `${root}/outside`);
        for (const whatIf of [true, false]) {
          const restored = await restoreFrom(tenant, folder, { whatIf });
          assertEquals(tally(restored), { [whatIf ? "planned" : "restored"]: 1, failed: 1 });
          const { code, message } = restored.find(({ outcome }) => outcome === "failed")!;
          assertEquals(code, "BackupDamaged");
          assertStringIncludes(message!, file);
        }
        assertEquals(photosOf(tenant, [ALEX, DIEGO]), [undefined, before[1]]);
      },
    ),
  );
}

/** What somebody may have written into a line of the manifest, and what comes of it. */
const LINES: readonly (readonly [name: string, change: object, code: string | undefined])[] = [
  ["a file outside the folder", { file: "../outside" }, undefined],
  ["another hash", { sha256: "0".repeat(64) }, "BackupDamaged"],
  ["another size", { size: 11 }, "BackupDamaged"],
  ["an enormous size", { size: Number.MAX_SAFE_INTEGER }, "BackupDamaged"],
];

for (const [name, change, code] of LINES) {
  Deno.test(tenantFileTest(`restoreProfilePhotos() rejects ${name} in the manifest`, async (tenant, root) => {
    const folder = `${root}/photos`;
    const before = photosOf(tenant, [ALEX]);
    await removeWith(tenant, folder, [ALEX]);
    const [line] = await jsonLines(`${folder}/manifest.ndjson`);
    await Deno.copyFile(`${folder}/${line!.file}`, `${root}/outside`);
    const changed = JSON.stringify({ ...line, id: DIEGO.user, ...change });
    await Deno.writeTextFile(`${folder}/manifest.ndjson`, `\n{"torn\n${changed}\n`, { append: true });
    tenant.directory.removePhoto(DIEGO.user);

    const results = await restoreFrom(tenant, folder);
    assertEquals(tally(results), { restored: 1, ...(code ? { failed: 1 } : {}) });
    assertEquals<unknown>(results.find(({ outcome }) => outcome === "failed")?.code, code);
    assertEquals(photosOf(tenant, [ALEX, DIEGO]), [before[0], undefined]);
  }));
}
