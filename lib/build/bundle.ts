/** `deno task bundle`: the command as one JavaScript file, for Deno to run from any web server. */
import { build, runDeno } from "./build.ts";

const FILE = "remove-profile-photo.js";

await build([], async (_options, temporary) => {
  await runDeno("bundle", "--quiet", "--minify", `--output=${temporary}/${FILE}`, "cli.ts");
  return [FILE];
});
