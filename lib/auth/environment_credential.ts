import { CredentialError } from "../errors.ts";
import type { EnvironmentVariable } from "../environment_variables.ts";
import { readEnv, refusalOf } from "../host/deno.ts";
import { accessTokenCredential } from "./static_token.ts";
import {
  clientAssertionCredential,
  type ClientCredentialOptions,
  clientSecretCredential,
  fileReader,
} from "./client_credentials.ts";
import { clientCertificateCredential } from "./client_certificate.ts";
import type { TokenCredential } from "./token_credential.ts";

/** What takes precedence over the environment. */
export interface EnvironmentCredentialOptions {
  /** A file with a ready-made access token. */
  tokenFile?: string;
  /** In place of `AZURE_TENANT_ID`. */
  tenantId?: string;
  /** In place of `AZURE_CLIENT_ID`. */
  clientId?: string;
  /** In place of `AZURE_CLIENT_CERTIFICATE_PATH`; it is then preferred to a client secret. */
  certificatePath?: string;
  /** In place of `AZURE_AUTHORITY_HOST`. Default: the sign-in host of the cloud in use. */
  authority?: string;
  /** The `fetch` to sign in with. Default: the global one. */
  fetch?: typeof fetch;
}

/** A credential that knows where it came from. */
export interface EnvironmentCredential extends TokenCredential {
  /** The variable or option that it rests on, such as `AZURE_CLIENT_SECRET`. */
  readonly source: string;
}

type Settings = ClientCredentialOptions & { value: string };

/** What an app can prove itself with, in order of precedence. */
const PROOFS: readonly {
  variable: EnvironmentVariable;
  credential: (settings: Settings) => TokenCredential;
}[] = [
  {
    variable: "AZURE_CLIENT_SECRET",
    credential: ({ value, ...client }) => clientSecretCredential({ ...client, clientSecret: value }),
  },
  {
    variable: "AZURE_CLIENT_CERTIFICATE_PATH",
    credential: ({ value, ...client }) =>
      clientCertificateCredential({
        ...client,
        certificatePath: value,
        certificatePassword: readEnv("AZURE_CLIENT_CERTIFICATE_PASSWORD"),
        sendCertificateChain: /^(1|true)$/i.test(readEnv("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN") ?? ""),
      }),
  },
  {
    variable: "AZURE_FEDERATED_TOKEN_FILE",
    credential: ({ value, ...client }) =>
      clientAssertionCredential({
        ...client,
        getAssertion: fileReader(value, "federated token file"),
      }),
  },
];

const LOOKED_FOR = "--token-file; GRAPH_ACCESS_TOKEN; or AZURE_TENANT_ID and AZURE_CLIENT_ID with one of " +
  PROOFS.map((proof) => proof.variable).join(", ");

function find(options: EnvironmentCredentialOptions): EnvironmentCredential {
  const { tokenFile, certificatePath, fetch } = options;
  if (tokenFile !== undefined) {
    const read = fileReader(tokenFile, "token file");
    return {
      source: "--token-file",
      ...accessTokenCredential(read, `the token file ${JSON.stringify(tokenFile)}`),
    };
  }
  const token = readEnv("GRAPH_ACCESS_TOKEN");
  if (token) {
    return { source: "GRAPH_ACCESS_TOKEN", ...accessTokenCredential(() => token, "GRAPH_ACCESS_TOKEN") };
  }
  const tenantId = options.tenantId ?? readEnv("AZURE_TENANT_ID");
  const clientId = options.clientId ?? readEnv("AZURE_CLIENT_ID");
  const present = certificatePath !== undefined
    ? { ...PROOFS[1]!, source: "--certificate", value: certificatePath }
    : PROOFS.map((proof) => ({ ...proof, source: proof.variable, value: readEnv(proof.variable) }))
      .find(({ value }) => value);
  if (tenantId && clientId && present) {
    const authority = options.authority ?? readEnv("AZURE_AUTHORITY_HOST");
    const settings = { tenantId, clientId, authority, fetch, value: present.value ?? "" };
    return { source: present.source, ...present.credential(settings) };
  }
  const missing = [
    ...(tenantId ? [] : ["AZURE_TENANT_ID"]),
    ...(clientId ? [] : ["AZURE_CLIENT_ID"]),
    ...(present ? [] : ["any of " + PROOFS.map((proof) => proof.variable).join(", ")]),
  ];
  throw new CredentialError(
    "CredentialNotFound",
    tenantId || clientId || present
      ? `Cannot sign in as the client credentials are incomplete: ${missing.join(" and ")} is not set`
      : "Cannot sign in as there is no credential",
    { hint: `Looked for, in this order: ${LOOKED_FOR}.` },
  );
}

/**
 * The credential that the environment describes; the variables are those of `@azure/identity`, and
 * `GRAPH_ACCESS_TOKEN` for a ready-made token. The first that is there is used:
 *
 * 1. `GRAPH_ACCESS_TOKEN`
 * 2. `AZURE_TENANT_ID` and `AZURE_CLIENT_ID` with `AZURE_CLIENT_SECRET`, else with
 *    `AZURE_CLIENT_CERTIFICATE_PATH` (and `AZURE_CLIENT_CERTIFICATE_PASSWORD`,
 *    `AZURE_CLIENT_SEND_CERTIFICATE_CHAIN`), else with `AZURE_FEDERATED_TOKEN_FILE`
 *
 * `AZURE_AUTHORITY_HOST` is the sign-in host.
 *
 * @param options What takes precedence over the environment.
 * @throws {CredentialError} If there is none (`CredentialNotFound`), with the list of what was looked for.
 * @throws {TypeError} If a setting cannot be what it should be, such as a tenant id with a slash.
 */
export function environmentCredential(options: EnvironmentCredentialOptions = {}): EnvironmentCredential {
  try {
    return find(options);
  } catch (cause) {
    if (refusalOf(cause) !== "notPermitted") throw cause;
    throw new CredentialError(
      "CredentialNotFound",
      `Cannot look for a credential as Deno may not read the environment: ${(cause as Error).message}`,
      {
        hint: `Run with --allow-env. Looked for, in this order: ${LOOKED_FOR}.`,
        cause,
      },
    );
  }
}
