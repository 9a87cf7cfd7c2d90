/** `deno task bundle`: the command as one JavaScript file, which Deno can run from any web server. */
import denoJson from "../../deno.json" with { type: "json" };
import { build, runDeno } from "./build.ts";
import { checkScript } from "./check_script.ts";
import { compileEagerly } from "./compile_eagerly.ts";
import { deferFunctions } from "./defer_functions.ts";
import { lowerUsing } from "./lower_using.ts";
import { packModule } from "./pack_module.ts";
import { profileFunctions } from "./profile_functions.ts";

const FILE = "remove-profile-photo.js";
/** Large and rarely needed. They share no state with the rest. */
const PACKED = [
  "lib/deps/forge.ts",
  "lib/deps/csv_parse.ts",
  "lib/deps/oauth4webapi.ts",
  "lib/emulator/mod.ts",
];

await build([], async (_options, temporary) => {
  const path = `${temporary}/${FILE}`;
  const url = (file: string) =>
    new URL(file, `file://${Deno.cwd().replaceAll("\\", "/").replace(/^\/?/, "/")}/`).href;
  const { version } = denoJson; // all that the command reads there
  await Deno.writeTextFile(`${temporary}/deno.json`, JSON.stringify({ version }));
  const imports = { [url("deno.json")]: url(`${temporary}/deno.json`) };
  for (const [index, module] of PACKED.entries()) {
    const packed = `${temporary}/packed${index}.js`;
    const names = Object.keys(await import(url(module)));
    await Deno.writeTextFile(packed, await packModule(module, names, temporary));
    imports[url(module)] = url(packed);
  }
  const map = `${temporary}/imports.json`;
  await Deno.writeTextFile(map, JSON.stringify({ imports }));
  await runDeno("bundle", "--quiet", `--import-map=${map}`, `--output=${path}`, "cli.ts");
  await Deno.writeTextFile(path, deferFunctions(lowerUsing(await Deno.readTextFile(path))));
  await runDeno("bundle", "--quiet", "--minify", `--output=${path}`, path);
  const script = await Deno.readTextFile(path);
  checkScript(script);
  await Deno.writeTextFile(path, compileEagerly(script, await profileFunctions(path, temporary)));
  return [FILE];
});
