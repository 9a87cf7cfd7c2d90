import { COMMAND_NAMES } from "../../lib/cli/commands.ts";
import { completionScript } from "../../lib/cli/completions.ts";
import { grammar, optionsWithCommands } from "../../lib/cli/completions/grammar.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { Language, type Node, Parser, POWERSHELL_GRAMMAR } from "../deps/tree_sitter.ts";
import { CASES } from "../support/completion_cases.ts";
import { hostileGrammar } from "../support/hostile_grammar.ts";
import { assertOffered, bare, isInstalled, runShell, workFolder } from "../support/shells.ts";
import { inTemporaryFolder } from "../support/temporary.ts";

const READ: Deno.PermissionOptions = { read: true };

async function parse(script: string): Promise<Node> {
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(await Deno.readFile(POWERSHELL_GRAMMAR)));
  return parser.parse(script)!.rootNode;
}

/** The texts of all nodes of some types, in order. */
const texts = (root: Node, ...types: string[]) => root.descendantsOfType(types).map((node) => node!.text);

/** The texts in single quotes, as PowerShell reads them. */
const literals = (root: Node) =>
  texts(root, "verbatim_string_characters").map((text) => text.slice(1, -1).replaceAll(/(['‘-‛])\1/g, "$1"));

Deno.test(
  "powershell: the script parses, and contains every word and description",
  { permissions: READ },
  async () => {
    for (const made of [grammar(), hostileGrammar(1), hostileGrammar(2)]) {
      const root = await parse(completionScript("powershell", made));
      assert(!root.hasError, texts(root, "ERROR").join("\n"));
      const found = literals(root);
      const options = [...optionsWithCommands(made).keys()];
      const expected = [
        ...made.commands.flatMap(({ name, summary }) => [name, summary]),
        ...options.flatMap(({ name, help, choices = [] }) => [`--${name}`, help, ...choices]),
      ];
      assertEquals(expected.filter((text) => !found.includes(text)), []);
    }
  },
);

Deno.test(
  "powershell: no quote of any kind stands alone in a description",
  { permissions: READ },
  async () => {
    const root = await parse(completionScript("powershell", hostileGrammar(3)));
    const inner = texts(root, "verbatim_string_characters").map((text) => text.slice(1, -1));
    assertEquals(inner.filter((text) => /['‘-‛]/.test(text.replaceAll(/(['‘-‛])\1/g, ""))), []);
  },
);

/** What PowerShell itself provides. */
const AUTOMATIC = ["$_", "$null", "$true", "$false", "$Matches", "$ExecutionContext"];

Deno.test("powershell: each variable is set somewhere, and each column that is read exists", {
  permissions: READ,
}, async () => {
  const root = await parse(completionScript("powershell", grammar()));
  const set = [
    ...root.descendantsOfType("left_assignment_expression"),
    ...root.descendantsOfType("script_parameter"),
    ...root.descendantsOfType("foreach_statement").map((node) => node!.namedChild(0)),
  ].flatMap((node) => node!.type === "variable" ? [node!.text] : texts(node!, "variable"));
  const known = new Set([...AUTOMATIC, ...set]);
  const used = texts(root, "variable");
  assert(used.length > 100);
  assertEquals(used.filter((name) => !known.has(name)), []);

  const columns = new Set(texts(root, "key_expression"));
  const read = root.descendantsOfType("member_access")
    .map((node) => node!.text.split("."))
    .filter(([of]) => ["$known", "$option", "$offer"].includes(of!))
    .map(([, column]) => column!);
  assert(read.length > 20);
  assertEquals(read.filter((column) => !columns.has(column)), []);
});

/** What is typed in PowerShell's spelling, and what is offered. */
const PARAMETERS: typeof CASES = [
  ["-U", ["-UserId"]],
  ["-user", ["-UserId"]],
  ["-", ["-Me", "-UserId", "-GroupId", "-Verbose", "-Quiet", "-NoColor", "-Help", "-Version"]],
  ["-UserId alex@contoso.com -W", ["-WhatIf"]],
  ["-UserId alex@contoso.com,lee@contoso.com -conf", ["-Confirm"]],
  ["user -DryRun -W", []],
  ["-Me -WhatIf -Back", ["-Backup"]],
  ["-GroupId x -ErrorAction ", ["continue", "stop"]],
  ["-GroupId x -Output:", ["table", "failures", "ndjson", "json", "csv", "none"]],
  ["-GroupId x -Output:n", ["ndjson", "none"]],
];

const POWERSHELL_PROBE = String.raw`
Invoke-Expression (Get-Content -Raw $args[0])
foreach ($line in (Get-Content $args[1])) {
  '<<'
  $found = TabExpansion2 -inputScript $line -cursorColumn $line.Length
  $found.CompletionMatches | ForEach-Object { $_.CompletionText }
}
`;

/** What PowerShell offers after each line. */
async function askPowershell(
  script: string,
  lines: readonly string[],
  home: string,
): Promise<string[][]> {
  const files = {
    "probe.ps1": POWERSHELL_PROBE,
    "script.ps1": script,
    "lines.txt": lines.map((line) => `remove-profile-photo ${line}\n`).join(""),
  };
  const paths = Object.keys(files).map((name) => `${home}/${name}`);
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${home}/${name}`, text);
  await Deno.mkdir(workFolder(home));
  const { stdout } = await runShell("pwsh", ["-NoProfile", "-File", ...paths], home);
  return stdout.split(/^<<\r?\n/m).slice(1).map((answer) =>
    answer.split(/\r?\n/).filter((row) => row).map(bare).sort()
  );
}

Deno.test("powershell: Tab offers what can be typed, and nothing else", {
  permissions: { run: true, read: true, write: true },
  ignore: !isInstalled("pwsh"),
}, () =>
  inTemporaryFolder(async (home) => {
    // Names of files are PowerShell's own affair.
    const words = CASES.filter(([, offers]) => offers.every((word) => !/[ .]|^photos$/.test(word)));
    const cases = [...words, ...PARAMETERS];
    assert(cases.length > COMMAND_NAMES.length);
    const answers = await askPowershell(completionScript("powershell"), cases.map(([line]) => line), home);
    assertOffered(answers, cases);
  }));
