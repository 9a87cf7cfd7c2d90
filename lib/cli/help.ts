import { ENVIRONMENT_VARIABLES, PLATFORM_VARIABLES } from "../environment_variables.ts";
import {
  choicesOf,
  COMMAND_NAMES,
  type CommandName,
  commandSpec,
  GENERAL_OPTIONS,
  PROGRAM,
} from "./commands.ts";
import { type OptionName, optionSpec, spellings } from "./options.ts";

/** The widest left column; the right one of a wider row begins on the next line. */
const MOST_LEFT = 60;

/** Returns two columns, aligned. */
function formatRows(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const widths = rows.map(([left]) => left.length).filter((width) => width <= MOST_LEFT);
  const width = Math.max(...widths);
  return rows.flatMap(([left, right]) =>
    left.length > width
      ? [`  ${left}`, `${" ".repeat(width + 4)}${right}`]
      : [`  ${left.padEnd(width)}  ${right}`]
  );
}

function optionRow(name: OptionName, choices?: readonly string[]): [string, string] {
  const spec = optionSpec(name);
  const value = choices?.join("|") ?? spec.value;
  return [spellings({ name, ...spec }).join(", ") + (value ? ` ${value}` : ""), spec.help];
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
    ...examples.flatMap(([line, purpose]) => [`  # ${purpose}`, `  ${line}`]),
    "",
    "Options (PowerShell spelling works too, in any case: -WhatIf, -ErrorAction Stop):",
    ...formatRows(
      [...options, ...GENERAL_OPTIONS].map((option) => optionRow(option, choicesOf(name, option))),
    ),
  ];
}

function overview(): string[] {
  return [
    `${PROGRAM}: remove Microsoft 365 profile photos through Microsoft Graph`,
    "",
    ...formatRows(
      COMMAND_NAMES.map((name) => [`${PROGRAM} ${commandSpec(name).usage}`, commandSpec(name).summary]),
    ),
    "",
    "Examples:",
    ...(["user", "group", "doctor"] as const).map((name) => `  ${commandSpec(name).examples[0]![0]}`),
    `  ${PROGRAM} user adele@contoso.com --cloud emulator`,
    "",
    "Environment variables; the first credential found is used, and --token-file before all of them:",
    ...formatRows(Object.entries(ENVIRONMENT_VARIABLES).filter(([name]) => !(name in PLATFORM_VARIABLES))),
    "",
    "A job of GitHub Actions or Azure Pipelines needs the two ids alone, a managed identity nothing;",
    "the command doctor shows what each way to sign in takes.",
    "",
    "PowerShell spelling works too: -UserId a,b -WhatIf, -GroupId x -Confirm:$false, -Me",
    "",
    "Exit codes: 0 done, 1 some failed or not attempted, 2 usage, 4 no usable credential, 130 interrupted",
    "",
    "Options:",
    ...formatRows(GENERAL_OPTIONS.map((option) => optionRow(option))),
    `  Each command has more: ${PROGRAM} user --help`,
  ];
}

/** The longest line, in characters, so that terminals do not wrap in the middle of a word. */
const WIDTH = 100;

/** Wraps a line between words; continuation lines are indented to its last column. */
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

/** Returns the help of a command, or of the whole program. */
export function helpText(command?: CommandName): string {
  const lines = command ? commandHelp(command) : overview();
  return lines.map((line) => `${line.length > WIDTH ? wrap(line) : line}\n`).join("");
}
