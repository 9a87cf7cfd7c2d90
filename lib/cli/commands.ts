import { FORMATS, type OptionName, optionSpec, type ValueSpec } from "./options.ts";

/** The name of the program, as it is typed. */
export const PROGRAM = "remove-profile-photo";

/** One command of the command line. */
export interface CommandSpec {
  /** The command with its operands, without the program's name. */
  usage: string;
  /** What it does, in one line. */
  summary: string;
  /** Further lines for its help. */
  details?: readonly string[];
  /** Complete command lines, each with what it does. */
  examples: readonly (readonly [line: string, purpose: string])[];
  /** The options that it takes besides the general ones. */
  options: readonly OptionName[];
  /** The choices of an option that it takes. Default: all. */
  choices?: Partial<Record<OptionName, readonly string[]>>;
  /** Its first operand, if that is not an id. */
  operand?: ValueSpec;
  /** How many operands it takes at most. Default: any number. */
  maxOperands?: number;
  /** The PowerShell parameter that stands for the command and takes its ids. */
  parameter?: string;
}

/** The options that describe the cloud and the credential. */
export const CONNECTION_OPTIONS: readonly OptionName[] = [
  "cloud",
  "graph-endpoint",
  "authority-host",
  "sign-in",
  "tenant-id",
  "client-id",
  "certificate",
  "token-file",
  "port",
];
const REQUEST_OPTIONS: readonly OptionName[] = [
  "concurrency",
  "timeout",
  "max-attempts",
  "max-wait",
  ...CONNECTION_OPTIONS,
];
const RUN_OPTIONS: readonly OptionName[] = [
  "what-if",
  "confirm",
  "yes",
  "error-action",
  "output",
  "report",
  ...REQUEST_OPTIONS,
];
const SAFETY_OPTIONS: readonly OptionName[] = ["backup", "verify"];
const LIST_OPTIONS: readonly OptionName[] = ["from", "column", "resume", "batch-size"];
/** The options that choose targets in the directory; only users are members. */
const SELECTION_OPTIONS: readonly OptionName[] = ["filter", "all", "except", "limit"];
const CACHES = "Teams, Outlook and SharePoint may show a removed photo from their caches for hours.";

/** The shells with completions. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;
/** A shell with completions. */
export type Shell = typeof SHELLS[number];

/** The line that enables completion in new shells, for each of them. */
const INSTALL: readonly (readonly [shell: string, line: string])[] = [
  ["bash", `echo 'eval "$(remove-profile-photo completions bash)"' >> ~/.bashrc`],
  ["zsh", `echo 'eval "$(remove-profile-photo completions zsh)"' >> ~/.zshrc`],
  ["fish", "echo 'remove-profile-photo completions fish | source' >> ~/.config/fish/config.fish"],
  [
    "PowerShell; if there is no $PROFILE yet, run New-Item -Force $PROFILE first",
    "Add-Content $PROFILE 'remove-profile-photo completions powershell | Out-String | iex'",
  ],
];

/** What a token of the command token is for. */
export const TOKEN_KINDS = ["me", "user", "group", "find"] as const;

/** The options of every command. */
export const GENERAL_OPTIONS: readonly OptionName[] = ["verbose", "quiet", "no-color", "help", "version"];

/** Every command, by name, in the order of the help text. */
export const COMMANDS = {
  me: {
    usage: "me",
    summary: "remove the photo of the signed-in user",
    details: [
      "It needs a signed-in user: --sign-in browser, or a token such as one from " +
      "`az account get-access-token --resource-type ms-graph`.",
      CACHES,
    ],
    examples: [
      ["remove-profile-photo me --what-if", "check whether there is a photo to remove"],
      ["remove-profile-photo me --sign-in browser --client-id ID", "signing in with the browser"],
      ["remove-profile-photo me --token-file token.txt", "with a token from a file"],
    ],
    options: [...SAFETY_OPTIONS, ...RUN_OPTIONS],
    maxOperands: 0,
    parameter: "Me",
  },
  user: {
    usage: "user <id | userPrincipalName | ->…",
    summary: "remove the photos of users",
    details: [
      "Quote names that contain # or $ with single quotes, in cmd too: '$adele@contoso.com'.",
      "A user without a photo is not a failure (absent); a user who does not exist is.",
      "For targets from a file or pipe you are asked once; without a terminal, pass --yes or --what-if.",
      CACHES,
    ],
    examples: [
      ["remove-profile-photo user adele@contoso.com", "one user"],
      [
        "remove-profile-photo user adele@contoso.com alex@contoso.com --confirm",
        "two users, asking before each",
      ],
      [
        "remove-profile-photo user 'pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com' --what-if",
        "check a guest's photo",
      ],
      [
        'remove-profile-photo user --filter "accountEnabled eq false" --except keep.csv --what-if',
        "check everybody whose account is disabled, except those in a file",
      ],
    ],
    options: [
      ...LIST_OPTIONS,
      "member-of",
      ...SELECTION_OPTIONS,
      "contact-sheet",
      ...SAFETY_OPTIONS,
      ...RUN_OPTIONS,
    ],
    parameter: "UserId",
  },
  group: {
    usage: "group <id | ->…",
    summary: "remove the photos of groups",
    details: [
      "Groups are identified by their object id (a GUID). A team shows the photo of its group.",
      CACHES,
    ],
    examples: [
      ["remove-profile-photo group 0c000000-0000-4000-8000-000000000001", "one group"],
    ],
    options: [...LIST_OPTIONS, ...SELECTION_OPTIONS, "contact-sheet", ...SAFETY_OPTIONS, ...RUN_OPTIONS],
    parameter: "GroupId",
  },
  restore: {
    usage: "restore <folder> [id…]",
    summary: "restore the photos that --backup saved",
    details: [
      "Restores all of them, or those of the ids given (me: the signed-in user). Each photo is checked against its hash.",
      "A photo that is there now is kept, unless you pass --overwrite. Of several saved photos the newest is restored.",
    ],
    examples: [
      ["remove-profile-photo restore photos --what-if", "check the photos without changing anything"],
      ["remove-profile-photo restore photos alex@contoso.com", "restore one photo"],
    ],
    options: ["overwrite", "since", "before", ...RUN_OPTIONS],
    operand: { value: "DIR" },
  },
  find: {
    usage: "find <user|group>",
    summary: "list users or groups, and whether they have a photo",
    details: [
      "It takes a permission to read photos, and one to list: User.Read.All for users, GroupMember.Read.All for groups and for the members of a group.",
      "The commands user and group can read its NDJSON and CSV, from a file or a pipe.",
    ],
    examples: [
      ["remove-profile-photo find user --all --with-photo", "everybody who has a photo"],
      [
        "remove-profile-photo find user --filter \"userType eq 'Guest'\" --output csv",
        "the guests as CSV, a list that user --from can read",
      ],
      [
        "remove-profile-photo find user --all --contact-sheet photos.html",
        "a page with everybody's photo, to look at and to choose from",
      ],
    ],
    options: [
      "member-of",
      ...SELECTION_OPTIONS,
      "contact-sheet",
      "with-photo",
      "without-photo",
      "output",
      "batch-size",
      ...REQUEST_OPTIONS,
    ],
    operand: { value: "KIND", choices: ["user", "group"] },
    maxOperands: 1,
  },
  doctor: {
    usage: "doctor",
    summary: "check the sign-in, permissions and configuration",
    details: [
      "It signs in and reads the token. If the token has PeopleSettings.Read.All, it also asks Graph who may change photos.",
    ],
    examples: [
      ["remove-profile-photo doctor", "with the credential from the environment"],
      [
        "remove-profile-photo doctor --output json --token-file token.txt",
        "for a script, with a token from a file",
      ],
    ],
    options: ["output", ...CONNECTION_OPTIONS],
    choices: { output: FORMATS.filter((format) => format !== "csv" && format !== "failures") },
    maxOperands: 0,
  },
  token: {
    usage: `token [${TOKEN_KINDS.join("|")}]`,
    summary: "print a token, to sign in once for several commands",
    details: [
      "It goes to a pipe or a variable, never to a terminal. Signing in for `token me` takes the least permission; `token find` also takes one to choose in the directory.",
      "To sign in once for several commands:",
      "  # bash or zsh",
      '  export GRAPH_ACCESS_TOKEN="$(remove-profile-photo token --sign-in browser --client-id ID)"',
      "  # PowerShell",
      "  $env:GRAPH_ACCESS_TOKEN = remove-profile-photo token --sign-in browser --client-id ID",
    ],
    examples: [
      ["remove-profile-photo token me --sign-in browser --client-id ID", "a token for the command me"],
    ],
    options: CONNECTION_OPTIONS,
    operand: { value: "KIND", choices: TOKEN_KINDS },
    maxOperands: 1,
  },
  emulator: {
    usage: "emulator",
    summary: "run a local Microsoft Graph and Entra sign-in to try things out, until Ctrl-C",
    details: ["It prints the settings to use, as lines to paste into another terminal, and names to try."],
    examples: [
      ["remove-profile-photo emulator --port 8080", "on a port of your choice"],
      ["remove-profile-photo emulator --shell powershell", "with settings for PowerShell"],
    ],
    options: ["port", "shell"],
    maxOperands: 0,
  },
  completions: {
    usage: `completions <${SHELLS.join("|")}>`,
    summary: "print a shell completion script",
    details: [
      "To enable completion in new shells, run once:",
      ...INSTALL.flatMap(([shell, line]) => [`  # ${shell}`, `  ${line}`]),
    ],
    examples: [["remove-profile-photo completions bash", "print the script for bash"]],
    options: [],
    operand: { value: "SHELL", choices: SHELLS },
    maxOperands: 1,
  },
} as const satisfies Record<string, CommandSpec>;

/** The name of a command. */
export type CommandName = keyof typeof COMMANDS;

/** Returns the table's row of a command. */
export const commandSpec = (name: CommandName): CommandSpec => COMMANDS[name];

/** The names of all commands. */
export const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];

/** The PowerShell parameters that stand for a command, in lower case. */
export const TARGET_PARAMETERS: ReadonlyMap<string, CommandName> = new Map(
  COMMAND_NAMES.flatMap((name) => {
    const { parameter } = commandSpec(name);
    return parameter ? [[parameter.toLowerCase(), name]] : [];
  }),
);

/** Returns the values that an option of a command can have, if they are limited. */
export const choicesOf = (command: CommandName, option: OptionName): readonly string[] | undefined =>
  commandSpec(command).choices?.[option] ?? optionSpec(option).choices;
