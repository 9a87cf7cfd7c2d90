/** `deno task bundle`: the command as one JavaScript file, for Deno to run from any web server. */
import { build, runDeno } from "./build.ts";
import { calledFunctions } from "./profile_functions.ts";
import { compileEagerly } from "./compile_eagerly.ts";
import { linkChunks } from "./link_chunks.ts";

const FILE = "remove-profile-photo.js";

await build([], async (_options, temporary) => {
  const [path, chunks] = [`${temporary}/${FILE}`, `${temporary}/chunks`];
  await runDeno("bundle", "--quiet", "--minify", "--code-splitting", `--outdir=${chunks}`, "cli.ts");
  const files = Array.from(Deno.readDirSync(chunks), ({ name }) => name).sort();
  const code = new Map(files.map((name) => [name, Deno.readTextFileSync(`${chunks}/${name}`)]));
  const script = linkChunks(code, "cli.js");
  await Deno.writeTextFile(path, script);
  await Deno.writeTextFile(path, compileEagerly(script, await calledFunctions(path, temporary)));
  return [FILE];
});
