import { readReport } from "../../lib/report.ts";
import { openFolderBackup, openReport } from "../../mod.ts";
import { assert, assertEquals, assertRejects } from "../deps/assert.ts";
import { tally } from "../support/bulk.ts";
import { promptRejection } from "../support/promises.ts";
import { fileTest, inTemporaryFolder, tenantFileTest } from "../support/temporary.ts";
import { IS_WINDOWS } from "../support/test.ts";
import { ALEX, photosOf, removeWith, restoreFrom } from "./support.ts";

const PHOTO = "user-alex-01234567-0123456789abcdef.png";
const ENTRY = { target: ALEX, contentType: "image/png", size: 5, sha256: "0".repeat(64), time: "" };

const RECORD = `{"target":"user","id":"${ALEX.user}","outcome":"removed"}\n`;

/** Where a file is expected: its name in the folder, and what is done with it. */
const PLACES: Readonly<Record<string, [name: string, use: (folder: string) => Promise<unknown>]>> = {
  "the report": ["run.ndjson", (folder) => openReport(`${folder}/run.ndjson`)],
  "the report to resume from": ["run.ndjson", (folder) => readReport(`${folder}/run.ndjson`)],
  "the manifest to add to": ["manifest.ndjson", (folder) => openFolderBackup(folder)],
  "the manifest to read": [
    "manifest.ndjson",
    async (folder) => Array.fromAsync((await openFolderBackup(folder, { readOnly: true })).entries()),
  ],
  "a photo": [
    PHOTO,
    async (folder) => (await openFolderBackup(folder, { readOnly: true })).read({ ...ENTRY, file: PHOTO }),
  ],
};

const SPECIAL: Readonly<Record<string, (path: string) => unknown>> = {
  "a pipe": (path) => new Deno.Command("mkfifo", { args: [path] }).outputSync(),
  "a device without end": (path) => Deno.symlinkSync("/dev/zero", path),
  "a folder": (path) => Deno.mkdirSync(path),
};

const ALL: Deno.PermissionOptionsObject = { read: true, write: true, run: ["mkfifo"] };

for (const [what, make] of Object.entries(SPECIAL)) {
  const ignore = IS_WINDOWS && what !== "a folder";
  Deno.test(`${what} in place of a file is refused, and neither waited for nor read`, {
    permissions: ALL,
    ignore,
  }, async () => {
    for (const [place, [name, use]] of Object.entries(PLACES)) {
      await inTemporaryFolder(async (folder) => {
        make(`${folder}/${name}`);
        const error = await promptRejection(use(folder));
        assert(error instanceof Error && !error.message.startsWith("Nothing happened"), `${place}: ${error}`);
      });
    }
  });
}

Deno.test(
  tenantFileTest("a link in a backup is not followed; its folder may be a link", async (tenant, root) => {
    const [folder, link] = [`${root}/photos`, `${root}/link`];
    const manifest = `${folder}/manifest.ndjson`;
    const before = photosOf(tenant, [ALEX]);
    await Deno.mkdir(folder);
    await Deno.symlink(folder, link);
    assertEquals(tally(await removeWith(tenant, link, [ALEX])), { removed: 1 });
    assertEquals(tally(await restoreFrom(tenant, link)), { restored: 1 });

    await Deno.rename(manifest, `${root}/outside`);
    await Deno.symlink(`${root}/outside`, manifest);
    const kept = await Deno.readTextFile(`${root}/outside`);
    await assertRejects(() => removeWith(tenant, folder, [ALEX]), Error, "is a link");
    await assertRejects(() => restoreFrom(tenant, folder), Error, "is a link");
    assertEquals([await Deno.readTextFile(`${root}/outside`), photosOf(tenant, [ALEX])], [kept, before]);
  }),
);

Deno.test(tenantFileTest("a report may be a link, as its name was typed", async (_tenant, root) => {
  await Deno.writeTextFile(`${root}/reports.ndjson`, "");
  await Deno.symlink(`${root}/reports.ndjson`, `${root}/run.ndjson`);
  await using report = await openReport(`${root}/run.ndjson`);
  assert(report);
  await readReport(`${root}/run.ndjson`);
}));

Deno.test(fileTest("a line without an end, in a manifest or a report, is passed over", async (root) => {
  const endless = "x".repeat(3 * 2 ** 20);
  const entry = { ...ENTRY, target: "user", id: ALEX.user, file: PHOTO, time: "2026-01-02T03:04:05Z" };
  await Deno.writeTextFile(`${root}/manifest.ndjson`, `${endless}\n${JSON.stringify(entry)}\n`);
  await Deno.writeTextFile(`${root}/run.ndjson`, `${endless}\n${RECORD}`);
  const badLines: number[] = [];
  const backup = await openFolderBackup(root, {
    readOnly: true,
    onInvalidLine: (line) => badLines.push(line),
  });
  const entries = await Array.fromAsync(backup.entries());
  assertEquals([entries.map(({ target }) => target), badLines], [[ALEX], [1]]);
  assert((await readReport(`${root}/run.ndjson`)).isFinished(ALEX));
}));
