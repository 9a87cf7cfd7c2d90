/** `deno task bundle`: the command as one JavaScript file, which Deno can run from any web server. */
import { build, runDeno } from "./build.ts";
import { compileEagerly } from "./compile_eagerly.ts";
import { profileFunctions } from "./profile_functions.ts";
import { replaceStaticImports } from "./replace_static_imports.ts";

const FILE = "remove-profile-photo.js";

await build([], async (_options, temporary) => {
  const path = `${temporary}/${FILE}`;
  await runDeno("bundle", "--quiet", "--minify", `--output=${path}`, "cli.ts");
  const script = replaceStaticImports(await Deno.readTextFile(path));
  await Deno.writeTextFile(path, script);
  await Deno.writeTextFile(path, compileEagerly(script, await profileFunctions(path, temporary)));
  return [FILE];
});
