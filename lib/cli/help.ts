import { ENVIRONMENT_VARIABLES, PLATFORM_VARIABLES } from "../environment_variables.ts";
import {
  choicesOf,
  COMMAND_NAMES,
  type CommandName,
  commandSpec,
  CONNECTION_OPTIONS,
  GENERAL_OPTIONS,
  PROGRAM,
} from "./commands.ts";
import { type OptionName, optionSpec, spellings } from "./options.ts";
import { wrapText } from "./wrap.ts";

/** The options by what they are about; a test makes sure that each is in one group. */
export const GROUPS: readonly (readonly [title: string, options: readonly OptionName[]])[] = [
  [
    "Which photos",
    [
      "from",
      "column",
      "filter",
      "member-of",
      "all",
      "except",
      "limit",
      "with-photo",
      "without-photo",
      "since",
      "before",
    ],
  ],
  [
    "Safety",
    [
      "what-if",
      "confirm",
      "yes",
      "contact-sheet",
      "backup",
      "overwrite",
      "verify",
      "report",
      "resume",
      "error-action",
    ],
  ],
  ["How fast", ["concurrency", "batch-size", "timeout", "max-attempts", "max-wait"]],
  ["Sign-in", CONNECTION_OPTIONS],
  ["Output", ["output", "shell", ...GENERAL_OPTIONS]],
];

/** The widest left column, in characters; what is longer has a line of its own. */
const LEFT_WIDTH = 28;
/** Below this width, all that is on the left has a line of its own. */
const NARROW = 70;

/** Returns two columns, aligned and wrapped. */
function formatRows(
  rows: readonly (readonly [left: string, right: string])[],
  columns: number,
): string[] {
  const isNarrow = columns < NARROW;
  const lefts = rows.map(([left]) => left.length).filter((length) => length <= LEFT_WIDTH);
  const indent = isNarrow ? 6 : 4 + Math.max(0, ...lefts);
  return rows.map(([left, right]) =>
    isNarrow || left.length > LEFT_WIDTH
      ? `${wrapText(`  ${left}`, columns, 4)}\n${wrapText(" ".repeat(indent) + right, columns)}`
      : wrapText(`  ${left}`.padEnd(indent) + right, columns, indent)
  );
}

function optionRow(name: OptionName, choices?: readonly string[]): [string, string] {
  const spec = optionSpec(name);
  const value = choices?.join("|") ?? spec.value;
  return [spellings({ name, ...spec }).join(", ") + (value ? ` ${value}` : ""), spec.help];
}

function commandHelp(name: CommandName, columns: number): string[] {
  const { usage, summary, details = [], examples, options } = commandSpec(name);
  const own = new Set<OptionName>([...options, ...GENERAL_OPTIONS]);
  const groups = GROUPS.map(([title, names]) => [title, names.filter((option) => own.has(option))] as const);
  return [
    `${PROGRAM} ${name}: ${summary}`,
    "",
    wrapText(`  ${PROGRAM} ${usage} [options]`, columns, 4),
    "",
    ...details,
    ...(details.length ? [""] : []),
    "Examples:",
    ...examples.flatMap(([line, purpose]) => [`  # ${purpose}`, `  ${line}`]),
    ...groups.filter(([, names]) => names.length).flatMap(([title, names]) => [
      "",
      `${title}:`,
      ...formatRows(names.map((option) => optionRow(option, choicesOf(name, option))), columns),
    ]),
    "",
    "PowerShell spelling works too, in any case: -WhatIf, -ErrorAction Stop",
    EXIT_CODES,
    `More: ${PROGRAM} --help`,
  ];
}

const EXIT_CODES = "Exit codes: 0 done, 1 not all done, 2 usage, 4 no credential, 130 interrupted";

function overview(columns: number): string[] {
  return [
    `${PROGRAM}: remove Microsoft 365 profile photos through Microsoft Graph`,
    "",
    ...formatRows(
      COMMAND_NAMES.map((name) => [`${PROGRAM} ${commandSpec(name).usage}`, commandSpec(name).summary]),
      columns,
    ),
    "",
    "Examples:",
    ...(["user", "group", "doctor"] as const).map((name) => `  ${commandSpec(name).examples[0]![0]}`),
    `  ${PROGRAM} user adele@contoso.com --cloud emulator`,
    "",
    "Environment variables; the first credential found is used, and --token-file before all of them:",
    ...formatRows(
      Object.entries(ENVIRONMENT_VARIABLES).filter(([name]) => !(name in PLATFORM_VARIABLES)),
      columns,
    ),
    "",
    "A job of GitHub Actions or Azure Pipelines needs the two ids alone, a managed identity nothing;",
    "doctor --verbose shows what each way to sign in takes.",
    "",
    "PowerShell spelling works too: -UserId a,b -WhatIf, -GroupId x -Confirm:$false, -Me",
    "",
    EXIT_CODES,
    "",
    "Options:",
    ...formatRows(GENERAL_OPTIONS.map((option) => optionRow(option)), columns),
    `  Each command has more: ${PROGRAM} user --help`,
  ];
}

/** How wide the help is where there is no terminal, and at most and at least, in characters. */
const WIDTH = { default: 100, most: 120, least: 40 };

/**
 * Returns the help of a command, or of the whole program.
 *
 * @param terminal The columns of the terminal; `undefined` if there is none.
 */
export function helpText(command?: CommandName, terminal: number = WIDTH.default): string {
  const columns = Math.min(WIDTH.most, Math.max(WIDTH.least, terminal));
  const lines = command ? commandHelp(command, columns) : overview(columns);
  return wrapText(lines.map((line) => `${line}\n`).join(""), columns);
}
