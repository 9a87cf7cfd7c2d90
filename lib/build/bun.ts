import { run, runDeno } from "./build.ts";
import { type TargetName, TARGETS, THIS_TARGET } from "./targets.ts";

/** The one place that names the version of Bun; `bun.lock.json` has the hashes of its packages. */
const VERSION = "1.4.5";

/** Where the Bun of a system is; it is downloaded from the npm registry where it is not there yet. */
async function bunOf(target: TargetName): Promise<string> {
  const { bun, suffix } = TARGETS[target];
  const name = `@oven/${bun}@${VERSION}`;
  const lock = "--lock=lib/build/bun.lock.json";
  await runDeno("cache", "--quiet", "--no-config", "--frozen", lock, `npm:${name}`);
  const info = await runDeno("info", "--json", "--no-config", "--no-lock", `npm:${name}/package.json`);
  return `${JSON.parse(info).npmPackages[name].localPath}/bin/bun${suffix}`;
}

/**
 * Makes an executable that carries Bun.
 *
 * @param folder Where the module is, and where the executable is put.
 */
export async function compileByBun(
  folder: string,
  module: string,
  executable: { target: TargetName; file: string },
): Promise<void> {
  const { target, file } = executable;
  await run(await bunOf(THIS_TARGET ?? target), [
    "build",
    "--compile",
    `--target=${TARGETS[target].bun}`,
    `--compile-executable-path=${await bunOf(target)}`,
    "--no-compile-autoload-dotenv", // files of the folder that it is run in must not change what it does
    "--no-compile-autoload-bunfig",
    "--splitting", // what is imported late loads late
    "--minify",
    "--bytecode",
    "--compile-jit-policy=10", // machine code is for what runs long, and takes a thread to make
    "--format=esm",
    `--outfile=${file}`,
    module,
  ], { cwd: folder });
}
