import { assertEquals, assertMatch, assertStringIncludes } from "../deps/assert.ts";
import { emulatorTest } from "../support/emulated.ts";
import { recordsOf } from "../support/run_cli.ts";
import { runAsApp } from "../support/run_in_process.ts";
import { tenantFileTest } from "../support/temporary.ts";

const DISABLED = ["--filter", "accountEnabled eq false"];

Deno.test(tenantFileTest(
  "--filter removes the photos of those chosen, after a question that names them",
  async (tenant, folder) => {
    const keep = `${folder}/keep.csv`;
    await Deno.writeTextFile(keep, "name,UPN\nGrady,Grady@contoso.com\n");
    const asked: string[] = [];
    const args = ["user", ...DISABLED, "--except", keep];
    const declined = await runAsApp(tenant, args, { answer: (question) => (asked.push(question), "n") });
    assertEquals([declined.code, declined.stdout], [1, ""]);
    assertStringIncludes(
      asked.join("\n"),
      "3 users (filter accountEnabled eq false): johanna@contoso.com, lee@contoso.com, lynne@contoso.com\n" +
        `Remove the photos of 3 users in tenant ${tenant.tenantId}?`,
    );
    const removed = await runAsApp(tenant, [...args, "--yes"]);
    const records = recordsOf(removed.stdout).map(({ name, outcome }) => `${name} ${outcome}`).sort();
    assertEquals(records, [
      "johanna@contoso.com removed",
      "lee@contoso.com absent",
      "lynne@contoso.com removed",
    ]);
    assertEquals([removed.code, tenant.directory.hasPhoto("grady@contoso.com")], [0, true]);
  },
));

Deno.test(emulatorTest("--confirm names whom the directory names", async (tenant) => {
  const asked: string[] = [];
  await runAsApp(tenant, ["-Filter", "userType eq 'Guest'", "user", "-Confirm"], {
    answer: (question) => (asked.push(question), "l"),
  });
  assertStringIncludes(asked[0]!, "(pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com)?");
}));

Deno.test(emulatorTest("what find lists as NDJSON or CSV, user takes", async (tenant) => {
  for (const output of ["ndjson", "csv"]) {
    const found = await runAsApp(tenant, ["find", "user", ...DISABLED, "--with-photo", "--output", output]);
    assertEquals(found.code, 0, found.stderr);
    assertMatch(found.stderr, /^3 with a photo, 1 without in /);
    assertMatch(found.stderr, /1 user with a photo synced from on premises/);
    const { stdout } = await runAsApp(tenant, ["user", "-", "--what-if"], { stdin: found.stdout });
    assertEquals(recordsOf(stdout).map(({ outcome }) => outcome), ["planned", "planned", "planned"]);
  }
  const { stdout } = await runAsApp(tenant, ["find", "group", "--all", "--output", "table"]);
  assertMatch(stdout, /^48 × 48 {7}0c000000-0000-4000-8000-000000000001 {2}Marketing$/m);
  const none = await runAsApp(tenant, ["find", "user", "--all", "--without-photo"]);
  assertEquals(recordsOf(none.stdout).map(({ userPrincipalName }) => userPrincipalName), ["lee@contoso.com"]);
}));

/** Command lines that remove nothing, and why. */
const REFUSED: readonly (readonly [args: string[], says: string])[] = [
  [["user", "--all", "--limit", "17"], "More than 17 users match"],
  [["user", "--all", "--limit", "x"], "--limit must be a whole number"],
  [["user", "--all", ...DISABLED], "--all cannot be combined with --filter"],
  [["user", "--all", "alex@contoso.com"], "Ids cannot be combined with --filter, --member-of or --all"],
  [["user", "-", "--all"], "Ids cannot be combined"],
  [["user", "alex@contoso.com", "--limit", "5"], "--limit requires --filter, --member-of or --all"],
  [["user", "alex@contoso.com", "--except", "keep.csv"], "--except requires --filter"],
  [["user", "--filter", "accountEnabled eq"], "A filter has the syntax of OData"],
  [["user", "--filter", "department eq 'Nobody'"], "The selection chooses no user"],
  [["user", "--member-of", "Marketing"], "object id"],
  [["user", "--member-of", "0c000000-0000-4000-8000-0000000000ff"], "404 Request_ResourceNotFound"],
  [["group", "--member-of", "0c000000-0000-4000-8000-000000000001"], "has no option --member-of"],
  [["me", "--all"], "has no option --all"],
  [["find"], "Say what to find: user or group"],
  [["find", "user"], "Say which: --filter, --member-of or --all"],
  [["find", "user", "--all", "--with-photo", "--without-photo"], "contradict each other"],
];

Deno.test(
  tenantFileTest("a selection that is not one exits 2, and removes nothing", async (tenant, folder) => {
    const keep = `${folder}/keep.csv`;
    await Deno.writeTextFile(keep, "UPN\ntypo@contoso.com\n");
    const rows = [
      ...REFUSED,
      [["user", "--all", "--except", keep], "Cannot leave out user typo@contoso.com"] as const,
    ];
    const before = tenant.directory.photoCount;
    for (const [args, says] of rows) {
      const yes = args[0] === "find" ? [] : ["--yes"];
      const { code, stdout, stderr } = await runAsApp(tenant, [...args, ...yes]);
      assertEquals([code, stdout], [2, ""], `${args.join(" ")}: ${stderr}`);
      assertStringIncludes(stderr, says);
    }
    assertEquals(tenant.directory.photoCount, before);
  }),
);

Deno.test(tenantFileTest("a page that fails exits 1, and removes nothing", async (tenant) => {
  tenant.fault({ kind: "status", status: 403, match: { method: "GET", path: "/users?" } });
  const { code, stdout, stderr } = await runAsApp(tenant, ["user", "--all", "--yes"]);
  assertEquals([code, stdout], [1, ""]);
  assertMatch(stderr, /^error: Cannot read the list: Graph answered 403/);
}));

Deno.test(emulatorTest("a directory that takes long to read is named meanwhile", async (tenant) => {
  for (const args of [["user", ...DISABLED, "--what-if"], ["find", "user", "--all"]]) {
    tenant.fault({ kind: "status", status: 503, retryAfter: "1", match: { path: "/users?" } });
    const { stderr } = await runAsApp(tenant, args, { isTerminal: true });
    assertStringIncludes(stderr, "\r\x1b[KReading the users of the directory, 1 s so far\r\x1b[K", args[0]);
  }
}));
