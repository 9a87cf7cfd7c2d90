/** What all builds share: options, running programs, the output folder and its checksums. */
import { parseArgs } from "../deps/parse_args.ts";
import { PLATFORM_NAMES, type PlatformName, PLATFORMS, THIS_PLATFORM } from "./platforms.ts";

/** An expected failure of a build: shown without a stack trace. */
export class BuildError extends Error {
  override readonly name = "BuildError";
}

/** The values of each option, by its name without hyphens. */
export type Options = Partial<Readonly<Record<string, readonly string[]>>>;

/** Parses the command line. Each option takes a value and can be repeated. */
function parseOptions(known: readonly string[]): Options {
  const unknown = (argument: string) => {
    const options = known.map((name) => `--${name}`).join(", ");
    throw new BuildError(`Unknown option ${argument}: the options are ${options}`);
  };
  const parsed = parseArgs([...Deno.args], { string: [...known], collect: [...known], unknown });
  const options = Object.fromEntries(known.map((name) => [name, parsed[name] as string[]]));
  const empty = known.find((name) => options[name]!.includes(""));
  if (empty !== undefined) throw new BuildError(`--${empty} needs a value`);
  return options;
}

/** An executable to build. */
export interface Executable {
  platform: PlatformName;
  /** Its file name. */
  file: string;
}

/** Returns the executables that `--target` asks for; by default the one for this machine. */
export function chooseExecutables({ target }: Options): Executable[] {
  const name = target?.[0];
  if (name === undefined && THIS_PLATFORM !== undefined) {
    return [{ platform: THIS_PLATFORM, file: `remove-profile-photo${PLATFORMS[THIS_PLATFORM].suffix}` }];
  }
  const platforms = PLATFORM_NAMES.filter((known) => known === name || name === "all");
  if (platforms.length === 0) {
    const current = name === undefined ? "" : `: current value is ${JSON.stringify(name)}`;
    throw new BuildError(`--target must be all or one of ${PLATFORM_NAMES.join(", ")}${current}`);
  }
  return platforms.map((platform) => ({
    platform,
    file: `remove-profile-photo-${platform}${PLATFORMS[platform].suffix}`,
  }));
}

/**
 * Runs a program and waits for its end.
 *
 * @returns Its standard output, without surrounding white space.
 * @throws {BuildError} If it fails, with all of its output.
 */
export async function run(
  program: string,
  args: readonly string[],
  { cwd, env }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<string> {
  const { code, ...output } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const toText = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  const [stdout, stderr] = [toText(output.stdout), toText(output.stderr)];
  if (code === 0) return stdout;
  throw new BuildError([`${program} ${args[0]} failed`, stderr, stdout].filter((text) => text).join("\n"));
}

/** Runs this very Deno, as `run` does. */
export const runDeno = (...args: string[]): Promise<string> => run(Deno.execPath(), args);

/** Returns the SHA-256 of a file, in hexadecimal. */
export async function sha256(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return new Uint8Array(digest).toHex();
}

/** Writes SHA256SUMS, for `sha256sum --check`, over all builds in the folder. */
async function writeChecksums(folder: string): Promise<void> {
  const names = (await Array.fromAsync(Deno.readDir(folder)))
    .filter(({ name, isFile }) => isFile && /^(remove-profile-photo|ProfilePhoto)/.test(name))
    .map(({ name }) => name).sort();
  const lines: string[] = [];
  for (const name of names) lines.push(`${await sha256(`${folder}/${name}`)}  ${name}\n`);
  await Deno.writeTextFile(`${folder}/SHA256SUMS`, lines.join(""));
}

/**
 * Runs a build. Its files are moved to `--outdir` (default: `dist`) once all of them are complete; a BuildError is
 * printed and sets the exit code.
 *
 * @param known The options it takes besides `--outdir`.
 * @param make Builds files in a temporary folder and returns their names.
 */
export async function build(
  known: readonly string[],
  make: (options: Options, temporary: string) => Promise<string[]>,
): Promise<void> {
  try {
    const options = parseOptions(["outdir", ...known]);
    const outdir = options.outdir?.[0] ?? "dist";
    await Deno.mkdir(outdir, { recursive: true });
    const temporary = await Deno.makeTempDir({ dir: outdir, prefix: ".build-" });
    try {
      const files = await make(options, temporary);
      for (const file of files) await Deno.rename(`${temporary}/${file}`, `${outdir}/${file}`);
      await writeChecksums(outdir);
      for (const file of files) {
        const { size } = await Deno.stat(`${outdir}/${file}`);
        console.log(`${outdir}/${file}  ${(size / 1e6).toFixed(1)} MB`);
      }
    } finally {
      await Deno.remove(temporary, { recursive: true });
    }
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(`error: ${error.message}`);
    Deno.exitCode = 1;
  }
}
