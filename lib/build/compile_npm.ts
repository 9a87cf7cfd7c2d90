/** `deno task compile:npm`: the command as an executable that carries Bun, built from the npm registry alone. */
import { build, chooseExecutables, runDeno } from "./build.ts";
import { compileWithBun } from "./compile_with_bun.ts";

await build(["target"], async (options, temporary) => {
  const executables = chooseExecutables(options);
  await runDeno(
    "bundle",
    "--quiet",
    "--import-map=lib/build/bun_imports.json",
    "--code-splitting",
    `--outdir=${temporary}/modules`,
    "cli.ts",
  );
  // Mark all modules as free of side effects, so that the bundler loads each on first use.
  await Deno.writeTextFile(`${temporary}/modules/package.json`, '{ "sideEffects": false }');
  for (const executable of executables) await compileWithBun(temporary, "modules/cli.js", executable);
  for (const { file } of executables.filter(({ platform }) => platform === "macos-x64")) {
    // Bun leaves an invalid signature.
    console.log(`On the Mac, sign it once: codesign --force --sign - ${file}`);
  }
  return executables.map(({ file }) => file);
});
