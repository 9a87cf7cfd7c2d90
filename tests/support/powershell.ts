import { ALL_FLAGS } from "./command.ts";
import { commandLine, environment } from "./run_cli.ts";

/** What PowerShell needs of this process's environment, such as where it finds Pester. */
const KEPT = Object.fromEntries(
  ["PATH", "PSModulePath", "DOTNET_ROOT"].map((name) => [name, Deno.env.get(name)]).filter(([, value]) =>
    value
  ),
);

/** The whole environment of a PowerShell that runs the command. */
export const powershellEnvironment = (env: Record<string, string>): Record<string, string> => ({
  ...environment(),
  ...KEPT,
  POWERSHELL_TELEMETRY_OPTOUT: "1",
  NO_COLOR: "1",
  ...env,
});

/** Puts the command into a folder as a program; returns a PATH on which PowerShell finds it. */
export async function installCommand(folder: string): Promise<string> {
  const words = commandLine(["$@"], { permissions: ALL_FLAGS }).map((word) =>
    word === "$@" ? '"$@"' : `'${word}'`
  );
  const start = `#!/bin/sh\nHOME='${environment().HOME ?? ""}' exec ${words.join(" ")}\n`;
  await Deno.writeTextFile(`${folder}/remove-profile-photo`, start, { mode: 0o755 });
  return `${folder}:${powershellEnvironment({}).PATH}`;
}

/** How long a script may take, in ms, before it is taken to hang. */
const PATIENCE = 300_000;

/** Runs a script of PowerShell 7; its text is no argument, so that it needs no quotes. */
export async function runPowershell(
  script: string,
  { env = {}, cwd }: { env?: Record<string, string>; cwd?: string } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const path = await Deno.makeTempFile({ suffix: ".ps1" });
  try {
    await Deno.writeTextFile(path, `\ufeff${script}`);
    const output = await new Deno.Command("pwsh", {
      args: ["-NoProfile", "-NonInteractive", "-File", path],
      clearEnv: true,
      cwd,
      env: powershellEnvironment(env),
      stdin: "null",
      signal: AbortSignal.timeout(PATIENCE),
    }).output();
    const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code: output.code, stdout: stdout!, stderr: stderr! };
  } finally {
    await Deno.remove(path);
  }
}

/** Whether PowerShell 7 and Pester are there; `undefined` if so, else what is missing. */
function whatIsMissing(): string | undefined {
  try {
    const { success } = new Deno.Command("pwsh", {
      args: [
        "-NoProfile",
        "-Command",
        "exit [int](-not ((Get-Module -ListAvailable Pester).Version.Major -ge 6))",
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).outputSync();
    return success ? undefined : "Pester is not installed";
  } catch {
    return "pwsh is not installed";
  }
}

/** Why PowerShell cannot be tested here, or `undefined`. */
export const NO_POWERSHELL = whatIsMissing();
