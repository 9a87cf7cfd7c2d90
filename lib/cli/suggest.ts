import { closest } from "./closest.ts";
import { UsageError } from "./errors.ts";
import { foldName, OPTION_NAMES, optionSpec } from "./options.ts";

/** What people would pass a secret by, without hyphens, and the variable that takes it. */
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

/** The known names, each with the option that it stands for. */
const NAMES = OPTION_NAMES.flatMap((name) =>
  [name, ...(optionSpec(name).aliases ?? [])].map((spelling) => [foldName(spelling), name] as const)
);

/** The options that a name could mean: by its letters, or as the abbreviation that PowerShell would take. */
async function meant(typed: string): Promise<string[]> {
  const near = await closest(typed, NAMES.map(([spelling]) => spelling));
  if (near) return [NAMES.find(([spelling]) => spelling === near)![1]];
  const begun = NAMES.filter(([spelling]) => typed !== "" && spelling.startsWith(typed)).map(([, name]) =>
    name
  );
  return begun.length < 4 ? [...new Set(begun)] : [];
}

/** The error for an option that there is not. Its value can be a secret, and is not repeated. */
export async function unknownOption(argument: string): Promise<UsageError> {
  const [, dash = "", name = ""] = /^([-\u2010-\u2015\u2212]+)([^=:]*)/.exec(argument) ?? [];
  const variable = Object.hasOwn(SECRETS, foldName(name)) ? SECRETS[foldName(name)] : undefined;
  if (variable) {
    return new UsageError(
      `There is no option ${dash}${name}, as a secret is never an argument: others could read it there`,
      `Set the environment variable ${variable} instead.`,
    );
  }
  const options = (await meant(foldName(name))).map((option) => `--${option}`);
  const hint = options.length ? `Did you mean ${options.join(" or ")}?` : "See --help for the options.";
  return dash.startsWith("-") ? new UsageError(`There is no option ${dash}${name}`, hint) : new UsageError(
    `${JSON.stringify(dash + name)} begins with a dash that is no hyphen, as Word and Teams write it`,
    `${hint} Type the hyphen (-) itself.`,
  );
}
