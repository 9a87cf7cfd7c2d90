/** `deno task compile`: the command as an executable that carries Deno, with its permissions baked in. */
import { build, BuildError, chooseExecutables, runDeno } from "./build.ts";
import { denoFlags } from "./deno_flags.ts";
import { PLATFORMS } from "./platforms.ts";

/** Explains a missing runtime stub, with the alternatives; returns any other error as it is. */
function explainMissingStub(error: unknown, triple: string): unknown {
  if (!(error instanceof BuildError) || !/denort/.test(error.message)) return error;
  const causes = Array.from(error.message.matchAll(/^ +\d+: (.*)$/gm), ([, cause]) => cause);
  const reason = causes.find((cause) => cause !== "Setting up base binary.");
  return new BuildError([
    `Cannot compile for ${triple}: cannot download Deno's runtime stub (denort): ${reason}`,
    "Instead, run one of:",
    `  DENORT_BIN=FILE deno task compile    with the denort of Deno ${Deno.version.deno} for ${triple}`,
    "  deno task compile:npm                for the same command on Bun, from the npm registry alone",
  ].join("\n"));
}

await build(["target", "allow-net"], async (options, temporary) => {
  const executables = chooseExecutables(options);
  if (executables.length > 1 && Deno.env.get("DENORT_BIN")) {
    throw new BuildError(
      "DENORT_BIN is the stub of one platform: compile for each separately, with --target",
    );
  }
  for (const { platform, file } of executables) {
    const triple = PLATFORMS[platform].deno;
    await runDeno(
      "compile",
      "--quiet",
      "--exclude-unused-npm", // those of the tests
      "--v8-flags=--max-semi-space-size=4", // else the memory for young objects grows in long runs
      ...denoFlags(options["allow-net"]),
      "--target",
      triple,
      "--output",
      `${temporary}/${file}`,
      "cli.ts",
    ).catch((error) => {
      throw explainMissingStub(error, triple);
    });
  }
  return executables.map(({ file }) => file);
});
