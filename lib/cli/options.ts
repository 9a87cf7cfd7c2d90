import { CLOUDS } from "../cloud.ts";

/** What an option or a command is followed by. */
export interface ValueSpec {
  /** What stands for it in the help text; `FILE` and `DIR` are the names of files and folders. */
  value?: string;
  /** The values that there are, where they are few. */
  choices?: readonly string[];
}

/**
 * One option of the command line; without a value it is a switch. Its PowerShell spelling is its name without hyphens,
 * in any case.
 */
export interface OptionSpec extends ValueSpec {
  /** What it does, for the help text. */
  help: string;
  /** PowerShell's words, in lower case, for some of its values. */
  synonyms?: Readonly<Record<string, string>>;
  /** Its one-letter form. */
  short?: string;
  /** What it means to switch it off, as in `-Confirm:$false`. */
  whenFalse?: "yes";
  /** Other names that people know it by. */
  aliases?: readonly string[];
}

/** The values of `--output`. */
export const FORMATS = ["table", "ndjson", "json", "csv", "none"] as const;
/** A value of `--output`. */
export type Format = typeof FORMATS[number];

/** Every option, by name. Help, parsing, suggestions and completions are read off this table. */
export const OPTIONS = {
  "what-if": {
    help: "say what would be removed, by looking; change nothing, ask nothing",
    short: "n",
    aliases: ["dry-run"],
  },
  "confirm": { help: "ask before each: yes, yes to all, no, no to all, quit", whenFalse: "yes" },
  "yes": { help: "do not ask", short: "y", aliases: ["force"] },
  "error-action": {
    help: "after a failure, go on (default) or begin no further target",
    value: "ACTION",
    choices: ["continue", "stop"],
    synonyms: { silentlycontinue: "continue", ignore: "continue" },
  },
  "from": {
    help: "read the targets from a file: ids, CSV, JSON or NDJSON; - is standard input",
    value: "FILE",
  },
  "column": {
    help: "the column or property with the id (default: id, userId, userPrincipalName, mail)",
    value: "NAME",
  },
  "backup": { help: "save each photo there before it is removed", value: "DIR" },
  "verify": { help: "look again after each removal" },
  "report": { help: "add a record of each outcome to this file (NDJSON)", value: "FILE" },
  "resume": { help: "skip what this report says is done, and go on writing it", value: "FILE" },
  "output": {
    help: "how records are written; default: table on a terminal, else ndjson",
    value: "FORMAT",
    choices: FORMATS,
  },
  "concurrency": { help: "requests in flight at once (default 4)", value: "N" },
  "batch-size": { help: "targets in a request, 1 to 20 (default 20)", value: "N" },
  "timeout": { help: "seconds for each attempt (default 30)", value: "S" },
  "max-attempts": { help: "attempts for each target (default 5)", value: "N" },
  "cloud": {
    help: "the Microsoft cloud (default global); emulator starts a local one to try things on",
    value: "NAME",
    choices: [...Object.keys(CLOUDS), "emulator"],
  },
  "graph-endpoint": { help: "root of another Microsoft Graph (GRAPH_ENDPOINT)", value: "URL" },
  "authority-host": { help: "root of another sign-in service (AZURE_AUTHORITY_HOST)", value: "URL" },
  "tenant-id": { help: "tenant to sign in to (AZURE_TENANT_ID)", value: "ID" },
  "client-id": { help: "app to sign in as (AZURE_CLIENT_ID)", value: "ID" },
  "certificate": {
    help: "PEM file with the app's certificate and key (AZURE_CLIENT_CERTIFICATE_PATH)",
    value: "FILE",
  },
  "token-file": { help: "file with a ready-made access token", value: "FILE" },
  "port": { help: "port to listen on (default: a free one)", value: "N" },
  "verbose": { help: "more about each step", short: "v" },
  "quiet": { help: "no summary, no warnings", short: "q" },
  "no-color": { help: "no color (NO_COLOR)" },
  "help": { help: "this text; after a command, that command's", short: "h" },
  "version": { help: "the version" },
} as const satisfies Record<string, OptionSpec>;

/** The name of an option. */
export type OptionName = keyof typeof OPTIONS;

/** The options as plain data. */
export const optionSpec = (name: OptionName): OptionSpec => OPTIONS[name];

/** How a name looks without regard to hyphens and case: `--what-if`, `-WhatIf` and `--whatif` are one. */
export const foldName = (name: string): string => name.replaceAll("-", "").toLowerCase();

/** Every way to write an option, with its dashes. */
export const spellings = ({ name, aliases = [], short }: OptionSpec & { name: string }): string[] => [
  ...(short ? [`-${short}`] : []),
  `--${name}`,
  ...aliases.map((alias) => `--${alias}`),
];

/** The names of all options. */
export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];
