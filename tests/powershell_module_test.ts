import denoJson from "../deno.json" with { type: "json" };
import { type CommandName, commandSpec } from "../lib/cli/commands.ts";
import { OPTION_NAMES, type OptionName, optionSpec } from "../lib/cli/options.ts";
import { RECORD_FIELDS } from "../lib/result.ts";
import { assert, assertEquals, assertMatch } from "./deps/assert.ts";
import { Language, type Node, Parser, POWERSHELL_GRAMMAR } from "./deps/tree_sitter.ts";

const MODULE = new URL("../lib/powershell/ProfilePhoto/", import.meta.url);
const READ: Deno.PermissionOptions = { read: true };
const read = (file: string) => Deno.readTextFileSync(new URL(file, MODULE));
const list = (folder: string) =>
  [...Deno.readDirSync(new URL(folder, MODULE))].map(({ name }) => `${folder}${name}`).sort();

/** What each function stands for. */
const FUNCTIONS: Readonly<Record<string, CommandName>> = {
  "Connect-ProfilePhoto": "token",
  "Find-ProfilePhoto": "find",
  "Remove-ProfilePhoto": "user",
  "Restore-ProfilePhoto": "restore",
  "Test-ProfilePhotoAccess": "doctor",
};

/** Options that PowerShell has parameters for, or the module sets itself. */
const OTHERWISE: readonly OptionName[] = [
  ...["what-if", "confirm", "error-action", "verbose"] as const, // common parameters
  ...["yes", "output", "quiet", "no-color", "help", "version"] as const,
  ...["from", "column", "token-file"] as const, // the pipeline, and -AccessToken
];

const pascalCase = (name: string) => name.replaceAll(/(?:^|-)(\w)/g, (_, letter) => letter.toUpperCase());

/** The parameters of a function, and the values that each is limited to. */
function parametersOf(file: string): Map<string, string[]> {
  const [, block = ""] = /\n {4}param\(\n([^]*?)\n {4}\)\n/.exec(read(file)) ?? [];
  const found = new Map<string, string[]>();
  let values: string[] = [];
  for (const [, set, name] of block.matchAll(/\[ValidateSet\(([^)]*)\)\]|\$(\w+)/g)) {
    if (set !== undefined) values = set.split(",").map((value) => value.trim().slice(1, -1));
    else if (/^[A-Z]/.test(name!)) {
      found.set(name!, values);
      values = [];
    }
  }
  return found;
}

for (const [name, command] of Object.entries(FUNCTIONS)) {
  Deno.test(
    `${name} has a parameter for each option of ${command}, with its values`,
    { permissions: READ },
    () => {
      const parameters = parametersOf(`Public/${name}.ps1`);
      const options = OPTION_NAMES.filter((option) =>
        (commandSpec(command).options as readonly string[]).includes(option) && !OTHERWISE.includes(option)
      );
      assert(options.length > 5);
      for (const option of options) {
        const values = parameters.get(pascalCase(option));
        assertEquals(values, [...optionSpec(option).choices ?? []], `-${pascalCase(option)}`);
      }
    },
  );
}

async function parse(script: string): Promise<Node> {
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(await Deno.readFile(POWERSHELL_GRAMMAR)));
  return parser.parse(script)!.rootNode;
}

const SCRIPTS = [...list("Public/"), ...list("Private/"), "ProfilePhoto.psm1", "ProfilePhoto.psd1"];

/** What PowerShell 7 has, and Windows PowerShell 5.1 has not. */
const NEWER: readonly RegExp[] = [
  /\?\?|\?\.|\?\[/, // null-coalescing and null-conditional operators
  /&&|\|\|/,
  /[\w)\]'"] \? /, // a conditional expression
  /^\s*clean\s*\{/m,
  /\$Is(Windows|Linux|MacOS|CoreCLR)\b/i,
  /-(Parallel|AsHashtable|AsUTC|NoEnumerate|AdditionalChildPath|ProgressAction)\b/i,
  /\.ArgumentList\b|\bStandardInputEncoding\b|\bgetEnumerator\(\)\.foreach\b/i, // .NET Framework has none
  /[^\n\t -~]/, // read with the system's code page there, unless there is a byte order mark
];

Deno.test(
  "the module has the syntax of Windows PowerShell 5.1, and plain ASCII",
  { permissions: READ },
  async () => {
    assert(SCRIPTS.length > 15);
    for (const file of SCRIPTS) {
      const root = await parse(read(file));
      const errors = root.descendantsOfType("ERROR").map((node) => node!.text);
      assertEquals(errors, [], file);
      const code = read(file).replaceAll(/<#[^]*?#>|(?<![\w`'"])#.*|'(?:[^'\n]|'')*'/g, "''");
      assertEquals(NEWER.filter((sign) => sign.test(code)).map(String), [], file);
    }
  },
);

Deno.test("the module knows the fields of records, which it writes in PowerShell's case", {
  permissions: READ,
}, () => {
  const [, block = ""] = /Fields = @\(([^)]*)\)/.exec(read("Private/ConvertFrom-Record.ps1")) ?? [];
  const known = Array.from(block.matchAll(/'(\w+)'/g), ([, name]) => name!);
  assertEquals(RECORD_FIELDS.filter((name) => !known.includes(name)), []);
});

Deno.test(
  "the module's manifest has the version, and exports what is in Public",
  { permissions: READ },
  () => {
    const manifest = read("ProfilePhoto.psd1");
    assertMatch(manifest, new RegExp(`ModuleVersion = '${denoJson.version.replaceAll(".", "\\.")}'`));
    const [, names = ""] = /FunctionsToExport = @\(([^)]*)\)/.exec(manifest) ?? [];
    assertEquals(names.match(/[\w-]+/g), list("Public/").map((file) => /(\w+-\w+)\.ps1$/.exec(file)![1]));
    for (const file of list("Public/")) {
      assertMatch(read(file), new RegExp(`^function ${/([\w-]+)\.ps1$/.exec(file)![1]} \\{\n`));
    }
  },
);
