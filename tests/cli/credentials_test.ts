import { assert, assertEquals, assertMatch, assertStringIncludes } from "../deps/assert.ts";
import { selfSignedCertificate } from "../../lib/emulator/mod.ts";
import { runCli, type RunOptions } from "../support/run_cli.ts";
import { test } from "../support/test.ts";
import {
  bySecret,
  byToken,
  denoFlagsTest,
  endpoints,
  folderTest,
  mapConcurrently,
  RUN,
  run,
  tenantTest,
} from "./support.ts";

const USER = ["user", "alex@contoso.com"];

/** Everything that a credential can come from. */
const SOURCES = [
  "--token-file",
  "GRAPH_ACCESS_TOKEN",
  "AZURE_TENANT_ID",
  "AZURE_CLIENT_ID",
  "AZURE_CLIENT_SECRET",
  "AZURE_CLIENT_CERTIFICATE_PATH",
  "AZURE_FEDERATED_TOKEN_FILE",
];

test("without a credential, every command exits 4 with the list of what was looked for", RUN, async () => {
  const lines = [USER, ["me"], ["group", "0c000000-0000-4000-8000-000000000001"], ["doctor"], [
    ...USER,
    "-n",
  ]];
  for (const { code, stdout, stderr } of await mapConcurrently(lines, (args) => runCli(args))) {
    assertEquals([code, stdout], [4, ""]);
    for (const source of SOURCES) assertStringIncludes(stderr, source);
  }
});

/** Some of the client credentials, and which are said to be missing. */
const HALVES: readonly (readonly [given: string[], missing: string[]])[] = [
  [["AZURE_TENANT_ID"], ["AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"]],
  [["AZURE_TENANT_ID", "AZURE_CLIENT_ID"], [
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_FEDERATED_TOKEN_FILE",
  ]],
  [["AZURE_CLIENT_SECRET"], ["AZURE_TENANT_ID", "AZURE_CLIENT_ID"]],
  [["AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"], ["AZURE_CLIENT_ID"]],
];

tenantTest("half a credential exits 4 and names the missing half alone", async (tenant) => {
  const whole = bySecret(tenant);
  const runs = await mapConcurrently(
    HALVES,
    ([given]) =>
      runCli(USER, {
        env: { ...endpoints(tenant), ...Object.fromEntries(given.map((name) => [name, whole[name]!])) },
      }),
  );
  HALVES.forEach(([given, missing], at) => {
    const { code, stdout, stderr } = runs[at]!;
    assertEquals([code, stdout], [4, ""]);
    const said = stderr.split("\n")[0]!;
    for (const name of missing) assertStringIncludes(said, name);
    for (const name of given) assert(!said.includes(name), `${name} is given: ${said}`);
  });
  assertEquals(tenant.requests.length, 0);
});

tenantTest(
  "me with an app's own token exits 4, says why and what to do, and Graph gets nothing",
  async (tenant) => {
    const env = byToken(tenant, await tenant.issueToken());
    const lines: readonly (readonly [readonly string[], RunOptions])[] = [
      [["me"], {}],
      [["me", "--what-if"], {}],
      [["me", "--output", "table"], { env }],
      [["-Me", "-q"], { env }],
    ];
    for (
      const { code, stdout, stderr } of await mapConcurrently(
        lines,
        ([args, more]) => run(tenant, args, more),
      )
    ) {
      assertEquals(code, 4);
      assertMatch(stdout + stderr, /DelegatedTokenRequired[^]*\/me is only valid/);
      assertMatch(stdout + stderr, /delegated token/);
    }
    assertEquals(tenant.counts.graph, 0);
  },
);

/** Files that no credential can be made of: their option, their text (`null`: no such file), and what is said. */
async function unusableFiles(): Promise<(readonly [option: string, text: string | null, says: RegExp])[]> {
  const { certificate, privateKey } = await selfSignedCertificate();
  const other = await selfSignedCertificate();
  return [
    ["--token-file", null, /does not exist/],
    ["--token-file", "", /is empty/],
    ["--token-file", "two words", /white space/],
    ["--certificate", null, /does not exist/],
    ["--certificate", "", /not a PEM file/],
    ["--certificate", "MIIKpAIBAzCCCl4GCSqGSIb3DQEHAaCCCk8Eggp", /\.pfx/],
    ["--certificate", certificate, /holds no private key/],
    ["--certificate", privateKey, /holds no certificate/],
    ["--certificate", certificate + other.privateKey, /belongs to no certificate/],
    [
      "--certificate",
      certificate + privateKey.replaceAll("PRIVATE", "ENCRYPTED PRIVATE"),
      /_CERTIFICATE_PASSWORD/,
    ],
  ];
}

folderTest(
  "a credential file that cannot be used exits 4, saying what is wrong with it",
  async (tenant, folder) => {
    const files = await unusableFiles();
    const runs = await mapConcurrently(files, async ([option, text]) => {
      const path = `${folder}/${crypto.randomUUID()}`;
      if (text !== null) await Deno.writeTextFile(path, text);
      return { path, result: await run(tenant, [...USER, option, path]) };
    });
    files.forEach(([option, text, says], at) => {
      const { path, result: { code, stdout, stderr } } = runs[at]!;
      assertEquals([code, stdout], [4, ""], `${option} ${says}`);
      assertMatch(stderr, says);
      if (option === "--certificate" || text === null) assertStringIncludes(stderr, path);
    });
    const { code, stderr } = await run(tenant, [...USER, "--token-file", folder]);
    assertEquals([code, tenant.requests.length], [4, 0]);
    assertMatch(stderr, /it is a folder/);
  },
);

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
