import { CLOUDS } from "../cloud.ts";

/** The value of an option or operand. */
export interface ValueSpec {
  /** Its placeholder in the help; `FILE` and `DIR` stand for paths. */
  value?: string;
  /** The values to choose from, if they are limited. */
  choices?: readonly string[];
}

/**
 * One option of the command line; without a value it is a switch. Its PowerShell spelling is its name without hyphens,
 * in any case.
 */
export interface OptionSpec extends ValueSpec {
  /** What it does, for the help. */
  help: string;
  /** Other words for some of its values, in lower case. */
  synonyms?: Readonly<Record<string, string>>;
  /** Its one-letter form. */
  short?: string;
  /** The switch that its value `false` stands for, as in `-Confirm:$false`. */
  whenFalse?: "yes";
  /** Its other names. */
  aliases?: readonly string[];
  /** PowerShell's alias of the same parameter, as in `-wi`. The help does not show it. */
  parameterAlias?: string;
}

/** The values of `--output`. */
export const FORMATS = ["table", "failures", "ndjson", "json", "csv", "none"] as const;
/** A value of `--output`. */
export type Format = typeof FORMATS[number];

/** The values of `--sign-in`. */
export const SIGN_INS = [
  "environment",
  "browser",
  "device",
  "managed-identity",
  "github",
  "azure-pipelines",
] as const;
/** A value of `--sign-in`. */
export type SignInName = typeof SIGN_INS[number];

/** Every option, by name. Help, parser, suggestions and completions derive from this table. */
export const OPTIONS = {
  "what-if": {
    help: "show what would be done without changing anything",
    short: "n",
    aliases: ["dry-run"],
    parameterAlias: "wi",
  },
  "confirm": {
    help: "ask before each target: yes, yes to all, no, no to all, quit",
    whenFalse: "yes",
    parameterAlias: "cf",
  },
  "yes": { help: "do not ask", short: "y", aliases: ["force"] },
  "error-action": {
    help: "after a failure: continue (default), or start no new targets",
    value: "ACTION",
    choices: ["continue", "stop"],
    synonyms: { silentlycontinue: "continue", ignore: "continue" },
    parameterAlias: "ea",
  },
  "from": {
    help: "read the targets from a file: ids, CSV, JSON or NDJSON; - is standard input",
    value: "FILE",
  },
  "column": {
    help: "column or property that holds the id (default: the first with ids, never mail)",
    value: "NAME",
  },
  "filter": {
    help: 'choose those that an OData filter matches, such as "accountEnabled eq false"',
    value: "ODATA",
  },
  "member-of": { help: "choose the users in this group, nested groups included", value: "GROUP" },
  "all": { help: "choose all in the directory" },
  "except": { help: "never touch those in this file, whichever way they are named", value: "FILE" },
  "limit": { help: "stop before removing anything if there are more", value: "N" },
  "contact-sheet": {
    help: "write the photos to this new file as a page to look at and to choose on (HTML)",
    value: "FILE",
  },
  "with-photo": { help: "only those with a photo" },
  "without-photo": { help: "only those without a photo" },
  "backup": { help: "save each photo to this folder before removing it", value: "DIR" },
  "overwrite": { help: "replace photos that are there now; each is saved to the same folder first" },
  "since": { help: "only photos saved at this time or later, such as 2026-01-31T12:00Z", value: "TIME" },
  "before": { help: "the newest photos saved before this time, such as 2026-01-31", value: "TIME" },
  "verify": { help: "check after each removal that the photo is gone" },
  "report": { help: "append a record of each outcome to this file (NDJSON)", value: "FILE" },
  "resume": {
    help: "skip targets already done in this report, and append to it; begin it if it does not exist",
    value: "FILE",
  },
  "output": {
    help: "default: table on a terminal, else ndjson; --json is short for --output json",
    short: "o",
    value: "FORMAT",
    choices: FORMATS,
  },
  "concurrency": { help: "requests in flight at a time (default 4)", value: "N" },
  "batch-size": { help: "targets per request, 1 to 20 (default 20)", value: "N" },
  "timeout": { help: "seconds per attempt (default 30)", value: "S" },
  "max-attempts": { help: "attempts per target (default 5)", value: "N" },
  "max-wait": { help: "longest wait in seconds that Graph may ask for (default 180)", value: "S" },
  "cloud": {
    help: "default global; emulator: a local one, to try things out",
    value: "NAME",
    choices: [...Object.keys(CLOUDS), "emulator"],
  },
  "graph-endpoint": { help: "root of another Microsoft Graph (GRAPH_ENDPOINT)", value: "URL" },
  "authority-host": { help: "root of another sign-in service (AZURE_AUTHORITY_HOST)", value: "URL" },
  "sign-in": {
    help: "default environment: the way that the variables are set for",
    value: "HOW",
    choices: SIGN_INS,
  },
  "tenant-id": { help: "tenant to sign in to (AZURE_TENANT_ID)", value: "ID" },
  "client-id": { help: "app to sign in as (AZURE_CLIENT_ID)", value: "ID" },
  "certificate": {
    help: "PEM or PFX file with the app's certificate and key (AZURE_CLIENT_CERTIFICATE_PATH)",
    value: "FILE",
  },
  "token-file": { help: "file with a ready-made access token; - is standard input", value: "FILE" },
  "shell": {
    help: "shell to print the settings for (default: powershell on Windows, else sh)",
    value: "SHELL",
    choices: ["sh", "powershell"],
    synonyms: { bash: "sh", zsh: "sh", pwsh: "powershell" },
  },
  "port": { help: "port to listen on (default: a free one)", value: "N" },
  "verbose": { help: "show more about each step", short: "v", parameterAlias: "vb" },
  "quiet": { help: "show no summary and no warnings", short: "q" },
  "no-color": { help: "use no colors (NO_COLOR)" },
  "help": { help: "show help (for a command: `user --help`)", short: "h" },
  "version": { help: "show the version", short: "V" },
} as const satisfies Record<string, OptionSpec>;

/** The name of an option. */
export type OptionName = keyof typeof OPTIONS;

/** Returns the table's row of an option. */
export const optionSpec = (name: OptionName): OptionSpec => OPTIONS[name];

/** Returns a name without hyphens and case, so that `--what-if`, `-WhatIf` and `--whatif` are the same. */
export const foldName = (name: string): string => name.replaceAll("-", "").toLowerCase();

/** Returns every spelling of an option, with its dashes. */
export const spellings = ({ name, aliases = [], short }: OptionSpec & { name: string }): string[] => [
  ...(short ? [`-${short}`] : []),
  `--${name}`,
  ...aliases.map((alias) => `--${alias}`),
];

/** The names of all options. */
export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];
