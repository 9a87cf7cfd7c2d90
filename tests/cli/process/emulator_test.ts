import { sampleDirectory } from "../../../lib/emulator/mod.ts";
import { assert, assertEquals, assertRejects } from "../../deps/assert.ts";
import { ALL_FLAGS, outcomes, processTest } from "../../support/command.ts";
import { mapConcurrently } from "../../support/promises.ts";
import { runCli, startCli } from "../../support/run_cli.ts";

/** Returns what a shell has in its environment when lines are pasted into it. */
async function pasted(lines: string): Promise<Record<string, string>> {
  const shell = new Deno.Command("sh", { args: ["-c", `${lines}\nexec env`], clearEnv: true });
  const { stdout } = await shell.output();
  const pairs = [...new TextDecoder().decode(stdout).matchAll(/^([A-Z]+_[A-Z_]+)=(.*)$/gm)];
  return Object.fromEntries(pairs.map(([, name, value]) => [name!, value!]));
}

/** Starts the command emulator, and reads the settings that it prints. */
async function startServing(permissions = ALL_FLAGS) {
  const child = startCli(["emulator", "--shell", "sh"], { permissions });
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
  return {
    lines: settings.trimEnd().split("\n"),
    note,
    env: await pasted(settings),
    commented: await pasted(settings.replace(/^# (?=export )/gm, "")),
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

Deno.test(
  processTest("emulator serves until Ctrl-C, with the settings that it prints", { posix: true }, async () => {
    const serving = await startServing();
    const { env, commented, lines } = serving;
    const certificate = env.AZURE_CLIENT_CERTIFICATE_PATH!;
    assert(lines.every((line) => /^(# .*|export [A-Z_]+=\S+)$/.test(line)), lines.join("\n"));
    assert(await exists(certificate), "the certificate's file is there");
    assertEquals((await Deno.stat(certificate)).mode! & 0o777, 0o600, "and is its owner's alone");

    for (const name of /^Users: (.*)$/m.exec(serving.note)![1]!.match(/[\w.#@]+@[\w.]+/g)!) {
      assert(sampleDirectory().users.get(name), name);
    }

    const { AZURE_CLIENT_SECRET: _secret, ...byCertificate } = env;
    const { AZURE_CLIENT_CERTIFICATE_PATH: _certificate, ...app } = byCertificate;
    const platform = (names: RegExp) => ({
      ...app,
      ...Object.fromEntries(Object.entries(commented).filter(([name]) => names.test(name))),
    });
    const { AZURE_CLIENT_CERTIFICATE_PATH: _path, ...bySecret } = env;
    const runs = await mapConcurrently(
      [
        [["user", "alex@contoso.com"], bySecret],
        [["user", "diego@contoso.com"], byCertificate],
        [["user", "grady@contoso.com"], env],
        [["user", "isaiah@contoso.com"], platform(/^IDENTITY_/)],
        [["user", "nestor@contoso.com"], platform(/^ACTIONS_/)],
        [["user", "joni@contoso.com"], platform(/^SYSTEM_|CONNECTION/)],
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
  }),
);

Deno.test(processTest(
  "SIGTERM ends emulator like Ctrl-C, and removes its certificate's file",
  { posix: true },
  async () => {
    const serving = await startServing();
    const certificate = serving.env.AZURE_CLIENT_CERTIFICATE_PATH!;
    assert(await exists(certificate), "the certificate's file is there");
    assertEquals([await serving.stop("SIGTERM"), await exists(certificate)], [0, false]);
  },
));

Deno.test(processTest(
  "without permission to write, emulator omits the certificate's file, and everything else works",
  { posix: true, denoFlags: true },
  async () => {
    const serving = await startServing(["--allow-net", "--allow-env"]);
    const { env } = serving;
    assertEquals(env.AZURE_CLIENT_CERTIFICATE_PATH, undefined);
    const { code } = await runCli(["user", "alex@contoso.com"], { env });
    assertEquals([code, await serving.stop()], [0, 0]);
  },
));
