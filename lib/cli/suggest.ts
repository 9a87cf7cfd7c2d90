import { describeValue, secretKind } from "../describe_value.ts";
import { isRegularFile } from "../host/files.ts";
import { parseTarget, shownId, unsupportedKind, unwrapId } from "../target.ts";
import { COMMAND_NAMES, PROGRAM } from "./commands.ts";
import { toUsageError, UsageError } from "./errors.ts";
import { foldName, OPTION_NAMES, type OptionName, optionSpec } from "./options.ts";
import { quoteWord } from "./text.ts";

const sortedLetters = (word: string) => [...word.toLowerCase()].sort().join("");

/**
 * Returns the known word that a mistyped one most likely stands for: few letters differ (one in a word of up to three
 * letters, else two, or a third of a long word), their order differs, or it is an abbreviation.
 */
export async function closest(word: string, known: readonly string[]): Promise<string | undefined> {
  const { levenshteinDistance } = await import("../deps/levenshtein_distance.ts");
  const allowed = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3));
  const [best] = known
    .map((candidate) => ({ candidate, distance: levenshteinDistance(word.toLowerCase(), candidate) }))
    .filter(({ candidate, distance }) =>
      distance <= allowed || sortedLetters(word) === sortedLetters(candidate) ||
      (word.length > 2 && candidate.startsWith(word))
    )
    .sort((a, b) => a.distance - b.distance);
  return best?.candidate;
}

/** Options by which people try to pass a secret, with the environment variable that takes it. */
const SECRETS: Readonly<Record<string, string>> = {
  token: "GRAPH_ACCESS_TOKEN",
  accesstoken: "GRAPH_ACCESS_TOKEN",
  graphaccesstoken: "GRAPH_ACCESS_TOKEN",
  bearer: "GRAPH_ACCESS_TOKEN",
  secret: "AZURE_CLIENT_SECRET",
  clientsecret: "AZURE_CLIENT_SECRET",
  appsecret: "AZURE_CLIENT_SECRET",
  azureclientsecret: "AZURE_CLIENT_SECRET",
  password: "AZURE_CLIENT_CERTIFICATE_PASSWORD",
  certificatepassword: "AZURE_CLIENT_CERTIFICATE_PASSWORD",
};

/** Options that skip a question or choose everybody: a suggestion is taken without much thought, and these must not be. */
const NEVER_SUGGESTED: readonly OptionName[] = ["yes", "all"];

/** Names that other tools use, with what stands for them here; folded. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  identity: "-UserId or -GroupId",
  id: "-UserId or -GroupId",
  objectid: "-UserId or -GroupId",
  ids: "-UserId or -GroupId",
  userprincipalname: "-UserId",
  upn: "-UserId",
  user: "-UserId",
  users: "-UserId",
  username: "-UserId",
  mailbox: "-UserId",
  group: "-GroupId",
  path: "--from",
  literalpath: "--from",
  inputfile: "--from",
  inputobject: "--from",
  input: "--from",
  file: "--from",
  filepath: "--from",
  filename: "--from",
  csv: "--from",
  list: "--from",
};

/** Every spelling of an option that may be suggested, with the option's name. */
const SPELLINGS = OPTION_NAMES.filter((name) => !NEVER_SUGGESTED.includes(name)).flatMap((name) =>
  [name, ...(optionSpec(name).aliases ?? [])].map((spelling) => [foldName(spelling), name] as const)
);

/** Returns what a mistyped name may stand for: another tool's name, the closest option, or up to three. */
async function suggestOptions(typed: string): Promise<string[]> {
  if (Object.hasOwn(OTHER_NAMES, typed)) return [OTHER_NAMES[typed]!];
  const near = await closest(typed, SPELLINGS.map(([spelling]) => spelling));
  if (near) return [`--${SPELLINGS.find(([spelling]) => spelling === near)![1]}`];
  const abbreviated = SPELLINGS.filter(([spelling]) => typed !== "" && spelling.startsWith(typed))
    .map(([, name]) => `--${name}`);
  return abbreviated.length < 4 ? [...new Set(abbreviated)] : [];
}

/** Returns whether a word is an option that is never suggested, without its dashes. */
const isNeverSuggested = (word: string) =>
  NEVER_SUGGESTED.some((name) => [name, ...optionSpec(name).aliases ?? []].map(foldName).includes(word));

/** Returns the error for an unknown option. Its value may be a secret, so it is not repeated. */
export async function unknownOption(argument: string): Promise<UsageError> {
  const [, dash = "", name = ""] = /^([-\u2010-\u2015\u2212]+)([^=:]*)/.exec(argument) ?? [];
  const variable = Object.hasOwn(SECRETS, foldName(name)) ? SECRETS[foldName(name)] : undefined;
  if (variable) {
    return new UsageError(
      `Unknown option ${dash}${name}: a secret is never an argument, as other users could read it there`,
      `Set the environment variable ${variable} instead.`,
    );
  }
  const described = describeValue(name, "name");
  if (!described.startsWith('"')) return new UsageError(`Unknown option ${described}`);
  const options = await suggestOptions(foldName(name));
  const hint = options.length ? `Did you mean ${options.join(" or ")}?` : "See --help for the options.";
  if (dash.startsWith("-")) return new UsageError(`Unknown option ${dash}${name}`, hint);
  return new UsageError(
    `${
      JSON.stringify(dash + name)
    } starts with a typographic dash, which Word and Teams put in place of a hyphen`,
    `${hint} Type a plain hyphen (-).`,
  );
}

/** Verbs of other tools, with what to do here. */
const REMOVE = `To remove photos: ${PROGRAM} user ID, ${PROGRAM} group ID or ${PROGRAM} me.`;
const SIGN_IN =
  `There is no sign-in command: add --sign-in browser to a command. To check what is set: ${PROGRAM} doctor`;
const LOOK = `To see who has a photo: ${PROGRAM} user --from FILE --what-if`;
const RESTORE = `To put back what --backup saved: ${PROGRAM} restore FOLDER`;
const VERBS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ["remove", "delete", "del", "rm", "erase", "clear", "unset", "purge"].map((verb) => [verb, REMOVE]),
  ),
  ...Object.fromEntries(
    ["login", "logon", "signin", "connect", "auth", "logout", "signout"].map((verb) => [verb, SIGN_IN]),
  ),
  ...Object.fromEntries(["list", "ls", "get", "show", "find", "search"].map((verb) => [verb, LOOK])),
  ...Object.fromEntries(
    ["undo", "undelete", "rollback", "revert", "recover", "set", "upload"].map((verb) => [verb, RESTORE]),
  ),
  version: `To see the version: ${PROGRAM} --version`,
  whoami: `To check the sign-in: ${PROGRAM} doctor`,
  status: `To check the sign-in: ${PROGRAM} doctor`,
  check: `To check the sign-in: ${PROGRAM} doctor`,
};

/** Returns the error for an unknown command. */
export async function unknownCommand(word: string): Promise<UsageError> {
  const typed = word.toLowerCase();
  const reason = unsupportedKind(typed);
  const name = `Unknown command ${describeValue(word, "name")}`;
  if (reason) return new UsageError(`${name}: ${reason}`, `Use ${PROGRAM} user ID or ${PROGRAM} group ID.`);
  const verb = foldName(typed).replace(/(userphoto|photos?|mguserphoto)$/, "");
  if (Object.hasOwn(VERBS, verb)) return new UsageError(name, VERBS[verb]);
  const near = await closest(word, COMMAND_NAMES);
  if (near) return new UsageError(name, `Did you mean ${near}?`);
  return new UsageError(
    name,
    word.includes("@") && !secretKind(word)
      ? `To remove a user's photo: ${PROGRAM} user ${quoteWord(word)}`
      : `The commands are ${COMMAND_NAMES.join(", ")}.`,
  );
}

/** Files that are likely lists, by the end of their names. */
const LIST_FILE = /\.(txt|csv|tsv|json|ndjson|jsonl|xlsx?|lst|log)$/i;

/** Returns what to type in place of a word that is not an id; `undefined` if its own message says it all. */
async function likelyCause(kind: "user" | "group", word: string): Promise<string | undefined> {
  const typed = foldName(word);
  const file = word.replace(/^@/, "");
  const parameter = kind === "user" ? "UserId" : "GroupId";
  if (typed === "me") return `To remove the photo of the signed-in user: ${PROGRAM} me`;
  if (/^\$?null$|^\$\w*$|^@[({]|^(System|Microsoft)(\.\w+)+(\[\])?$/i.test(word)) {
    return `PowerShell passed something else than an id. Pass the ids themselves, such as -${parameter} $users.Id`;
  }
  if (isNeverSuggested(typed)) return "Options begin with a hyphen: see --help.";
  if (/[,;]/.test(word)) return `Separate ids by spaces, or write -${parameter} a,b.`;
  if (LIST_FILE.test(file) || await isRegularFile(file).catch(() => false)) {
    return `Did you mean --from ${quoteWord(file)}?`;
  }
  const spellings = SPELLINGS.map(([spelling]) => spelling);
  const near = spellings.includes(typed)
    ? typed
    : typed.length > 4
    ? await closest(typed, spellings)
    : undefined;
  return near && `Did you mean --${SPELLINGS.find(([spelling]) => spelling === near)![1]}?`;
}

/** Returns the error for a word in the place of an id that is none, with the likely cause. */
export async function notAnId(kind: "user" | "group", word: string): Promise<UsageError> {
  const hint = await likelyCause(kind, unwrapId(word));
  const [delimiter] = /[,;]/.exec(word) ?? [];
  if (delimiter) {
    const shown = secretKind(word) ? describeValue(word, "id") : `"${shownId(word)}${delimiter}…"`;
    const name = delimiter === "," ? "comma" : "semicolon";
    return new UsageError(`${shown} is not the id of one ${kind}: it contains a ${name}`, hint);
  }
  try {
    toUsageError(() => parseTarget({ [kind]: word }));
  } catch (error) {
    return new UsageError((error as UsageError).message, hint ?? null, { cause: error });
  }
  throw new TypeError("the word is an id");
}
