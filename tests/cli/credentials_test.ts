import { assertEquals, assertMatch } from "../deps/assert.ts";
import { runCli, type RunOptions } from "../support/run_cli.ts";
import { test } from "../support/test.ts";
import { byToken, denoFlagsTest, folderTest, mapConcurrently, RUN, run, tenantTest } from "./support.ts";

const USER = ["user", "alex@contoso.com"];

test("without a credential, every command exits 4, and says what to set", RUN, async () => {
  const lines = [USER, ["me"], ["doctor"], [...USER, "-n"]];
  for (const { code, stdout, stderr } of await mapConcurrently(lines, (args) => runCli(args))) {
    assertEquals([code, stdout], [4, ""]);
    assertMatch(stderr, /no credential found\n.*GRAPH_ACCESS_TOKEN.*AZURE_CLIENT_SECRET/);
    assertMatch(stderr, /README.*--cloud emulator\n$/);
  }
});

tenantTest("an incomplete credential exits 4, and names what is missing", async (tenant) => {
  const { code, stdout, stderr } = await run(tenant, USER, { env: { AZURE_CLIENT_ID: "" } });
  assertEquals([code, stdout, tenant.requests.length], [4, "", 0]);
  assertMatch(stderr, /^error: Not signed in: incomplete.*set AZURE_CLIENT_ID\n/);
});

tenantTest("me with an app's token exits 4, says why, and sends nothing to Graph", async (tenant) => {
  const env = byToken(tenant, await tenant.issueToken());
  const lines: readonly (readonly [string[], RunOptions])[] = [
    [["me"], {}],
    [["me", "--what-if"], {}],
    [["me", "--output", "table"], { env }],
    [["-Me", "-q"], { env }],
  ];
  const runs = await mapConcurrently(lines, ([args, options]) => run(tenant, args, options));
  for (const { code, stdout, stderr } of runs) {
    assertEquals(code, 4);
    assertMatch(stdout + stderr, /DelegatedTokenRequired[^]*\/me is only valid.*delegated token/);
  }
  assertEquals(tenant.counts.graph, 0);
});

folderTest("an unusable credential file exits 4, and says what is wrong with it", async (tenant, folder) => {
  const rows: readonly [option: string, file: string, message: RegExp][] = [
    ["--token-file", "none", /none": it does not exist/],
    ["--token-file", ".", /it is a folder/],
    ["--token-file", "words", /words" as it contains white space[^]*single line/],
    ["--certificate", "none", /none": it does not exist/],
    ["--certificate", "words", /words": it is not a PEM file[^]*\.pfx/],
  ];
  await Deno.writeTextFile(`${folder}/words`, "two words");
  const runs = await mapConcurrently(
    rows,
    ([option, file]) => run(tenant, [...USER, option, `${folder}/${file}`]),
  );
  for (const [at, { code, stdout, stderr }] of runs.entries()) {
    assertEquals([code, stdout], [4, ""]);
    assertMatch(stderr, rows[at]![2]);
  }
  assertEquals(tenant.requests.length, 0);
});

denoFlagsTest("without permission to read the environment, it exits 4 and names --allow-env", async () => {
  const { code, stdout, stderr } = await runCli(USER, { permissions: ["--allow-net"] });
  assertEquals([code, stdout], [4, ""]);
  assertMatch(stderr, /--allow-env/);
});

denoFlagsTest(
  "without permission to read a credential's file, it exits 4 and names --allow-read",
  async (tenant) => {
    const { code, stdout, stderr } = await run(tenant, [...USER, "--token-file", "token.txt"], {
      permissions: ["--allow-net", "--allow-env"],
    });
    assertEquals([code, stdout], [4, ""]);
    assertMatch(stderr, /token\.txt[^]*--allow-read/);
  },
);
