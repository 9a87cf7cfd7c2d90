import { assert, assertEquals, assertMatch, assertStringIncludes } from "../deps/assert.ts";
import denoJson from "../../deno.json" with { type: "json" };
import {
  choicesOf,
  COMMAND_NAMES,
  type CommandName,
  commandSpec,
  GENERAL_OPTIONS,
} from "../../lib/cli/commands.ts";
import { ENVIRONMENT_VARIABLES } from "../../lib/environment_variables.ts";
import { optionSpec } from "../../lib/cli/options.ts";
import type { Emulator } from "../../lib/emulator/mod.ts";
import { EXIT } from "../../lib/cli/errors.ts";
import { EXECUTABLE, runCli, startCli } from "../support/run_cli.ts";
import { NO_TERMINAL, startInTerminal } from "../support/terminal.ts";
import { IS_WINDOWS, test } from "../support/test.ts";
import { bySecret, byToken, folderTest, mapConcurrently, RUN } from "./support.ts";

const PROGRAM = "remove-profile-photo";

test("--help, -h, help and -Help print the same overview and exit 0", RUN, async () => {
  const lines = [["--help"], ["-h"], ["help"], ["-Help"], ["HELP"], ["-?"], ["/?"]];
  const [first, ...others] = await mapConcurrently(lines, (args) => runCli(args));
  for (const { code, stdout, stderr } of [first!, ...others]) {
    assertEquals([code, stderr, stdout], [0, "", first!.stdout]);
  }
  assertEquals(first!.stdout.split("\n").filter((line) => line.length > 100), []);
  for (const name of COMMAND_NAMES) {
    assertStringIncludes(first!.stdout, `${PROGRAM} ${commandSpec(name).usage}`);
  }
  for (const code of Object.values(EXIT)) {
    assertMatch(first!.stdout, new RegExp(`Exit codes:.*\\b${code} `));
  }
  for (const word of [...Object.keys(ENVIRONMENT_VARIABLES), "-UserId"]) {
    assertStringIncludes(first!.stdout, word);
  }
});

/** The ways to ask for one command's help. */
const ASKING = (
  name: string,
) => [[name, "--help"], ["help", name], ["-h", name, "--verbose"], [name, "help"], [name, "/?"]];

test(
  "each command's help has its usage, examples and every option with each of its spellings",
  RUN,
  async () => {
    for (const name of COMMAND_NAMES) {
      const { usage, options } = commandSpec(name);
      const [help, ...same] = await mapConcurrently(ASKING(name), (args) => runCli(args));
      for (const { code, stdout, stderr } of [help!, ...same]) {
        assertEquals([code, stderr, stdout], [0, "", help!.stdout], name);
      }
      assertEquals(help!.stdout.split("\n").filter((line) => line.length > 100), [], name);
      assertStringIncludes(help!.stdout, `  ${PROGRAM} ${usage} [options]\n`);
      assertMatch(help!.stdout, new RegExp(`Examples:\\n  # .*\\n  ${PROGRAM} ${name}\\b`));
      for (const option of [...options, ...GENERAL_OPTIONS]) {
        const { short, aliases = [], value, help: about } = optionSpec(option);
        const choices = choicesOf(name, option);
        const row = help!.stdout.replaceAll(/\n {20,}/g, " ").split("\n").find((line) =>
          line.includes(` --${option}`) && line.endsWith(about)
        );
        assert(row, `--${option} is missing in the help of ${name}`);
        const spellings = [...(short ? [`-${short}`] : []), ...aliases.map((alias) => `--${alias}`)];
        for (const part of [...spellings, choices?.join("|") ?? value ?? ""]) assertStringIncludes(row, part);
      }
    }
  },
);

/** The words of a command line as a shell would read them, where it uses no more than single quotes. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
}

/** The example command lines of all help texts, without the program's name. */
async function examples(): Promise<string[][]> {
  const texts = [[], ...COMMAND_NAMES.map((name) => [name])].map((args) => runCli([...args, "--help"]));
  const lines = (await Promise.all(texts)).flatMap(({ stdout }) => stdout.split("Examples:")[1]!.split("\n"));
  const found = lines.filter((line) => line.startsWith(`  ${PROGRAM} `) && !line.includes("  ", 2));
  return [...new Set(found)].map((line) => words(line).slice(1));
}

/** Does what an example says, with the credential that its command needs. */
async function follow(tenant: Emulator, args: string[], cwd: string): Promise<number> {
  const command = args[0] as CommandName;
  const token = await tenant.issueToken({ user: "adele@contoso.com" });
  const env = command === "me" ? byToken(tenant, token) : bySecret(tenant);
  if (command === "emulator") {
    if (IS_WINDOWS) return 0; // where a signal cannot be sent
    // Any port would do but the one in the example, which may be in use.
    const child = startCli(args.map((word) => /^\d+$/.test(word) ? "0" : word), { env });
    await child.stdout.pipeThrough(new TextDecoderStream()).pipeTo(
      new WritableStream({
        write: (text) => void (text.includes("GRAPH_ENDPOINT=") && child.kill("SIGINT")),
      }),
    );
    await child.stderr.cancel();
    return (await child.status).code;
  }
  const [words, file] = args.includes("<") ? [args.slice(0, -2), args.at(-1)!] : [args, undefined];
  const permissions = ["--allow-net", "--allow-env", "--allow-read", "--allow-write"];
  const asks = args.includes("--confirm") || (args.includes("--from") && !args.includes("--yes"));
  if (!asks) {
    const stdin = file && await Deno.readTextFile(`${cwd}/${file}`);
    return (await runCli(words, { env, cwd, stdin, permissions })).code;
  }
  if (NO_TERMINAL) return 0;
  const terminal = startInTerminal(args, { env, cwd, permissions });
  await terminal.see(args.includes("--confirm") ? "[q] quit: " : "(default): ");
  await terminal.type(args.includes("--confirm") ? "a\n" : "y\n");
  return (await terminal.end()).code;
}

folderTest("every example in the help does what it says", async (tenant, folder) => {
  await Deno.writeTextFile(`${folder}/token.txt`, await tenant.issueToken({ user: "adele@contoso.com" }));
  await Deno.writeTextFile(`${folder}/leavers.csv`, "userPrincipalName\ndiego@contoso.com\n");
  await Deno.writeTextFile(`${folder}/leavers.txt`, "grady@contoso.com\n");
  const backup = ["user", "alex@contoso.com", "--backup", `${folder}/photos`];
  await runCli(backup, { env: bySecret(tenant), permissions: ["--allow-all"] });
  const lines = await examples();
  assert(lines.length >= 10, `${lines.length} examples`);
  const codes = await mapConcurrently(lines, (args) => follow(tenant, args, folder));
  assertEquals(lines.filter((_, at) => codes[at] !== 0), []);
});

/** What an executable says of the runtime that it carries. */
const CARRIED = /^(Deno \S+ \(\S+\)|Bun \S+ \(\S+\), without a permission sandbox)\n$/;

test("--version is that of deno.json, and with --verbose also the runtime's", RUN, async () => {
  const lines = [["--version"], ["-Version"], ["user", "--version"], ["--version", "--verbose"]];
  const runs = await mapConcurrently(lines, (args) => runCli(args));
  const version = `${denoJson.version}\n`;
  const verbose = runs.at(-1)!.stdout;
  assertEquals(runs.map(({ code, stdout, stderr }) => [code, stdout, stderr]), [
    ...[version, version, version, verbose].map((stdout) => [0, stdout, ""]),
  ]);
  const runtime = verbose.slice(version.length);
  if (EXECUTABLE) assertMatch(runtime, CARRIED);
  else assertEquals(runtime, `Deno ${Deno.version.deno} (${Deno.build.target})\n`);
});
