import type { Emulator } from "../../../lib/emulator/mod.ts";
import { assertEquals, assertMatch } from "../../deps/assert.ts";
import { ALL_FLAGS, bySecret, processTest } from "../../support/command.ts";
import { commandLine, environment } from "../../support/run_cli.ts";
import { modeOf } from "../../support/temporary.ts";

/** Starts the command with a umask that would let everybody read and write new files. */
function startGenerously(args: readonly string[], env: Record<string, string>): Deno.ChildProcess {
  return new Deno.Command("sh", {
    args: ["-c", 'umask 0; exec "$@"', "sh", ...commandLine(args, { permissions: ALL_FLAGS })],
    clearEnv: true,
    env: environment(env),
    stdout: "piped",
    stderr: "null",
  }).spawn();
}

/** Runs the command with such a umask, successfully. */
async function runGenerously(tenant: Emulator, ...args: string[]): Promise<void> {
  const { code } = await startGenerously(args, bySecret(tenant)).output();
  assertEquals(code, 0, args.join(" "));
}

/** Returns the modes of a folder and of all that is in it. */
function rightsIn(path: string): string[] {
  const show = (at: string) => modeOf(at).toString(8);
  const below = [...Deno.readDirSync(path)].map(({ name, isDirectory }) =>
    isDirectory ? rightsIn(`${path}/${name}`) : [show(`${path}/${name}`)]
  );
  return [show(path), ...below.flat().sort()];
}

Deno.test(processTest(
  "only its owner can read what is written, whatever the umask",
  { posix: true },
  async (tenant, folder) => {
    const [report, backup] = [`${folder}/run.ndjson`, `${folder}/deep/photos`];
    await runGenerously(tenant, "user", "alex@contoso.com", "--backup", backup, "--report", report);
    assertEquals(modeOf(report).toString(8), "600");
    assertEquals(rightsIn(`${folder}/deep`), ["700", "600", "600", "700"]);

    const emulator = startGenerously(["emulator"], {});
    const key = /^export AZURE_CLIENT_CERTIFICATE_PATH=(.*)\n/m;
    let printed = "";
    for await (const text of emulator.stdout.pipeThrough(new TextDecoderStream())) {
      printed += text;
      const [, path] = key.exec(printed) ?? [];
      if (path === undefined) continue;
      assertEquals(rightsIn(path.slice(0, path.lastIndexOf("/"))), ["700", "600"]);
      break;
    }
    emulator.kill("SIGINT");
    await emulator.status;
    assertMatch(printed, key);
  },
));

Deno.test(processTest(
  "an existing file or folder keeps its mode; only its owner can read what is new in it",
  { posix: true },
  async (tenant, folder) => {
    const [report, backup] = [`${folder}/run.ndjson`, `${folder}/photos`];
    await Deno.mkdir(backup);
    await Deno.writeTextFile(report, "");
    await Deno.chmod(backup, 0o755);
    await Deno.chmod(report, 0o644);
    await runGenerously(tenant, "user", "alex@contoso.com", "--backup", backup, "--report", report);
    assertEquals([modeOf(report).toString(8), rightsIn(backup)], ["644", ["755", "600", "600"]]);
  },
));
