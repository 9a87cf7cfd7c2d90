export interface Run {
  code: number;
  stdout: string;
  stderr: string;
  /** Standard output's lines as JSON. */
  records(): Record<string, unknown>[];
}

export const recordsOf = (ndjson: string): Record<string, unknown>[] =>
  ndjson.trim().split("\n").filter((line) => line).map((line) => JSON.parse(line));

export interface RunOptions {
  env?: Record<string, string>;
  stdin?: string;
  /** Where to run it; here by default. */
  cwd?: string;
  /** Deno's permission flags; the documented ones by default. */
  permissions?: readonly string[];
  /** Whether Deno may ask for what is not permitted, as it does where nobody gives `--no-prompt`. */
  mayPrompt?: boolean;
  /** Further flags of `deno run`, such as `--coverage=DIR`. */
  denoFlags?: readonly string[];
  /** What to run; this project's cli.ts by default. */
  script?: string;
  /** The Deno that runs it; this one by default. */
  deno?: string;
}

const SUFFIX = Deno.build.os === "windows" ? ".exe" : "";
const given = Deno.env.get("COMMAND_UNDER_TEST");
const isBundle = given?.endsWith(".js") ?? false;
/** What is tested in place of cli.ts: a bundle, or an executable. */
export const UNDER_TEST = given && Deno.realPathSync(isBundle ? given : given.replace(/(\.exe)?$/, SUFFIX));
/** The executable that is tested, where it is one: it takes no flags of Deno. */
export const EXECUTABLE = isBundle ? undefined : UNDER_TEST;

const CLI = isBundle ? UNDER_TEST! : new URL("../../cli.ts", import.meta.url).href;
const PERMISSIONS = ["--allow-net", "--allow-env", "--allow-read"];
/** What the runtime itself needs of this process's environment; an executable finds no Deno on its PATH. */
const KEPT = [...(EXECUTABLE ? [] : ["PATH"]), "HOME", "DENO_DIR", "SystemRoot", "LOCALAPPDATA"].flatMap(
  (name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  },
);

/** The one place that decides what is executed: the words of the command line, the program first. */
export function commandLine(args: readonly string[], options: RunOptions = {}): [string, ...string[]] {
  const { permissions = PERMISSIONS, denoFlags = [], script = CLI, deno = Deno.execPath() } = options;
  const noPrompt = options.mayPrompt ? [] : ["--no-prompt"];
  if (EXECUTABLE && script === CLI) return [EXECUTABLE, ...args];
  return [deno, "run", ...noPrompt, "--quiet", ...permissions, ...denoFlags, script, ...args];
}

/** The whole environment of the command: nothing but what is given and what the runtime needs. */
export function environment(env: Record<string, string> = {}): Record<string, string> {
  return { ...Object.fromEntries(KEPT), ...env };
}

export function startCli(args: readonly string[], options: RunOptions = {}): Deno.ChildProcess {
  const [program, ...words] = commandLine(args, options);
  return new Deno.Command(program, {
    args: words,
    clearEnv: true,
    env: environment(options.env),
    cwd: options.cwd,
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const child = startCli(args, options);
  if (options.stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(options.stdin));
    await writer.close();
  }
  const output = await child.output();
  const stdout = new TextDecoder().decode(output.stdout);
  return {
    code: output.code,
    stdout,
    stderr: new TextDecoder().decode(output.stderr),
    records: () => recordsOf(stdout),
  };
}
