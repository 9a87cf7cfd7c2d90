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
  /** The `fetch` to sign in with. Default: the global one. */
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
    credential: (client, clientSecret) => clientSecretCredential({ ...client, clientSecret }),
  },
  {
    variable: "AZURE_CLIENT_CERTIFICATE_PATH",
    credential: (client, certificatePath, readEnv) =>
      clientCertificateCredential({
        ...client,
        certificatePath,
        certificatePassword: readEnv("AZURE_CLIENT_CERTIFICATE_PASSWORD"),
        sendCertificateChain: /^(1|true)$/i.test(readEnv("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN") ?? ""),
      }),
  },
  {
    variable: "AZURE_FEDERATED_TOKEN_FILE",
    credential: (client, path) =>
      clientAssertionCredential({ ...client, getAssertion: lazyFileReader(path, "federated token file") }),
  },
];

const HINT = "Set GRAPH_ACCESS_TOKEN, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.";

/** Returns what {@link environmentCredential} does, from variables that `readEnv` returns. */
export function findEnvironmentCredential(
  readEnv: ReadEnv,
  options: EnvironmentCredentialOptions = {},
): EnvironmentCredential {
  const read: ReadEnv = (name) => {
    try {
      return readEnv(name);
    } catch (cause) {
      if (refusalOf(cause) !== "notPermitted") throw cause;
      const message = `Not signed in: the environment cannot be read: ${(cause as Error).message}`;
      throw new CredentialError("CredentialNotFound", message, { cause });
    }
  };
  const token = read("GRAPH_ACCESS_TOKEN");
  if (token) {
    return { source: "GRAPH_ACCESS_TOKEN", ...accessTokenCredential(() => token, "GRAPH_ACCESS_TOKEN") };
  }
  const tenantId = options.tenantId ?? read("AZURE_TENANT_ID");
  const clientId = options.clientId ?? read("AZURE_CLIENT_ID");
  const proof = PROOFS.find(({ variable }) => read(variable));
  if (tenantId && clientId && proof) {
    const authority = options.authority ?? read("AZURE_AUTHORITY_HOST");
    const client = { tenantId, clientId, authority, fetch: options.fetch };
    const source = proof.variable;
    return { source, ...proof.credential(client, read(source)!, read) };
  }
  const missing = [
    ...(tenantId ? [] : ["AZURE_TENANT_ID"]),
    ...(clientId ? [] : ["AZURE_CLIENT_ID"]),
    ...(proof ? [] : [`one of ${PROOFS.map(({ variable }) => variable).join(", ")}`]),
  ];
  const message = tenantId || clientId || proof
    ? `Not signed in: incomplete client credentials, set ${missing.join(" and ")}`
    : "Not signed in: no credential found";
  throw new CredentialError("CredentialNotFound", message, { hint: HINT });
}

/**
 * Returns the credential that environment variables describe: `GRAPH_ACCESS_TOKEN`, or the variables of
 * `@azure/identity`. The first of these is used:
 *
 * 1. `GRAPH_ACCESS_TOKEN`: a ready-made access token
 * 2. `AZURE_TENANT_ID` and `AZURE_CLIENT_ID` with one of
 *    - `AZURE_CLIENT_SECRET`
 *    - `AZURE_CLIENT_CERTIFICATE_PATH`, with `AZURE_CLIENT_CERTIFICATE_PASSWORD` if its key is encrypted, and
 *      `AZURE_CLIENT_SEND_CERTIFICATE_CHAIN` (`1` or `true`) to send the chain
 *    - `AZURE_FEDERATED_TOKEN_FILE`: a file with a client assertion (workload identity federation)
 *
 * `AZURE_AUTHORITY_HOST` is the root URL of the sign-in service. Empty variables count as not set.
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
 * @param options Values that override the variables.
 * @throws {CredentialError} If there is none, it is incomplete, or the environment may not be read
 * (`CredentialNotFound`).
 * @throws {TypeError} If a value is invalid, such as a tenant id with a slash.
 */
export function environmentCredential(options?: EnvironmentCredentialOptions): EnvironmentCredential {
  return findEnvironmentCredential(readEnv, options);
}
