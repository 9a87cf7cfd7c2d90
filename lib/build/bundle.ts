/** `deno task bundle`: the command as one JavaScript file, which Deno can run from any web server. */
import { build, runDeno } from "./build.ts";
import { compileEagerly } from "./compile_eagerly.ts";
import { packModule } from "./pack_module.ts";
import { profileFunctions } from "./profile_functions.ts";
import { replaceStaticImports } from "./replace_static_imports.ts";

const FILE = "remove-profile-photo.js";
const FORGE = "lib/deps/forge.ts"; // as large as the rest, and hardly ever needed

await build([], async (_options, temporary) => {
  const path = `${temporary}/${FILE}`;
  const [packed, imports] = [`${temporary}/forge.js`, `${temporary}/imports.json`];
  await Deno.writeTextFile(packed, await packModule(FORGE, ["forge"], temporary));
  const url = (file: string) =>
    new URL(file, `file://${Deno.cwd().replaceAll("\\", "/").replace(/^\/?/, "/")}/`).href;
  await Deno.writeTextFile(imports, JSON.stringify({ imports: { [url(FORGE)]: url(packed) } }));
  await runDeno("bundle", "--quiet", "--minify", `--import-map=${imports}`, `--output=${path}`, "cli.ts");
  const script = replaceStaticImports(await Deno.readTextFile(path));
  await Deno.writeTextFile(path, script);
  await Deno.writeTextFile(path, compileEagerly(script, await profileFunctions(path, temporary)));
  return [FILE];
});
