import { assert, assertEquals, assertMatch, assertRejects } from "../deps/assert.ts";
import { runCli, startCli } from "../support/run_cli.ts";
import { IS_WINDOWS, posixTest } from "../support/test.ts";
import { denoFlagsTest, graphRequests, mapConcurrently, outcomes, RUN, tenantTest } from "./support.ts";

const SERVE = ["--allow-net", "--allow-env", "--allow-write", "--allow-read"];

/** The command emulator as it runs, with the settings that it printed. */
async function startServing(permissions: string[], args: string[] = []) {
  const child = startCli(["emulator", ...args], { permissions });
  const said = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  const printed = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let note = "";
  while (!note.includes("Ctrl-C")) {
    const { done, value } = await said.read();
    if (done) throw new Error(`The emulator ended: ${note}`);
    note += value;
  }
  let settings = "";
  while (!/GRAPH_ACCESS_TOKEN=\S+\n/.test(settings)) settings += (await printed.read()).value;
  const read = (pattern: RegExp) =>
    Object.fromEntries([...settings.matchAll(pattern)].map(([, name, value]) => [name!, value!]));
  return {
    lines: settings.trimEnd().split("\n"),
    env: read(/^([A-Z_]+)=(.*)$/gm),
    commented: read(/^# ([A-Z_]+)=(.*)$/gm),
    stop: async (signal: Deno.Signal = "SIGINT") => {
      child.kill(signal);
      const { code } = await child.status;
      await Promise.all([said.cancel(), printed.cancel()]);
      return code;
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

posixTest("emulator serves until Ctrl-C, and its settings are those that another run needs", {
  ...RUN,
  read: true,
}, async () => {
  const serving = await startServing(SERVE);
  const { env, commented, lines } = serving;
  const certificate = env.AZURE_CLIENT_CERTIFICATE_PATH!;
  assert(lines.every((line) => /^(# .*|[A-Z_]+=\S+)$/.test(line)), lines.join("\n"));
  assert(await exists(certificate), "the certificate's file is there");
  assertEquals((await Deno.stat(certificate)).mode! & 0o777, 0o600, "and is its owner's alone");

  const { AZURE_CLIENT_SECRET: _secret, ...byCertificate } = env;
  const { AZURE_CLIENT_CERTIFICATE_PATH: _path, ...bySecret } = env;
  const runs = await mapConcurrently(
    [
      [["user", "alex@contoso.com"], bySecret],
      [["user", "diego@contoso.com"], byCertificate],
      [["user", "grady@contoso.com"], env],
      [["me"], { ...env, ...commented }],
    ] as const,
    ([args, settings]) => runCli(args, { env: settings }),
  );
  assertEquals(
    runs.map((run) => [run.code, ...Object.values(outcomes(run))]),
    runs.map(() => [0, "removed"]),
  );

  assertEquals(await serving.stop(), 0);
  assertEquals(await exists(certificate), false, "the certificate's file is gone");
  assertEquals(await exists(certificate.replace(/\/[^/]+$/, "")), false, "and so is its folder");
  await assertRejects(() => fetch(env.GRAPH_ENDPOINT!));
});

posixTest(
  "SIGTERM ends emulator as Ctrl-C does, and its certificate's file is gone",
  { ...RUN, read: true },
  async () => {
    const serving = await startServing(SERVE);
    const certificate = serving.env.AZURE_CLIENT_CERTIFICATE_PATH!;
    assert(await exists(certificate), "the certificate's file is there");
    assertEquals([await serving.stop("SIGTERM"), await exists(certificate)], [0, false]);
  },
);

if (!IS_WINDOWS) { // which has no signal to stop it by
  denoFlagsTest(
    "without permission to write, emulator leaves the certificate's file out, and all else works",
    async () => {
      const serving = await startServing(["--allow-net", "--allow-env"]);
      const { env } = serving;
      assertEquals(env.AZURE_CLIENT_CERTIFICATE_PATH, undefined);
      const { code } = await runCli(["user", "alex@contoso.com"], { env });
      assertEquals([code, await serving.stop()], [0, 0]);
    },
  );
}

tenantTest(
  "a port that is in use exits 2 and is named; permission for that port is enough",
  async (tenant) => {
    const { port, host } = new URL(tenant.url);
    const permissions = [`--allow-net=${host}`];
    const { code, stdout, stderr } = await runCli(["emulator", "--port", port], { permissions });
    assertEquals([code, stdout], [2, ""]);
    assertMatch(stderr, new RegExp(`port ${port}: .*in use`));
  },
);

denoFlagsTest(
  "without permission to use the network, an emulator exits 2 and names --allow-net",
  async () => {
    for (const args of [["emulator"], ["user", "alex@contoso.com", "--cloud", "emulator"]]) {
      for (const permissions of [["--allow-env"], ["--allow-env", "--allow-net=graph.microsoft.com"]]) {
        const { code, stdout, stderr } = await runCli(args, { permissions });
        assertEquals([code, stdout], [2, ""]);
        assertMatch(stderr, /^error: .*--allow-net/);
      }
    }
  },
);

tenantTest("--cloud emulator is a tenant of its own, whatever the environment says", async (tenant) => {
  const env = {
    GRAPH_ENDPOINT: tenant.url,
    AZURE_AUTHORITY_HOST: tenant.url,
    GRAPH_ACCESS_TOKEN: "elsewhere",
  };
  const permissions = ["--allow-net", "--allow-env"];
  const lines = [
    ["user", "alex@contoso.com"],
    ["group", "0c000000-0000-4000-8000-000000000001"],
    ["me"],
    ["me", "--what-if"],
    ["user", "bob@contoso.com"],
  ];
  const runs = await mapConcurrently(
    lines,
    (args) => runCli([...args, "--cloud", "emulator"], { env, permissions }),
  );
  assertEquals(
    runs.map((run) => [run.code, ...Object.values(outcomes(run))]),
    [[0, "removed"], [0, "removed"], [0, "removed"], [0, "planned"], [1, "failed"]],
  );
  const doctor = await runCli(["doctor", "--cloud", "emulator"], { permissions });
  assertEquals([doctor.code, doctor.records()[0]!.cloud], [0, "emulator"]);
  assertEquals(graphRequests(tenant), []);
});
