import { UsageError } from "./errors.ts";
import { foldName, OPTION_NAMES, optionSpec } from "./options.ts";

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

/** Every spelling of an option with the option's name. */
const SPELLINGS = OPTION_NAMES.flatMap((name) =>
  [name, ...(optionSpec(name).aliases ?? [])].map((spelling) => [foldName(spelling), name] as const)
);

/** Returns the options that a mistyped name may stand for: the closest one, or up to three that begin with it. */
async function suggestOptions(typed: string): Promise<string[]> {
  const near = await closest(typed, SPELLINGS.map(([spelling]) => spelling));
  if (near) return [SPELLINGS.find(([spelling]) => spelling === near)![1]];
  const abbreviated = SPELLINGS.filter(([spelling]) => typed !== "" && spelling.startsWith(typed))
    .map(([, name]) => name);
  return abbreviated.length < 4 ? [...new Set(abbreviated)] : [];
}

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
  const options = (await suggestOptions(foldName(name))).map((option) => `--${option}`);
  const hint = options.length ? `Did you mean ${options.join(" or ")}?` : "See --help for the options.";
  if (dash.startsWith("-")) return new UsageError(`Unknown option ${dash}${name}`, hint);
  return new UsageError(
    `${
      JSON.stringify(dash + name)
    } starts with a typographic dash, which Word and Teams put in place of a hyphen`,
    `${hint} Type a plain hyphen (-).`,
  );
}
