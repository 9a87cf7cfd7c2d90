import { type Executable, run, runDeno } from "./build.ts";
import { type PlatformName, PLATFORMS, THIS_PLATFORM } from "./platforms.ts";

/** The only mention of Bun's version; `bun.lock.json` has the hashes of its packages. */
const VERSION = "1.4.5";

/** Returns the path of Bun for a platform, downloading it from the npm registry if it is not cached. */
async function downloadBun(platform: PlatformName): Promise<string> {
  const { bun, suffix } = PLATFORMS[platform];
  const name = `@oven/${bun}@${VERSION}`;
  const lock = "--lock=lib/build/bun.lock.json";
  await runDeno("cache", "--quiet", "--no-config", "--frozen", lock, `npm:${name}`);
  const info = await runDeno("info", "--json", "--no-config", "--no-lock", `npm:${name}/package.json`);
  return `${JSON.parse(info).npmPackages[name].localPath}/bin/bun${suffix}`;
}

/**
 * Builds an executable that carries Bun.
 *
 * @param folder Where the module is, and where the executable is written.
 * @param module The path of the main module in the folder.
 */
export async function compileWithBun(
  folder: string,
  module: string,
  { platform, file }: Executable,
): Promise<void> {
  await run(await downloadBun(THIS_PLATFORM ?? platform), [
    "build",
    "--compile",
    `--target=${PLATFORMS[platform].bun}`,
    `--compile-executable-path=${await downloadBun(platform)}`,
    "--no-compile-autoload-dotenv", // files in the current folder must not change what the executable does
    "--no-compile-autoload-bunfig",
    "--splitting", // load dynamic imports on demand
    "--minify",
    "--bytecode",
    "--compile-jit-policy=10", // most runs are too short for machine code, which a thread of its own would compile
    "--format=esm",
    `--outfile=${file}`,
    module,
  ], { cwd: folder });
}
