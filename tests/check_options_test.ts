import { checkOptionNames } from "../lib/check_options.ts";
import {
  type BackupStore,
  checkAccess,
  findProfilePhotos,
  openFolderBackup,
  removeProfilePhoto,
  removeProfilePhotos,
  restoreProfilePhotos,
} from "../mod.ts";
import { assertEquals, assertRejects, assertThrows } from "./deps/assert.ts";
import { emulatorTest } from "./support/emulated.ts";
import { NONE } from "./support/test.ts";

/** What code without types may write, and the option that it means. */
const MISTAKES = {
  whatif: "whatIf",
  WhatIf: "whatIf",
  "what-if": "whatIf",
  dryRun: "whatIf",
  dryrun: "whatIf",
  backups: "backup",
  verifiy: "verify",
  credentials: "credential",
  timeOut: "timeout",
};

Deno.test(
  emulatorTest("an unknown option removes nothing, and the error names the nearest", async (tenant) => {
    const connection = { credential: await tenant.issueToken(), cloud: tenant.cloud };
    const alex = { user: "alex@contoso.com" };
    for (const [name, meant] of Object.entries(MISTAKES)) {
      const options = { ...connection, [name]: true };
      const said = `Unknown option ${JSON.stringify(name)}: did you mean "${meant}"?`;
      await assertRejects(() => removeProfilePhoto(alex, options), TypeError, said);
      assertThrows(() => removeProfilePhotos([alex], options), TypeError, said);
    }
    const other = { ...connection, concurency: 5 };
    assertThrows(() => removeProfilePhotos([alex], other), TypeError, 'did you mean "concurrency"?');
    await assertRejects(() => removeProfilePhoto(alex, other), TypeError, "Unknown option");
    const everybody = { kind: "user", all: true } as const;
    assertThrows(
      () => findProfilePhotos(everybody, { ...connection, ...{ whatIf: true } }),
      TypeError,
      'Unknown option "whatIf"',
    );
    await assertRejects(
      () => checkAccess({ ...connection, ...{ whatIf: true } }),
      TypeError,
      "Unknown option",
    );
    assertEquals([...tenant.requests], []);
  }),
);

Deno.test(emulatorTest("what is no backup removes nothing", async (tenant) => {
  const connection = { credential: await tenant.issueToken(), cloud: tenant.cloud };
  const alex = { user: "alex@contoso.com" };
  const { save: _, ...withoutSave } = { save() {}, entries() {}, read() {} };
  const folder = openFolderBackup("no/such/folder", { readOnly: true });
  for (
    const [value, said] of [["photos", "of type string"], [folder, "a promise"], [
      withoutSave,
      "of type object",
    ]]
  ) {
    const backup = value as unknown as BackupStore;
    const must = `must be a store such as openFolderBackup() resolves to: current value is ${said}`;
    await assertRejects(() => removeProfilePhoto(alex, { ...connection, backup }), TypeError, must);
    assertThrows(() => removeProfilePhotos([alex], { ...connection, backup }), TypeError, must);
    if (value !== withoutSave) assertThrows(() => restoreProfilePhotos(backup, connection), TypeError, must);
  }
  await folder;
  assertEquals([...tenant.requests], []);
}));

Deno.test("restoreProfilePhotos() refuses an option that does not exist", NONE, async () => {
  const backup = await openFolderBackup("no/such/folder", { readOnly: true });
  const options = { credential: "token", onlyIf: () => true };
  assertThrows(() => restoreProfilePhotos(backup, options), TypeError, 'did you mean "only"?');
});

Deno.test("checkOptionNames() lists the options that exist", NONE, () => {
  checkOptionNames({ one: 1 }, ["one", "two"]);
  assertThrows(() => checkOptionNames({ three: 3 }, ["one", "two"]), TypeError, "The options are one, two");
});
