import { FORMATS, type OptionName, optionSpec, type ValueSpec } from "./options.ts";

/** One command of the command line. */
export interface CommandSpec {
  /** How it is typed, after the program's name. */
  usage: string;
  /** One line about it. */
  summary: string;
  /** What there is to know beyond that. */
  details?: readonly string[];
  /** Whole command lines that work, with what each does. */
  examples: readonly (readonly [string, string])[];
  /** The options that it takes beside the general ones. */
  options: readonly OptionName[];
  /** Those of an option's choices that it takes; all of them where nothing is said. */
  choices?: Partial<Record<OptionName, readonly string[]>>;
  /** What its first operand is, where that is no id. */
  operand?: ValueSpec;
  /** How many operands it takes at most; any number where nothing is said. */
  maxOperands?: number;
  /** How PowerShell people name its targets: a parameter that stands for the command. */
  parameter?: string;
}

const CONNECTION: readonly OptionName[] = [
  "cloud",
  "graph-endpoint",
  "authority-host",
  "tenant-id",
  "client-id",
  "certificate",
  "token-file",
];
const RUN: readonly OptionName[] = [
  "what-if",
  "confirm",
  "yes",
  "error-action",
  "output",
  "report",
  "concurrency",
  "timeout",
  "max-attempts",
  ...CONNECTION,
];
const SAFETY: readonly OptionName[] = ["backup", "verify"];
const MANY: readonly OptionName[] = ["from", "column", "resume", "batch-size"];
const CACHES =
  "Teams, Outlook and SharePoint can go on showing a removed photo for hours, from their caches.";

/** The shells that there are completions for. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;
/** A shell that there are completions for. */
export type Shell = typeof SHELLS[number];

/** What makes each shell complete this command line from its next start on. */
const INSTALL: readonly (readonly [shell: string, line: string])[] = [
  ["bash", `echo 'eval "$(remove-profile-photo completions bash)"' >> ~/.bashrc`],
  ["zsh", `echo 'eval "$(remove-profile-photo completions zsh)"' >> ~/.zshrc`],
  ["fish", "echo 'remove-profile-photo completions fish | source' >> ~/.config/fish/config.fish"],
  [
    "PowerShell; before it New-Item -Force $PROFILE where there is none yet",
    "Add-Content $PROFILE 'remove-profile-photo completions powershell | Out-String | iex'",
  ],
];

/** The options that every command takes. */
export const GENERAL_OPTIONS: readonly OptionName[] = ["verbose", "quiet", "no-color", "help", "version"];

/** Every command, by name, in the order of the help text. */
export const COMMANDS = {
  me: {
    usage: "me",
    summary: "remove the photo of the signed-in user",
    details: [
      "It takes a delegated token, such as one of `az account get-access-token --resource-type ms-graph`.",
      CACHES,
    ],
    examples: [
      ["remove-profile-photo me --what-if", "look whether there is a photo to remove"],
      ["remove-profile-photo me --token-file token.txt", "with a token from a file"],
    ],
    options: [...SAFETY, ...RUN],
    maxOperands: 0,
    parameter: "Me",
  },
  user: {
    usage: "user <id | userPrincipalName | ->…",
    summary: "remove the photos of users",
    details: [
      "Put a name with # or $ in single quotes, in cmd too: '$adele@contoso.com'.",
      "A user without a photo is no failure (absent); a user who does not exist is.",
      "Targets from a file or a pipe are asked about once; where there is no terminal, --yes or --what-if is needed.",
      CACHES,
    ],
    examples: [
      ["remove-profile-photo user adele@contoso.com", "one user"],
      ["remove-profile-photo user adele@contoso.com alex@contoso.com --confirm", "two, asking before each"],
      [
        "remove-profile-photo user 'pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com' --what-if",
        "look at a guest's",
      ],
    ],
    options: [...MANY, ...SAFETY, ...RUN],
    parameter: "UserId",
  },
  group: {
    usage: "group <id | ->…",
    summary: "remove the photos of groups",
    details: ["A group is named by its object id, a GUID. A team shows the photo of its group.", CACHES],
    examples: [
      ["remove-profile-photo group 0c000000-0000-4000-8000-000000000001", "one group"],
    ],
    options: [...MANY, ...SAFETY, ...RUN],
    parameter: "GroupId",
  },
  restore: {
    usage: "restore <folder> [id…]",
    summary: "put back the photos that --backup saved",
    details: [
      "All of them, or those of the ids (me for the signed-in user). Each is checked against its hash first.",
    ],
    examples: [
      ["remove-profile-photo restore photos --what-if", "check the photos, change nothing"],
      ["remove-profile-photo restore photos alex@contoso.com", "put one back"],
    ],
    options: RUN,
    operand: { value: "DIR" },
  },
  doctor: {
    usage: "doctor",
    summary: "who am I, what may I do, what is missing",
    details: ["It signs in and reads the token; nothing is sent to Graph."],
    examples: [
      ["remove-profile-photo doctor", "with the credential of the environment"],
      [
        "remove-profile-photo doctor --output json --token-file token.txt",
        "for a script, with a token from a file",
      ],
    ],
    options: ["output", ...CONNECTION],
    choices: { output: FORMATS.filter((format) => format !== "csv") },
    maxOperands: 0,
  },
  emulator: {
    usage: "emulator",
    summary: "a local Microsoft Graph and Entra sign-in to try things on, until Ctrl-C",
    details: ["It prints the settings to use as NAME=value lines."],
    examples: [
      ["remove-profile-photo emulator --port 8080", "on a port of your choice"],
    ],
    options: ["port"],
    maxOperands: 0,
  },
  completions: {
    usage: `completions <${SHELLS.join("|")}>`,
    summary: "what makes a shell complete this command line when Tab is pressed",
    details: [
      "To have it in every new shell, type once:",
      ...INSTALL.flatMap(([shell, line]) => [`  # ${shell}`, `  ${line}`]),
    ],
    examples: [["remove-profile-photo completions bash", "print what bash is to read"]],
    options: [],
    operand: { value: "SHELL", choices: SHELLS },
    maxOperands: 1,
  },
} as const satisfies Record<string, CommandSpec>;

/** The name of a command. */
export type CommandName = keyof typeof COMMANDS;

/** The commands as plain data. */
export const commandSpec = (name: CommandName): CommandSpec => COMMANDS[name];

/** The names of all commands. */
export const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];

/** The parameters that stand for a command, in small letters. */
export const TARGET_PARAMETERS: ReadonlyMap<string, CommandName> = new Map(
  COMMAND_NAMES.flatMap((name) => {
    const { parameter } = commandSpec(name);
    return parameter ? [[parameter.toLowerCase(), name]] : [];
  }),
);

/** The values that an option of a command takes, where they are few. */
export const choicesOf = (command: CommandName, option: OptionName): readonly string[] | undefined =>
  commandSpec(command).choices?.[option] ?? optionSpec(option).choices;
