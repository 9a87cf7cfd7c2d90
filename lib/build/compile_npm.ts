/** `deno task compile:npm`: the command as an executable that carries Bun, built from the npm registry alone. */
import { build, chooseExecutables, runDeno } from "./build.ts";
import { compileByBun } from "./bun.ts";

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
  // No module is there for what its loading does, so that none loads before something of it is used.
  await Deno.writeTextFile(`${temporary}/modules/package.json`, '{ "sideEffects": false }');
  for (const executable of executables) await compileByBun(temporary, "modules/cli.js", executable);
  for (const { file } of executables.filter(({ target }) => target === "macos-x64")) {
    console.log(`On the Mac, sign it once: codesign --force --sign - ${file}`); // Bun leaves a signature that is wrong
  }
  return executables.map(({ file }) => file);
});
