import { CLOUDS, parseEndpoint } from "../cloud.ts";
import { describeValue } from "../describe_value.ts";
import { CredentialError } from "../errors.ts";
import type { EnvironmentVariable } from "../environment_variables.ts";
import { readEnv, refusalOf } from "../host/deno.ts";
import {
  clientAssertionCredential,
  clientCertificateCredential,
  type ClientCredentialOptions,
  clientSecretCredential,
  lazyFileReader,
} from "./client_credentials.ts";
import {
  cleanValue,
  completeUrl,
  decodeText,
  parseAssertionText,
  parseId,
  parseSecretText,
} from "./credential_value.ts";
import { accessTokenCredential } from "./static_token.ts";
import type { TokenCredential } from "./token_credential.ts";

/** Values that override the environment variables. */
export interface EnvironmentCredentialOptions {
  /** Overrides `AZURE_TENANT_ID`. */
  tenantId?: string;
  /** Overrides `AZURE_CLIENT_ID`. */
  clientId?: string;
  /** Overrides `AZURE_AUTHORITY_HOST`. Default: the sign-in host of the cloud in use. */
  authority?: string;
  /** The `fetch` to sign in with, but not for a managed identity, which no proxy must see. Default: the global one. */
  fetch?: typeof fetch;
}

/** A credential that tells where it came from. */
export interface EnvironmentCredential extends TokenCredential {
  /** The environment variable that it was found in, such as `AZURE_CLIENT_SECRET`. */
  readonly source: string;
}

/** Returns the value of an environment variable; `undefined` if it is not set or empty. */
export type ReadEnv = (name: EnvironmentVariable) => string | undefined;

/** A variable that an app can authenticate with, and the credential that its value makes. */
interface Proof {
  variable: EnvironmentVariable;
  credential(client: ClientCredentialOptions, value: string, readEnv: ReadEnv): TokenCredential;
}

/** In order of precedence. */
const PROOFS: readonly Proof[] = [
  {
    variable: "AZURE_CLIENT_SECRET",
    credential: (client, value) =>
      clientSecretCredential({ ...client, clientSecret: parseSecretText(value, "AZURE_CLIENT_SECRET") }),
  },
  {
    variable: "AZURE_CLIENT_CERTIFICATE_PATH",
    credential: (client, certificatePath, readEnv) =>
      clientCertificateCredential({
        ...client,
        certificatePath,
        certificatePassword: readEnv("AZURE_CLIENT_CERTIFICATE_PASSWORD"),
        sendCertificateChain: /^(1|true)$/i.test(
          cleanValue(readEnv("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN") ?? ""),
        ),
      }),
  },
  {
    variable: "AZURE_FEDERATED_TOKEN_FILE",
    credential: (client, path) => {
      const read = lazyFileReader(path, "federated token file");
      const name = `the federated token file ${describeValue(path, "path")}`;
      return clientAssertionCredential({
        ...client,
        getAssertion: async () => parseAssertionText(decodeText(await read()), name),
      });
    },
  },
];

/** Where a platform offers an identity, and the credential for it. */
interface Platform {
  /** The variables that it sets; messages name the first. */
  variables: readonly EnvironmentVariable[];
  /** Whether the identity is its own: there is no tenant to choose, nor an app that is needed. */
  isOwn?: true;
  load(client: Partial<ClientCredentialOptions>, readEnv: ReadEnv): Promise<TokenCredential>;
}

const loadGithub: Platform["load"] = async (client, readEnv) =>
  (await import("./pipeline_credentials.ts")).findGithubCredential(readEnv, client);
const loadAzurePipelines: Platform["load"] = async (client, readEnv) =>
  (await import("./pipeline_credentials.ts")).findAzurePipelinesCredential(readEnv, client);

/** In order of precedence. The last two are for a job that lacks something, which they say. */
const PLATFORMS: readonly Platform[] = [
  { variables: ["ACTIONS_ID_TOKEN_REQUEST_URL"], load: loadGithub },
  { variables: ["SYSTEM_OIDCREQUESTURI", "SYSTEM_ACCESSTOKEN"], load: loadAzurePipelines },
  {
    variables: ["IDENTITY_ENDPOINT"],
    isOwn: true,
    // Not by the given fetch, which may use a proxy.
    load: async ({ clientId }, readEnv) =>
      (await import("./managed_identity.ts")).findManagedIdentity(readEnv, { clientId }),
  },
  { variables: ["GITHUB_ACTIONS"], load: loadGithub },
  { variables: ["SYSTEM_OIDCREQUESTURI"], load: loadAzurePipelines },
];

/** Returns a credential whose code is loaded by its first use. */
function lazyCredential(load: () => Promise<TokenCredential>): TokenCredential {
  let loaded: Promise<TokenCredential> | undefined;
  return { getToken: async (scopes, options) => await (await (loaded ??= load())).getToken(scopes, options) };
}

/** What to do where no credential is found. */
export const NO_CREDENTIAL_HINT =
  "Set GRAPH_ACCESS_TOKEN, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.";

const JOB_HINT =
  " In a job of GitHub Actions or Azure Pipelines, the two ids are enough: see README, Sign in.";

/** How messages name what overrides a variable. */
export type OptionNames = Partial<Record<keyof EnvironmentCredentialOptions, string>>;

/**
 * Returns a function that reads variables as `readEnv` does.
 *
 * @throws {CredentialError} If the runtime does not permit it.
 */
export function readPermitted(readEnv: ReadEnv): ReadEnv {
  return (name) => {
    try {
      return readEnv(name);
    } catch (cause) {
      if (refusalOf(cause) !== "notPermitted") throw cause;
      const message = `Not signed in: the environment cannot be read: ${(cause as Error).message}`;
      throw new CredentialError("CredentialNotFound", message, { cause });
    }
  };
}

/**
 * Returns what {@link environmentCredential} does, from variables that `readEnv` returns.
 *
 * @param names How messages name the options. Default: the names of the variables that they override.
 */
export function findEnvironmentCredential(
  readEnv: ReadEnv,
  options: EnvironmentCredentialOptions = {},
  names: OptionNames = {},
): EnvironmentCredential {
  const readAsIs = readPermitted(readEnv);
  const read: ReadEnv = (name) => cleanValue(readAsIs(name) ?? "") || undefined;
  const isAppNamed = options.tenantId !== undefined || options.clientId !== undefined;
  const token = isAppNamed ? undefined : read("GRAPH_ACCESS_TOKEN");
  if (token) {
    return { source: "GRAPH_ACCESS_TOKEN", ...accessTokenCredential(() => token, "GRAPH_ACCESS_TOKEN") };
  }
  const tenantId = options.tenantId ?? read("AZURE_TENANT_ID");
  const clientId = options.clientId ?? read("AZURE_CLIENT_ID");
  const proof = PROOFS.find(({ variable }) => read(variable));
  const named = (option: keyof OptionNames, variable: string) =>
    options[option] === undefined ? variable : names[option] ?? `the ${option} option`;
  const parseClientId = () => parseId(named("clientId", "AZURE_CLIENT_ID"), clientId, "client id");
  const parseClient = (): ClientCredentialOptions => {
    const authority = options.authority ?? read("AZURE_AUTHORITY_HOST");
    return {
      tenantId: parseId(named("tenantId", "AZURE_TENANT_ID"), tenantId, "tenant id"),
      clientId: parseClientId(),
      authority: authority === undefined ? undefined : parseEndpoint(
        named("authority", "AZURE_AUTHORITY_HOST"),
        completeUrl(authority),
        CLOUDS.global.authority,
      ),
      fetch: options.fetch,
    };
  };
  if (tenantId && clientId && proof) {
    const source = proof.variable;
    return { source, ...proof.credential(parseClient(), read(source)!, readAsIs) };
  }
  const platform = proof
    ? undefined
    : PLATFORMS.find(({ variables, isOwn }) =>
      (isOwn ? options.tenantId === undefined : tenantId && clientId) && variables.every((name) => read(name))
    );
  if (platform) {
    const { variables: [source], isOwn, load } = platform;
    const client = isOwn ? { clientId: clientId && parseClientId() } : parseClient();
    return { source: source!, ...lazyCredential(() => load(client, readAsIs)) };
  }
  const missing = [
    ...(tenantId ? [] : ["AZURE_TENANT_ID"]),
    ...(clientId ? [] : ["AZURE_CLIENT_ID"]),
    ...(proof ? [] : [`one of ${PROOFS.map(({ variable }) => variable).join(", ")}`]),
  ];
  const message = tenantId || clientId || proof
    ? `Not signed in: incomplete client credentials, set ${missing.join(" and ")}`
    : "Not signed in: no credential found";
  const isJob = read("GITHUB_ACTIONS") || read("SYSTEM_OIDCREQUESTURI");
  throw new CredentialError("CredentialNotFound", message, {
    hint: isJob ? NO_CREDENTIAL_HINT + JOB_HINT : NO_CREDENTIAL_HINT,
  });
}

/**
 * Returns the credential that environment variables describe: `GRAPH_ACCESS_TOKEN`, or the variables of
 * `@azure/identity`. The first of these is used:
 *
 * 1. `GRAPH_ACCESS_TOKEN`: a ready-made access token
 * 2. `AZURE_TENANT_ID` and `AZURE_CLIENT_ID` with one of
 *    - `AZURE_CLIENT_SECRET`
 *    - `AZURE_CLIENT_CERTIFICATE_PATH` (PEM or PFX), with `AZURE_CLIENT_CERTIFICATE_PASSWORD` if its key is encrypted, and
 *      `AZURE_CLIENT_SEND_CERTIFICATE_CHAIN` (`1` or `true`) to send the chain
 *    - `AZURE_FEDERATED_TOKEN_FILE`: a file with a client assertion (workload identity federation)
 *    - in GitHub Actions, the permission `id-token: write`: {@link githubCredential}
 *    - in Azure Pipelines, `SYSTEM_ACCESSTOKEN` and a service connection: {@link azurePipelinesCredential}
 * 3. `IDENTITY_ENDPOINT`, which App Service, Functions, Container Apps, Automation and Azure Arc set, with
 *    `AZURE_CLIENT_ID` for a user-assigned identity: {@link managedIdentityCredential}. (A virtual machine sets nothing,
 *    and is not asked: use that credential itself.)
 *
 * `AZURE_AUTHORITY_HOST` is the root URL of the sign-in service. Empty and blank variables count as not set; line ends,
 * white space, a byte order mark and one pair of quotes around a value are ignored.
 *
 * @example See which credential the environment contains
 * ```ts
 * import { CredentialError, environmentCredential } from "@graph-admin/remove-profile-photo";
 *
 * try {
 *   console.log("Found", environmentCredential().source); // such as AZURE_CLIENT_SECRET
 * } catch (error) {
 *   if (!(error instanceof CredentialError)) throw error;
 *   console.log(error.message, error.hint); // what is missing, and what to set
 * }
 * ```
 *
 * @param options Values that override the variables. If they name a tenant or an app, `GRAPH_ACCESS_TOKEN` is ignored.
 * @throws {CredentialError} If there is none, it is incomplete, or the environment may not be read
 * (`CredentialNotFound`).
 * @throws {TypeError} If a value is invalid, such as a tenant id with a slash.
 */
export function environmentCredential(options?: EnvironmentCredentialOptions): EnvironmentCredential {
  return findEnvironmentCredential(readEnv, options);
}
