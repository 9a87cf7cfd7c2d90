import denoJson from "../../deno.json" with { type: "json" };
import { choicesOf, COMMAND_NAMES, commandSpec, GENERAL_OPTIONS, PROGRAM } from "../../lib/cli/commands.ts";
import { EXIT } from "../../lib/cli/errors.ts";
import { GROUPS, helpText } from "../../lib/cli/help.ts";
import { OPTION_NAMES, optionSpec } from "../../lib/cli/options.ts";
import { ENVIRONMENT_VARIABLES, PLATFORM_VARIABLES } from "../../lib/environment_variables.ts";
import { type Emulator, startEmulator } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../deps/assert.ts";
import { bySecret, byToken, words } from "../support/command.ts";
import { BROWSING, pick } from "../support/person.ts";
import { runInProcess } from "../support/run_in_process.ts";
import { FILES, inTemporaryFolder } from "../support/temporary.ts";
import { NONE } from "../support/test.ts";

Deno.test("every way to ask for help prints the same overview and exits 0", NONE, async () => {
  const lines = [["--help"], ["-h"], ["help"], ["-Help"], ["HELP"], ["-?"], ["/?"]];
  const [first, ...others] = await Promise.all(lines.map((args) => runInProcess(args)));
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
  const own = Object.keys(ENVIRONMENT_VARIABLES).filter((name) => !(name in PLATFORM_VARIABLES));
  for (const word of [...own, "-UserId"]) {
    assertStringIncludes(first!.stdout, word);
  }
});

/** The ways to ask for one command's help. */
const ASKING = (
  name: string,
) => [[name, "--help"], ["help", name], ["-h", name, "--verbose"], [name, "help"], [name, "/?"]];

Deno.test(
  "each command's help has its usage, examples and every option with each of its spellings",
  NONE,
  async () => {
    for (const name of COMMAND_NAMES) {
      const { usage, options } = commandSpec(name);
      const [help, ...same] = await Promise.all(ASKING(name).map((args) => runInProcess(args)));
      for (const { code, stdout, stderr } of [help!, ...same]) {
        assertEquals([code, stderr, stdout], [0, "", help!.stdout], name);
      }
      assertEquals(help!.stdout.split("\n").filter((line) => line.length > 100), [], name);
      assertStringIncludes(help!.stdout, `  ${PROGRAM} ${usage} [options]\n`);
      assertMatch(help!.stdout, new RegExp(`Examples:\\n  # .*\\n  ${PROGRAM} ${name}\\b`));
      for (const option of [...options, ...GENERAL_OPTIONS]) {
        const { short, aliases = [], value, help: about } = optionSpec(option);
        const choices = choicesOf(name, option);
        const row = help!.stdout.replaceAll(/\n {5,}/g, " ").split("\n").find((line) =>
          line.includes(` --${option}`) && line.endsWith(about)
        );
        assert(row, `--${option} is missing in the help of ${name}`);
        const spellings = [...(short ? [`-${short}`] : []), ...aliases.map((alias) => `--${alias}`)];
        for (const part of [...spellings, choices?.join("|") ?? value ?? ""]) assertStringIncludes(row, part);
      }
    }
  },
);

/** The example command lines of all help texts, without the program's name. */
function examples(): string[][] {
  const lines = [undefined, ...COMMAND_NAMES].flatMap((name) =>
    helpText(name).split("Examples:")[1]!.split("\n")
  );
  const found = lines.filter((line) => line.startsWith(`  ${PROGRAM} `) && !line.includes("  ", 2));
  return [...new Set(found)].map((line) => words(line).slice(1));
}

/** Files and folders that examples name, and the port, which may be in use. */
const REPLACED: Readonly<Record<string, (folder: string, tenant: Emulator) => string>> = {
  "token.txt": (folder) => `${folder}/token.txt`,
  "keep.csv": (folder) => `${folder}/keep.csv`,
  "photos.html": (folder) => `${folder}/photos.html`,
  "photos": (folder) => `${folder}/photos`,
  "8080": () => "0",
  "ID": (_folder, { clientId }) => clientId,
};

/** Does what an example says, with the credential that its command needs. */
async function follow(tenant: Emulator, args: string[], folder: string): Promise<void> {
  const env = args[0] === "me"
    ? byToken(tenant, await tenant.issueToken({ user: "adele@contoso.com" }))
    : bySecret(tenant);
  const stopping = new AbortController();
  const { code, stderr } = await runInProcess(args.map((word) => REPLACED[word]?.(folder, tenant) ?? word), {
    env,
    answer: () => "a",
    interrupt: stopping.signal,
    onOutput: (text) => {
      const [, address] = /^ {2}(http:\/\/localhost:\S+)$/m.exec(text) ?? [];
      if (address) pick(address, "adele@contoso.com");
      if (text.includes("until Ctrl-C\n")) stopping.abort();
    },
  });
  assertEquals(code, 0, `${args.join(" ")}\n${stderr}`);
}

Deno.test(
  "every example in the help does what it says",
  { permissions: { ...FILES, ...BROWSING } },
  async () => {
    await using tenant = await startEmulator();
    await inTemporaryFolder((folder) => followAll(tenant, folder));
  },
);

async function followAll(tenant: Emulator, folder: string): Promise<void> {
  await Deno.writeTextFile(`${folder}/token.txt`, await tenant.issueToken({ user: "adele@contoso.com" }));
  await Deno.writeTextFile(`${folder}/keep.csv`, "userPrincipalName\nalex@contoso.com\n");
  await follow(tenant, ["user", "alex@contoso.com", "--backup", "photos"], folder);
  const lines = examples();
  assert(lines.length >= 10, `${lines.length} examples`);
  for (const args of lines) await follow(tenant, args, folder);
}

Deno.test("--version is that of deno.json, and with --verbose also the runtime's", NONE, async () => {
  const version = `${denoJson.version}\n`;
  for (const args of [["--version"], ["-Version"], ["user", "--version"]]) {
    const { code, stdout, stderr } = await runInProcess(args);
    assertEquals([code, stdout, stderr], [0, version, ""]);
  }
  const { stdout } = await runInProcess(["--version", "--verbose"]);
  assertEquals(stdout, `${version}Deno ${Deno.version.deno} (${Deno.build.target})\n`);
});

Deno.test("each option is in one group of the help, and the help fits every terminal", NONE, async () => {
  assertEquals(GROUPS.flatMap(([, options]) => options).sort(), [...OPTION_NAMES].sort());
  for (const columns of [40, 60, 80, 120]) {
    for (const command of [[], ...COMMAND_NAMES.map((name) => [name])]) {
      const { stdout } = await runInProcess([...command, "--help"], { columns });
      const isTyped = (line: string) =>
        /^ {2}(remove-profile-photo|echo|Add-Content|export|\$env:)\b/.test(line);
      const isWord = (line: string) => !/[ |]/.test(line.trim());
      const wide = stdout.split("\n").filter((line) =>
        line.length > columns && !isTyped(line) && !isWord(line)
      );
      assertEquals(wide, [], `${command} at ${columns}`);
    }
  }
});
