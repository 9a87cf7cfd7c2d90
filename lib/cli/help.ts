import { choicesOf, COMMAND_NAMES, type CommandName, commandSpec, GENERAL_OPTIONS } from "./commands.ts";
import { ENVIRONMENT_VARIABLES } from "../environment_variables.ts";
import { type OptionName, optionSpec, spellings } from "./options.ts";

const PROGRAM = "remove-profile-photo";

function rows(entries: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...entries.map(([left]) => left.length));
  return entries.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

function optionRow(name: OptionName, choices?: readonly string[]): [string, string] {
  const { value, help } = optionSpec(name);
  const taken = choices?.join("|") ?? value;
  return [spellings({ name, ...optionSpec(name) }).join(", ") + (taken ? ` ${taken}` : ""), help];
}

function commandHelp(name: CommandName): string[] {
  const { usage, summary, details = [], examples, options } = commandSpec(name);
  return [
    `${PROGRAM} ${name}: ${summary}`,
    "",
    `  ${PROGRAM} ${usage} [options]`,
    "",
    ...details,
    ...(details.length ? [""] : []),
    "Examples:",
    ...examples.flatMap(([line, what]) => [`  # ${what}`, `  ${line}`]),
    "",
    "Options (PowerShell spelling too, in any case: -WhatIf, -ErrorAction Stop):",
    ...rows([...options, ...GENERAL_OPTIONS].map((option) => optionRow(option, choicesOf(name, option)))),
  ];
}

function overview(): string[] {
  return [
    `${PROGRAM}: removes Microsoft Graph profile photos`,
    "",
    ...rows(
      COMMAND_NAMES.map((name) => [`${PROGRAM} ${commandSpec(name).usage}`, commandSpec(name).summary]),
    ),
    "",
    "Examples:",
    ...(["user", "group", "doctor"] as const).map((name) => `  ${commandSpec(name).examples[0]![0]}`),
    `  ${PROGRAM} user adele@contoso.com --cloud emulator`,
    "",
    "Environment variables; the first credential found is used, and --token-file before all of them:",
    ...rows(Object.entries(ENVIRONMENT_VARIABLES)),
    "",
    "PowerShell spelling works too: -UserId a,b -WhatIf, -GroupId x -Confirm:$false, -Me",
    "",
    "Exit codes: 0 done, 1 some failed or not attempted, 2 usage, 4 no usable credential, 130 interrupted",
    "",
    "Options:",
    ...rows(GENERAL_OPTIONS.map((option) => optionRow(option))),
    `  and those of each command: ${PROGRAM} user --help`,
  ];
}

/** The widest line: what a terminal shows without breaking it in the middle of a word. */
const WIDTH = 100;

/** A line broken between words; what follows stands below the last column of the line. */
function wrap(line: string): string {
  const gap = / {2,}(?=\S+( \S+)*$)/.exec(line);
  const indent = gap ? gap.index + gap[0].length : 0;
  const lines = [""];
  for (const word of line.slice(indent).split(" ")) {
    const longer = `${lines.at(-1)}${lines.at(-1) && " "}${word}`;
    if (indent + longer.length <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return line.slice(0, indent) + lines.join(`\n${" ".repeat(indent)}`);
}

/** The help text of a command, or of the whole program. */
export function helpText(command?: CommandName): string {
  const lines = command ? commandHelp(command) : overview();
  return lines.map((line) => `${line.length > WIDTH ? wrap(line) : line}\n`).join("");
}
