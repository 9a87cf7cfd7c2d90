import { assertEquals, assertMatch } from "../deps/assert.ts";
import { graphRequests, outcomes } from "../support/command.ts";
import { emulatorTest } from "../support/emulated.ts";
import { runInProcess } from "../support/run_in_process.ts";

/** Command lines, and the exit code and outcome of each in a tenant of its own. */
const RUNS: readonly (readonly [args: string[], code: number, outcome: string])[] = [
  [["user", "alex@contoso.com"], 0, "removed"],
  [["group", "0c000000-0000-4000-8000-000000000001"], 0, "removed"],
  [["me"], 0, "removed"],
  [["me", "--what-if"], 0, "planned"],
  [["user", "bob@contoso.com"], 1, "failed"],
];

Deno.test(
  emulatorTest("--cloud emulator is a tenant of its own, whatever the environment says", async (tenant) => {
    const env = {
      GRAPH_ENDPOINT: tenant.url,
      AZURE_AUTHORITY_HOST: tenant.url,
      GRAPH_ACCESS_TOKEN: "elsewhere",
    };
    for (const [args, code, outcome] of RUNS) {
      const run = await runInProcess([...args, "--cloud", "emulator"], { env });
      assertEquals([run.code, ...Object.values(outcomes(run))], [code, outcome], args.join(" "));
    }
    const doctor = await runInProcess(["doctor", "--cloud", "emulator"], { env });
    assertEquals([doctor.code, doctor.records()[0]!.cloud], [0, "emulator"]);
    assertEquals(graphRequests(tenant), []);
  }),
);

Deno.test(emulatorTest("a port in use exits 2, and is named", async (tenant) => {
  const { port } = new URL(tenant.url);
  const { code, stdout, stderr } = await runInProcess(["emulator", "--port", port]);
  assertEquals([code, stdout], [2, ""]);
  assertMatch(stderr, new RegExp(`port ${port}: .*in use`));
}));

Deno.test(emulatorTest("for PowerShell, the settings are lines that it can run", async () => {
  const stopping = new AbortController();
  const onOutput = (text: string) => text.includes("until Ctrl-C\n") && stopping.abort();
  const args = ["emulator", "--shell", "pwsh"];
  const { code, stdout } = await runInProcess(args, { onOutput, interrupt: stopping.signal });
  assertEquals(code, 0);
  const lines = stdout.trimEnd().split("\n");
  assertEquals(lines.filter((line) => !/^(# )?\$env:[A-Z_]+ = '[^']+'$|^# (As|For) /.test(line)), []);
  assertMatch(stdout, /^\$env:GRAPH_ENDPOINT = 'http:[^]*^# \$env:GRAPH_ACCESS_TOKEN = 'ey/m);
}));
