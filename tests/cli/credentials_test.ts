import { assertEquals, assertMatch } from "../deps/assert.ts";
import { byToken } from "../support/command.ts";
import { emulatorTest } from "../support/emulated.ts";
import { mapConcurrently } from "../support/promises.ts";
import { type HostOptions, runAsApp, runInProcess } from "../support/run_in_process.ts";
import { tenantFileTest } from "../support/temporary.ts";
import { test } from "../support/test.ts";

const USER = ["user", "alex@contoso.com"];

test("without a credential, every command exits 4, and says what to set", "none", async () => {
  const lines = [USER, ["doctor"], [...USER, "-n"]];
  for (const { code, stdout, stderr } of await mapConcurrently(lines, (args) => runInProcess(args))) {
    assertEquals([code, stdout], [4, ""]);
    assertMatch(stderr, /no credential found\n.*GRAPH_ACCESS_TOKEN.*AZURE_CLIENT_SECRET/);
    assertMatch(stderr, /README.*--cloud emulator\n$/);
  }
});

emulatorTest("an incomplete credential exits 4, and names what is missing", async (tenant) => {
  const { code, stdout, stderr } = await runAsApp(tenant, USER, { env: { AZURE_CLIENT_ID: "" } });
  assertEquals([code, stdout, tenant.requests.length], [4, "", 0]);
  assertMatch(stderr, /^error: Not signed in: incomplete.*set AZURE_CLIENT_ID\n/);
});

emulatorTest("me with an app's token exits 4, says why, and sends nothing to Graph", async (tenant) => {
  const env = byToken(tenant, await tenant.issueToken());
  const lines: readonly (readonly [string[], HostOptions])[] = [
    [["me"], {}],
    [["me", "--what-if"], {}],
    [["me", "--output", "table"], { env }],
    [["-Me", "-q"], { env }],
  ];
  const runs = await mapConcurrently(lines, ([args, options]) => runAsApp(tenant, args, options));
  for (const { code, stdout, stderr } of runs) {
    assertEquals(code, 4);
    assertMatch(stdout + stderr, /DelegatedTokenRequired[^]*\/me is only valid.*delegated token/);
  }
  assertEquals(tenant.counts.graph, 0);
});

tenantFileTest(
  "an unusable credential file exits 4, and says what is wrong with it",
  async (tenant, folder) => {
    const rows: readonly [option: string, file: string, message: RegExp][] = [
      ["--token-file", "none", /none": it does not exist/],
      ["--token-file", ".", /it is a folder/],
      ["--token-file", "words", /words" as it contains white space[^]*single line/],
      ["--certificate", "none", /none": it does not exist/],
      ["--certificate", "words", /words": it is not a PEM or PFX file[^]*\.pfx/],
    ];
    await Deno.writeTextFile(`${folder}/words`, "two words");
    const runs = await mapConcurrently(
      rows,
      ([option, file]) => runAsApp(tenant, [...USER, option, `${folder}/${file}`]),
    );
    for (const [at, { code, stdout, stderr }] of runs.entries()) {
      assertEquals([code, stdout], [4, ""]);
      assertMatch(stderr, rows[at]![2]);
    }
    assertEquals(tenant.requests.length, 0);
  },
);
