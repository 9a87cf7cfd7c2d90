/** `deno task bundle`: the command as one JavaScript file, for Deno to run from any web server. */
import { build, runDeno } from "./build.ts";

const FILE = "remove-profile-photo.js";

/**
 * What `csv-parse` imports from there is global too. The import of a module that is loaded late becomes one at the
 * start in a bundle, where each process would pay for it.
 */
function useGlobalStreams(code: string): string {
  return code.replace(
    /import\{([^{}]*)\}from"node:stream\/web";/,
    (_, names: string) => `const{${names.replaceAll(" as ", ":")}}=globalThis;`,
  );
}

await build([], async (_options, temporary) => {
  const path = `${temporary}/${FILE}`;
  await runDeno("bundle", "--quiet", "--minify", `--output=${path}`, "cli.ts");
  await Deno.writeTextFile(path, useGlobalStreams(await Deno.readTextFile(path)));
  return [FILE];
});
