import { assertEquals, assertMatch } from "../deps/assert.ts";
import { byToken, endpoints } from "../support/command.ts";
import { emulatorTest } from "../support/emulated.ts";
import { mapConcurrently } from "../support/promises.ts";
import { type HostOptions, runAsApp, runInProcess } from "../support/run_in_process.ts";
import { tenantFileTest } from "../support/temporary.ts";
import { NONE } from "../support/test.ts";

const USER = ["user", "alex@contoso.com"];

Deno.test("without a credential, every command exits 4, and says what to set", NONE, async () => {
  const lines = [USER, ["doctor", "--output", "none"], [...USER, "-n"]];
  for (const { code, stdout, stderr } of await mapConcurrently(lines, (args) => runInProcess(args))) {
    assertEquals([code, stdout], [4, ""]);
    assertMatch(stderr, /no credential found\n.*GRAPH_ACCESS_TOKEN.*AZURE_CLIENT_SECRET/);
    assertMatch(stderr, /--sign-in browser.*--cloud emulator\n$/);
  }
});

Deno.test(emulatorTest("an incomplete credential exits 4, and names what is missing", async (tenant) => {
  const { code, stdout, stderr } = await runAsApp(tenant, USER, { env: { AZURE_CLIENT_ID: "" } });
  assertEquals([code, stdout, tenant.requests.length], [4, "", 0]);
  assertMatch(stderr, /^error: Not signed in: incomplete.*set AZURE_CLIENT_ID\n/);
}));

/** Environments that a platform sets, the source of their credential, and the value of --sign-in. */
const PLATFORMS = {
  github: ["ACTIONS_ID_TOKEN_REQUEST_URL", "github"],
  azurePipelines: ["SYSTEM_OIDCREQUESTURI", "azure-pipelines"],
  appService: ["IDENTITY_ENDPOINT", "managed-identity"],
} as const;

Deno.test(emulatorTest("a platform's identity is found in the environment, and signs in", async (tenant) => {
  for (const [platform, [source, name]] of Object.entries(PLATFORMS)) {
    const env = { ...endpoints(tenant), ...tenant.platformVariables(platform as keyof typeof PLATFORMS) };
    const removal = await runInProcess([...USER, "-v"], { env });
    assertEquals(removal.code, 0, removal.stderr);
    assertMatch(removal.stderr, new RegExp(`credential: ${source}`));
    for (const [options, expected] of [[[], source], [["--sign-in", name], `--sign-in ${name}`]] as const) {
      const doctor = await runInProcess(["doctor", ...options], { env });
      const [found] = doctor.records() as [
        { credential: string; token: string; signIn: { used: boolean }[] },
      ];
      assertEquals([doctor.code, found.credential, found.token], [0, expected, "application"], doctor.stderr);
      assertEquals(found.signIn.filter(({ used }) => used).length, 1);
    }
  }
}));

Deno.test(emulatorTest("a job that lacks something exits 4, and doctor says what that is", async (tenant) => {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: _, ...github } = tenant.platformVariables("github");
  const { SYSTEM_ACCESSTOKEN: __, ...azurePipelines } = tenant.platformVariables("azurePipelines");
  for (
    const [variables, says] of [[github, /id-token: write/], [azurePipelines, /SYSTEM_ACCESSTOKEN/]] as const
  ) {
    const runs = [USER, ["doctor"]].map((args) =>
      runInProcess(args, { env: { ...endpoints(tenant), ...variables } })
    );
    for (const { code, stderr } of await Promise.all(runs)) {
      assertEquals(code, 4);
      assertMatch(stderr, says);
    }
  }
  assertEquals(tenant.requests.length, 0);
}));

Deno.test(
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
      assertMatch(stdout + stderr, /DelegatedTokenRequired[^]*needs a signed-in user[^]*delegated token/);
    }
    assertEquals(tenant.counts.graph, 0);
  }),
);

Deno.test(tenantFileTest(
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
));
