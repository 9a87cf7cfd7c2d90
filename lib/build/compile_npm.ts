/** `deno task compile:npm`: the command as an executable that carries Bun, built from the npm registry alone. */
import { build, chooseExecutables, run, runDeno } from "./build.ts";
import { type Target, TARGETS, THIS_TARGET } from "./targets.ts";

/** The one place that names the version of Bun; `bun.lock.json` has the hashes of its packages. */
const VERSION = "1.4.5";

/** The path of a system's Bun, which is downloaded where it is not there. */
async function bun({ bun, suffix }: Target): Promise<string> {
  const specifier = `npm:@oven/${bun}@${VERSION}`;
  await runDeno("cache", "--quiet", "--no-config", "--frozen", "--lock=lib/build/bun.lock.json", specifier);
  const info = JSON.parse(
    await runDeno("info", "--json", "--no-config", "--no-lock", `${specifier}/package.json`),
  );
  return `${info.npmPackages[`@oven/${bun}@${VERSION}`].localPath}/bin/bun${suffix}`;
}

await build(["target"], async (options, temporary) => {
  const executables = chooseExecutables(options);
  await runDeno(
    "bundle",
    "--quiet",
    "--check",
    "--import-map=lib/build/bun_host.json",
    "--code-splitting", // so that what is loaded late is loaded late
    `--outdir=${temporary}/modules`,
    "cli.ts",
  );
  const builder = await bun(TARGETS[THIS_TARGET ?? executables[0]!.target]);
  for (const { target, file } of executables) {
    await run(builder, [
      "build",
      "--compile",
      `--target=${TARGETS[target].bun}`,
      `--compile-executable-path=${await bun(TARGETS[target])}`,
      "--no-compile-autoload-dotenv", // files of the folder that it is run in must not change what it does
      "--no-compile-autoload-bunfig",
      "--splitting",
      "--minify",
      "--bytecode",
      "--format=esm",
      `--outfile=${file}`,
      "modules/cli.js",
    ], temporary);
  }
  const unsigned = executables.filter(({ target }) => target === "macos-x64");
  for (const { file } of unsigned) console.log(`On the Mac, sign it once: codesign --force --sign - ${file}`);
  return executables.map(({ file }) => file);
});
