import { assert, assertEquals, assertMatch, assertStringIncludes } from "../deps/assert.ts";
import { byToken, graphRequests, outcomes } from "../support/command.ts";
import { runAsApp } from "../support/run_in_process.ts";
import { jsonLines, tenantFileTest } from "../support/temporary.ts";
import { userList, users } from "../support/users.ts";

const IDS = [
  "alex@contoso.com",
  "pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com",
  "$servicedesk@contoso.com",
];

/** Removes from a backup to whom the saved photo of me belongs, as an older version left it out. */
async function forgetOwner(photos: string): Promise<void> {
  const manifest = `${photos}/manifest.ndjson`;
  const text = await Deno.readTextFile(manifest);
  await Deno.writeTextFile(manifest, text.replace(/"userId":"[^"]*",/, ""));
}

Deno.test(
  tenantFileTest("--backup saves each photo, and restore puts back all or some", async (tenant, folder) => {
    const photos = `${folder}/photos`;
    const before = IDS.map((id) => tenant.directory.photo(id)!.bytes.toHex());
    const now = () => IDS.map((id) => tenant.directory.photo(id)?.bytes.toHex());
    const removed = await runAsApp(tenant, ["user", "-", "--yes", "--backup", photos], {
      stdin: IDS.join("\n"),
    });
    assertEquals(removed.code, 0, removed.stderr);
    const manifest = await jsonLines(`${photos}/manifest.ndjson`);
    assertEquals(
      removed.records().map(({ backup }) => backup).sort(),
      manifest.map(({ file }) => file).sort(),
    );
    assertEquals(now(), [undefined, undefined, undefined]);

    const looked = await runAsApp(tenant, ["restore", photos, "--what-if"]);
    assertEquals([looked.code, Object.values(outcomes(looked))], [0, ["planned", "planned", "planned"]]);
    const table = await runAsApp(tenant, ["restore", photos, "--what-if", "--output", "table"]);
    assertEquals(table.stdout.match(/\(would be put back\)\n/g)?.length, 3);
    assertEquals(now(), [undefined, undefined, undefined]);

    const report = `${folder}/restore.ndjson`;
    const one = await runAsApp(tenant, ["restore", photos, `<${IDS[1]!.toUpperCase()}>`, "--report", report]);
    assertEquals([one.code, outcomes(one)], [0, { [IDS[1]!]: "restored" }], one.stderr);
    assertEquals(now(), [undefined, before[1], undefined]);
    assertEquals((await jsonLines(report)).map(({ outcome }) => outcome), ["restored"]);

    const all = await runAsApp(tenant, ["restore", photos, "--yes"]);
    assertEquals([all.code, Object.values(outcomes(all)).sort()], [0, ["kept", "restored", "restored"]]);
    assertEquals(now(), before);
    assertMatch(all.stderr, /2 restored, 1 kept .*\n {2}1 kept: photos that are there now\. --overwrite /);
  }),
);

Deno.test(tenantFileTest(
  "restore of an id that is not in the backup exits 2, with nothing sent",
  async (tenant, folder) => {
    const photos = `${folder}/photos`;
    await runAsApp(tenant, ["user", ...IDS, "--backup", photos]);
    const sent = graphRequests(tenant).length;
    const result = await runAsApp(tenant, ["restore", photos, IDS[0]!, "bob@contoso.com"]);
    assertEquals([result.code, result.stdout, graphRequests(tenant).length], [2, "", sent]);
    assertStringIncludes(result.stderr, "bob@contoso.com");
  },
));

Deno.test(tenantFileTest("--backup and restore work for a group and for me", async (tenant, folder) => {
  const photos = `${folder}/photos`;
  const [group] = tenant.directory.groups.map(({ id }) => id);
  const keys = ["adele@contoso.com", group!];
  const before = keys.map((key) => tenant.directory.photo(key)!.bytes.toHex());
  const env = byToken(tenant, await tenant.issueToken({ user: "adele@contoso.com" }));
  for (const args of [["me"], ["group", group!]]) {
    const result = await runAsApp(tenant, [...args, "--backup", photos], { env });
    assertEquals([result.code, result.records()[0]!.outcome], [0, "removed"], result.stderr);
  }
  assertEquals(keys.map((key) => tenant.directory.hasPhoto(key)), [false, false]);
  const me = await runAsApp(tenant, ["restore", photos, "me"], { env });
  assertEquals([me.code, me.records().map(({ target, id }) => [target, id])], [0, [["me", null]]], me.stderr);
  const all = await runAsApp(tenant, ["restore", photos, "--yes"], { env });
  assertEquals(all.code, 0, all.stderr);
  assertEquals(keys.map((key) => tenant.directory.photo(key)?.bytes.toHex()), before);
}));

Deno.test(tenantFileTest(
  "restore of me with an app's own token exits 4, with nothing sent",
  async (tenant, folder) => {
    const photos = `${folder}/photos`;
    const env = byToken(tenant, await tenant.issueToken({ user: "adele@contoso.com" }));
    await runAsApp(tenant, ["me", "--backup", photos], { env });
    await forgetOwner(photos); // which an app is not warned about
    const sent = graphRequests(tenant).length;
    const { code, stderr } = await runAsApp(tenant, ["restore", photos, "me"]);
    assertEquals(
      [code, stderr.includes("not known"), graphRequests(tenant).length],
      [4, false, sent],
      stderr,
    );
  },
));

Deno.test(
  tenantFileTest("a folder that cannot hold a backup exits 2, with nothing sent", async (tenant, folder) => {
    await Deno.writeTextFile(`${folder}/file`, "where the folder should be");
    for (const photos of [`${folder}/file`, `${folder}/file/photos`]) {
      const options = { stdin: IDS.join("\n") };
      const result = await runAsApp(tenant, ["user", "-", "--yes", "--backup", photos], options);
      assertEquals([result.code, result.stdout], [2, ""], result.stderr);
      assertStringIncludes(result.stderr, photos);
    }
    assertEquals(graphRequests(tenant), []);
  }),
);

Deno.test(tenantFileTest(
  "a damaged photo exits 1 with BackupDamaged, and the others are put back",
  async (tenant, folder) => {
    const photos = `${folder}/photos`;
    await runAsApp(tenant, ["user", ...IDS, "--backup", photos]);
    const [{ file }] = await jsonLines(`${photos}/manifest.ndjson`) as [{ file: string }];
    await Deno.truncate(`${photos}/${file}`, 20);
    const result = await runAsApp(tenant, ["restore", photos, "--yes"]);
    assertEquals(result.code, 1);
    assertEquals(Object.values(outcomes(result)).sort(), ["failed", "restored", "restored"]);
    assertMatch(result.stderr, /1 × BackupDamaged: The file has changed since it was saved/);
  },
));

Deno.test(tenantFileTest(
  "restore names the lines of the manifest that it skips, and restores the rest",
  async (tenant, folder) => {
    const photos = `${folder}/photos`;
    const manifest = `${photos}/manifest.ndjson`;
    await runAsApp(tenant, ["user", IDS[0]!, "--backup", photos]);
    const line = await Deno.readTextFile(manifest);

    await Deno.writeTextFile(manifest, `${line.replaceAll("user-", "../user-")}\n${line}{"torn`);
    const some = await runAsApp(tenant, ["restore", photos, "--yes"]);
    assertEquals([some.code, outcomes(some)], [0, { [IDS[0]!]: "restored" }]);
    assertStringIncludes(some.stderr, `Skipping 2 lines of "${manifest}" that are not entries: 1, 4\n`);

    await Deno.writeTextFile(manifest, "[]\n");
    const none = await runAsApp(tenant, ["restore", photos, "--yes"]);
    assertEquals([none.code, none.stdout], [2, ""]);
    assertStringIncludes(none.stderr, `"${manifest}"`);

    await Deno.writeTextFile(manifest, "\n");
    const empty = await runAsApp(tenant, ["restore", photos, "--yes"]);
    assertEquals([empty.code, empty.stdout], [0, ""]);
    assertStringIncludes(empty.stderr, "has no photos to restore");
  },
));

Deno.test(tenantFileTest(
  "restore of me refuses another user's photo, and warns if the owner is unknown",
  async (tenant, folder) => {
    const photos = `${folder}/photos`;
    const as = async (user: string) => ({ env: byToken(tenant, await tenant.issueToken({ user })) });
    const adele = await as("adele@contoso.com");
    await runAsApp(tenant, ["me", "--backup", photos], adele);
    const sent = graphRequests(tenant).length;
    const alex = await runAsApp(tenant, ["restore", photos, "me"], await as("alex@contoso.com"));
    assertEquals([alex.code, alex.records()[0]!.code], [1, "BackupOfAnotherUser"]);
    assertEquals(graphRequests(tenant).length, sent);

    const known = await runAsApp(tenant, ["restore", photos, "me"], adele);
    assertEquals([known.code, known.stderr.includes("not known")], [0, false], known.stderr);
    tenant.directory.removePhoto("adele@contoso.com");

    await forgetOwner(photos);
    const unknown = await runAsApp(tenant, ["restore", photos, "me"], adele);
    assertEquals([unknown.code, outcomes(unknown)], [0, { null: "restored" }]);
    assertMatch(
      unknown.stderr,
      /not known whether .* belongs to adele@contoso\.com: the backup does not say/,
    );
    const quiet = await runAsApp(tenant, ["restore", photos, "me", "--quiet"], adele);
    assertEquals([quiet.code, quiet.stderr], [0, ""]);
  },
));

/** Runs, and the command that undoes each, after the folder. */
const UNDO: readonly (readonly [args: string[], undo: string | undefined])[] = [
  [["user", IDS[0]!, IDS[1]!, "lee@contoso.com"], ` ${IDS[0]} "${IDS[1]}" --tenant-id TENANT`],
  [["user", IDS[2]!], ` '${IDS[2]}' --tenant-id TENANT`],
  [["user", IDS[0]!, "--what-if"], undefined],
  [["user", "lee@contoso.com"], undefined],
];

Deno.test(
  tenantFileTest("a run with --backup ends with the command that undoes it", async (tenant, folder) => {
    for (const [at, [args, undo]] of UNDO.entries()) {
      const photos = `${folder}/${at}`;
      const all = [...args, "--backup", photos, "--tenant-id", tenant.tenantId, "--error-action", "stop"];
      const { stderr } = await runAsApp(tenant, all);
      const line = /^To undo: remove-profile-photo (.*)$/m.exec(stderr)?.[1];
      assertEquals(line, undo && `restore ${photos}${undo.replace("TENANT", tenant.tenantId)}`);
      if (!line) continue;
      const before = IDS.map((id) => tenant.directory.hasPhoto(id));
      const words = line.match(/'[^']*'|"[^"]*"|\S+/g)!.map((word) => word.replace(/^(['"])(.*)\1$/, "$2"));
      const undone = await runAsApp(tenant, words);
      assertEquals([undone.code, new Set(Object.values(outcomes(undone)))], [0, new Set(["restored"])]);
      assertEquals([before.includes(false), IDS.every((id) => tenant.directory.hasPhoto(id))], [true, true]);
    }
    const quiet = await runAsApp(tenant, ["user", IDS[0]!, "--backup", `${folder}/q`, "--quiet"]);
    assertEquals(quiet.stderr, "");
  }),
);

Deno.test(tenantFileTest(
  "the command that undoes a long run leaves out what was saved before it",
  async (tenant, folder) => {
    const photos = `${folder}/photos`;
    await runAsApp(tenant, ["user", IDS[0]!, "--backup", photos]);
    const manifest = `${photos}/manifest.ndjson`;
    const old = (await Deno.readTextFile(manifest)).replace(
      /"time":"[^"]*"/,
      '"time":"2026-01-01T00:00:00.000Z"',
    );
    await Deno.writeTextFile(manifest, old);
    const args = ["user", "-", "--yes", "--backup", photos];
    const { stderr } = await runAsApp(tenant, args, { stdin: userList(30) });
    const [, since] = /^To undo: remove-profile-photo restore \S+ --since (\S+)$/m.exec(stderr)!;
    const undone = await runAsApp(tenant, ["restore", photos, "--yes", "--since", since!]);
    assertEquals([undone.code, undone.records().length], [0, 30]);
    assertEquals(tenant.directory.hasPhoto(IDS[0]!), false);
  },
  { users: 30 },
));

Deno.test(tenantFileTest(
  "restore keeps photos that are there; --overwrite saves and replaces them",
  async (tenant, folder) => {
    const photos = `${folder}/photos`;
    const [first, other] = [IDS[0]!, IDS[2]!].map((id) => tenant.directory.photo(id)!.bytes);
    await runAsApp(tenant, ["user", IDS[0]!, IDS[1]!, "--backup", photos]);
    tenant.directory.setPhoto(IDS[0]!, other!);
    const now = () => tenant.directory.photo(IDS[0]!)!.bytes.toHex();

    const tables = [];
    for (const more of [[], ["--overwrite"]]) {
      tables.push(await runAsApp(tenant, ["restore", photos, "--what-if", "--output", "table", ...more]));
    }
    assertMatch(tables[0]!.stdout, /^kept +user +alex@contoso\.com +\(has a photo now\)$/m);
    assertMatch(tables[1]!.stdout, /^planned .*alex@.*\(would replace the photo that is there now\)$/m);
    for (const { stdout } of tables) assertMatch(stdout, /^planned .*pradeep.*\(would be put back\)$/m);

    const kept = await runAsApp(tenant, ["restore", photos, "--yes"]);
    assertEquals([kept.code, outcomes(kept)], [0, { [IDS[0]!]: "kept", [IDS[1]!]: "restored" }]);
    assertEquals(now(), other!.toHex());

    const asked: string[] = [];
    const answer = (question: string) => (asked.push(question), "y");
    const replaced = await runAsApp(tenant, ["restore", photos, "--overwrite"], { answer });
    assertMatch(
      asked.join(),
      /^Restore the photos of 2 targets, and replace those that they have now, through http/,
    );
    assertEquals([replaced.code, replaced.records().map(({ replaces }) => replaces)], [0, [true, true]]);
    assertEquals(now(), first!.toHex());
    assertStringIncludes(replaced.stderr, `To undo: remove-profile-photo restore ${photos}`);
    assertEquals((await jsonLines(`${photos}/manifest.ndjson`)).length, 4);
    const undone = await runAsApp(tenant, ["restore", photos, IDS[0]!, "--overwrite"]);
    assertEquals([undone.code, now()], [0, other!.toHex()]);
  },
));

Deno.test(
  tenantFileTest(
    "restore --before goes back further, and refuses what is no time",
    async (tenant, folder) => {
      const photos = `${folder}/photos`;
      await runAsApp(tenant, ["user", IDS[0]!, "--backup", photos]);
      const early = await runAsApp(tenant, ["restore", photos, "--yes", "--before", "2026-01-01"]);
      assertEquals([early.code, early.stdout], [0, ""]);
      assertStringIncludes(early.stderr, "has no photos to restore");
      const sent = graphRequests(tenant).length;
      for (const time of ["yesterday", "12:00", "2026-13-01"]) {
        const { code, stderr } = await runAsApp(tenant, ["restore", photos, "--yes", "--before", time]);
        assertEquals([code, graphRequests(tenant).length], [2, sent]);
        assertStringIncludes(stderr, `--before must be a time, not "${time}"`);
      }
      const late = await runAsApp(tenant, ["restore", photos, "--yes", "--before", "2999-01-01T00:00Z"]);
      assertEquals([late.code, outcomes(late)], [0, { [IDS[0]!]: "restored" }]);
    },
  ),
);

Deno.test(
  tenantFileTest("--backup whose folder is exchanged stops the run and exits 1", async (tenant, folder) => {
    const photos = `${folder}/photos`;
    let isMoved = false;
    const onOutput = (text: string) => {
      if (isMoved || !text.includes("removed")) return;
      isMoved = true;
      Deno.renameSync(photos, `${photos}.old`);
      Deno.mkdirSync(photos);
    };
    const args = ["user", "-", "--yes", "--backup", photos, "--concurrency", "1", "--batch-size", "2"];
    const { code, records } = await runAsApp(tenant, args, { stdin: userList(60), onOutput });
    const removed = records().filter(({ outcome }) => outcome === "removed").length;
    assertEquals([code, removed > 0 && removed < 60], [1, true]);
    assert(records().some((record) => record.code === "BackupMoved"));
    await runAsApp(tenant, ["restore", `${photos}.old`, "--yes"]);
    assertEquals(users(60).filter(({ user }) => !tenant.directory.hasPhoto(user)), []);
  }, { users: 60 }),
);
