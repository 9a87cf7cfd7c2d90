/** What the builds have in common: their options, how they run programs, where they put what they make. */
import { parseArgs } from "../deps/parse_args.ts";
import { TARGET_NAMES, type TargetName, TARGETS, THIS_TARGET } from "./targets.ts";

/** A build that cannot be, in words for the person who asked for it. */
export class BuildError extends Error {
  override readonly name = "BuildError";
}

/** What a person asked for: values by option, without hyphens. */
export type Options = Partial<Readonly<Record<string, readonly string[]>>>;

/** Understands the options of a build, each of which takes a value and can be given several times. */
function readOptions(known: readonly string[]): Options {
  const unknown = (argument: string) => {
    const options = known.map((name) => `--${name}`).join(", ");
    throw new BuildError(`There is no option ${argument}: the options are ${options}`);
  };
  const parsed = parseArgs([...Deno.args], { string: [...known], collect: [...known], unknown });
  const options = Object.fromEntries(known.map((name) => [name, parsed[name] as string[]]));
  const empty = known.find((name) => options[name]!.includes(""));
  if (empty !== undefined) throw new BuildError(`--${empty} needs a value`);
  return options;
}

/** An executable to make. */
export interface Executable {
  target: TargetName;
  /** The name of its file. */
  file: string;
}

/** The executables that `--target` asks for; without it, the one for this machine. */
export function chooseExecutables({ target }: Options): Executable[] {
  const name = target?.[0];
  if (name === undefined && THIS_TARGET !== undefined) {
    return [{ target: THIS_TARGET, file: `remove-profile-photo${TARGETS[THIS_TARGET].suffix}` }];
  }
  const targets = TARGET_NAMES.filter((known) => known === name || name === "all");
  if (targets.length === 0) {
    const current = name === undefined ? "" : `: current value is ${JSON.stringify(name)}`;
    throw new BuildError(`--target must be all or one of ${TARGET_NAMES.join(", ")}${current}`);
  }
  return targets.map((target) => ({
    target,
    file: `remove-profile-photo-${target}${TARGETS[target].suffix}`,
  }));
}

/**
 * Runs a program to its end.
 *
 * @returns What it wrote to standard output.
 * @throws {BuildError} If it fails, with all that it said.
 */
export async function run(
  program: string,
  args: readonly string[],
  { cwd, env }: { cwd?: string; env?: Record<string, string> } = {},
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const [said, complaint] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim());
  if (code === 0) return said!;
  throw new BuildError([`${program} ${args[0]} failed`, complaint, said].filter((text) => text).join("\n"));
}

/** Runs Deno, the one that runs this. */
export const runDeno = (...args: string[]): Promise<string> => run(Deno.execPath(), args);

async function sha256(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return new Uint8Array(digest).toHex();
}

/** The file that `sha256sum --check` reads, for all that the folder holds. */
async function writeChecksums(folder: string): Promise<void> {
  const names = (await Array.fromAsync(Deno.readDir(folder)))
    .filter(({ name, isFile }) => isFile && name.startsWith("remove-profile-photo"))
    .map(({ name }) => name).sort();
  const lines: string[] = [];
  for (const name of names) lines.push(`${await sha256(`${folder}/${name}`)}  ${name}\n`);
  await Deno.writeTextFile(`${folder}/SHA256SUMS`, lines.join(""));
}

/** Puts what `make` leaves in a temporary folder into `--outdir`, whole or not at all, and ends the process. */
export async function build(
  known: readonly string[],
  make: (options: Options, temporary: string) => Promise<string[]>,
): Promise<void> {
  try {
    const options = readOptions(["outdir", ...known]);
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
