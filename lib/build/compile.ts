/** `deno task compile`: the command as an executable that carries Deno, with its permissions baked in. */
import { build, BuildError, chooseExecutables, runDeno } from "./build.ts";
import { permissionFlags } from "./deno_flags.ts";
import { TARGETS } from "./targets.ts";

/** A missing stub, which is what an executable carries of Deno, with the two ways on for the person at it. */
function explain(error: unknown, triple: string): unknown {
  if (!(error instanceof BuildError) || !/denort/.test(error.message)) return error;
  const causes = Array.from(error.message.matchAll(/^ +\d+: (.*)$/gm), ([, cause]) => cause);
  const reason = causes.find((cause) => cause !== "Setting up base binary.");
  return new BuildError([
    `Cannot compile for ${triple}, as Deno's runtime stub (denort) cannot be had: ${reason}`,
    "There are two ways on:",
    `  DENORT_BIN=FILE deno task compile    with the denort of Deno ${Deno.version.deno} for ${triple}`,
    "  deno task compile:npm                the same command on Bun, from the npm registry alone",
  ].join("\n"));
}

await build(["target", "allow-net"], async (options, temporary) => {
  const executables = chooseExecutables(options);
  if (executables.length > 1 && Deno.env.get("DENORT_BIN")) {
    throw new BuildError("DENORT_BIN is the stub of one system: name it with --target, once for each");
  }
  for (const { target, file } of executables) {
    const triple = TARGETS[target].deno;
    await runDeno(
      "compile",
      "--quiet",
      "--exclude-unused-npm", // those of the tests
      "--v8-flags=--max-semi-space-size=4", // else memory for young objects grows with the length of a run
      ...permissionFlags(options["allow-net"]),
      "--target",
      triple,
      "--output",
      `${temporary}/${file}`,
      "cli.ts",
    ).catch((error) => {
      throw explain(error, triple);
    });
  }
  return executables.map(({ file }) => file);
});
