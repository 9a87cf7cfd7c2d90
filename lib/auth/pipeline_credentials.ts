import { CLOUDS, LOOPBACK } from "../cloud.ts";
import { describeValue } from "../describe_value.ts";
import type { EnvironmentVariable } from "../environment_variables.ts";
import { CredentialError } from "../errors.ts";
import { fetchDirectly, readEnv as readProcessEnv } from "../host/deno.ts";
import { describeConnectionError } from "../http/connection_error.ts";
import { rememberSecret } from "../http/redact.ts";
import { isSuccess, type Reply } from "../http/send.ts";
import { assertionCredential, type ClientCredentialOptions } from "./client_credentials.ts";
import { cleanValue, parseAssertionText, parseTokenText } from "./credential_value.ts";
import { type ReadEnv, readPermitted } from "./environment_credential.ts";
import { explanationOf, jsonMembers, requestFromPlatform } from "./platform_request.ts";
import type { TokenCredential } from "./token_credential.ts";

/** The app that a pipeline signs in as; what is missing is taken from the environment. */
export interface PipelineCredentialOptions extends Partial<ClientCredentialOptions> {
  /** The tenant's id or one of its domains. Default: `AZURE_TENANT_ID`. */
  tenantId?: string;
  /** The application (client) id of the app registration. Default: `AZURE_CLIENT_ID`. */
  clientId?: string;
}

/** Options of `azurePipelinesCredential()`. */
export interface AzurePipelinesCredentialOptions extends PipelineCredentialOptions {
  /** The id of the service connection, a GUID. Default: `AZURESUBSCRIPTION_SERVICE_CONNECTION_ID`. */
  serviceConnectionId?: string;
}

/** The audience of a token that is exchanged for Entra's, by sign-in service. */
const AUDIENCES: ReadonlyMap<string, string> = new Map([
  [CLOUDS.usgov.authority, "api://AzureADTokenExchangeUSGov"],
  [CLOUDS.china.authority, "api://AzureADTokenExchangeChina"],
  ["https://login.partner.microsoftonline.cn", "api://AzureADTokenExchangeChina"],
]);
const AUDIENCE = "api://AzureADTokenExchange";

const missing = (message: string, hint: string) =>
  new CredentialError("CredentialNotFound", message, { hint });

/** Returns the app's options, completed from the environment. */
function completeClient(options: PipelineCredentialOptions, readEnv: ReadEnv): ClientCredentialOptions {
  const tenantId = options.tenantId ?? cleanValue(readEnv("AZURE_TENANT_ID") ?? "");
  const clientId = options.clientId ?? cleanValue(readEnv("AZURE_CLIENT_ID") ?? "");
  const absent = [...(tenantId ? [] : ["AZURE_TENANT_ID"]), ...(clientId ? [] : ["AZURE_CLIENT_ID"])];
  if (absent.length) {
    throw missing(
      `Not signed in: set ${absent.join(" and ")}`,
      "They name the app to sign in as; they are no secrets.",
    );
  }
  return { tenantId, clientId, authority: options.authority, fetch: options.fetch };
}

/** Parses the URL that a job gets its token from: the job's own token goes there. */
function parseRequestUrl(name: EnvironmentVariable, value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isSafe = url &&
    (url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.test(url.hostname)));
  if (isSafe && !url.username && !url.password) return url;
  throw new CredentialError(
    "CredentialInvalid",
    `Cannot use ${name} as it must be an https: URL: current value is ${describeValue(value, "url")}`,
  );
}

/** A request for an OIDC token, and where it is in the response. */
interface OidcRequest {
  /** Who gives it, in words. */
  issuer: string;
  url: URL;
  init: RequestInit;
  member: string;
  /** What to do if it is refused. */
  hint: string;
}

/** Requests an OIDC token. It lives for minutes, so each sign-in has its own. */
async function requestOidcToken(
  { issuer, url, init, member, hint }: OidcRequest,
  options: { fetch?: typeof fetch; signal: AbortSignal },
): Promise<string> {
  const { fetch = fetchDirectly, signal } = options;
  const reply = await requestFromPlatform(url.href, init, { fetch, signal });
  const what = `the OIDC token of ${issuer}`;
  if (isSuccess(reply)) {
    const token = jsonMembers(reply)[member];
    if (typeof token === "string") return parseAssertionText(token, what);
  }
  throw refusal(reply, what, hint);
}

function refusal(reply: Reply, what: string, hint: string): CredentialError {
  if (reply.kind !== "response") {
    return new CredentialError(
      "SignInFailed",
      `Cannot get ${what}: ${describeConnectionError(reply, "its service")}`,
      { cause: reply.kind === "disconnected" ? reply.cause : undefined },
    );
  }
  const said = explanationOf(reply);
  const isRefused = reply.status >= 300 && reply.status < 500 && reply.status !== 429;
  return new CredentialError(
    isRefused ? "SignInRefused" : "SignInFailed",
    `Cannot get ${what}: its service answered ${reply.status}${isSuccess(reply) ? " without a token" : ""}${
      said && `: ${said}`
    }`,
    { hint: isRefused || isSuccess(reply) ? hint : "Try again later." },
  );
}

const GITHUB_HINT =
  "Give the job the permission: permissions: { id-token: write, contents: read }. A pull request from a fork never has it.";

/** Returns what {@link githubCredential} does, with variables that `readEnv` returns. */
export function findGithubCredential(
  readEnv: ReadEnv,
  options: PipelineCredentialOptions = {},
): TokenCredential {
  const client = completeClient(options, readEnv);
  const given = cleanValue(readEnv("ACTIONS_ID_TOKEN_REQUEST_URL") ?? "");
  const tokenText = readEnv("ACTIONS_ID_TOKEN_REQUEST_TOKEN") ?? "";
  if (!given || !tokenText) {
    throw readEnv("GITHUB_ACTIONS")
      ? missing("Not signed in: this job of GitHub Actions lacks the permission id-token: write", GITHUB_HINT)
      : missing(
        "Not signed in: this is no job of GitHub Actions",
        "There, ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are set.",
      );
  }
  const root = parseRequestUrl("ACTIONS_ID_TOKEN_REQUEST_URL", given);
  const token = parseTokenText(tokenText, "ACTIONS_ID_TOKEN_REQUEST_TOKEN");
  rememberSecret(token);
  return assertionCredential(client, (tokenUrl, signal) => {
    const url = new URL(root); // it has a query already
    url.searchParams.set("audience", AUDIENCES.get(new URL(tokenUrl).origin) ?? AUDIENCE);
    return requestOidcToken({
      issuer: "GitHub Actions",
      url,
      init: { headers: { authorization: `Bearer ${token}`, accept: "application/json" } },
      member: "value",
      hint: GITHUB_HINT,
    }, { fetch: client.fetch, signal });
  });
}

/**
 * Returns a credential for a job of GitHub Actions, which signs in as an app without a secret: by the OIDC token of the
 * job, which the app trusts by a federated credential. The job needs `permissions: id-token: write`. A new OIDC token is
 * requested for each sign-in, with the audience of the cloud.
 *
 * @example Sign in as the app of AZURE_TENANT_ID and AZURE_CLIENT_ID
 * ```ts
 * import { CredentialError, githubCredential } from "@graph-admin/remove-profile-photo";
 *
 * try {
 *   const credential = githubCredential();
 *   // await removeProfilePhoto({ user: "alex@contoso.com" }, { credential });
 * } catch (error) {
 *   if (!(error instanceof CredentialError)) throw error;
 *   console.log(error.message); // outside of GitHub Actions
 * }
 * ```
 *
 * @param options The app, if the environment does not name it.
 * @throws {CredentialError} If the environment cannot be read, is no such job's, or the job lacks the permission
 * (`CredentialNotFound`); if a value cannot be used (`CredentialInvalid`). A sign-in that fails is a `CredentialError` of
 * `getToken()`.
 * @throws {TypeError} If an option is invalid.
 * @see https://docs.github.com/actions/reference/security/oidc
 */
export function githubCredential(options?: PipelineCredentialOptions): TokenCredential {
  return findGithubCredential(readPermitted(readProcessEnv), options);
}

const SERVICE_CONNECTION = "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID";

/** Returns what {@link azurePipelinesCredential} does, with variables that `readEnv` returns. */
export function findAzurePipelinesCredential(
  readEnv: ReadEnv,
  options: AzurePipelinesCredentialOptions = {},
): TokenCredential {
  const client = completeClient(options, readEnv);
  const given = cleanValue(readEnv("SYSTEM_OIDCREQUESTURI") ?? "");
  if (!given) {
    throw missing("Not signed in: this is no job of Azure Pipelines", "There, SYSTEM_OIDCREQUESTURI is set.");
  }
  const tokenText = readEnv("SYSTEM_ACCESSTOKEN");
  if (!tokenText) {
    throw missing(
      "Not signed in: this step of Azure Pipelines has no SYSTEM_ACCESSTOKEN",
      "Map it in the step: env: { SYSTEM_ACCESSTOKEN: $(System.AccessToken) }",
    );
  }
  const connection = options.serviceConnectionId ?? cleanValue(readEnv(SERVICE_CONNECTION) ?? "");
  if (!connection) {
    throw missing(
      "Not signed in: this step of Azure Pipelines names no service connection",
      `Run it in a task AzureCLI@2 with azureSubscription, or set ${SERVICE_CONNECTION}.`,
    );
  }
  if (!/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(connection)) {
    const what = options.serviceConnectionId === undefined ? SERVICE_CONNECTION : "the service connection";
    throw new TypeError(
      `Cannot use ${what} as it must be a GUID: current value is ${describeValue(connection, "id")}`,
    );
  }
  const url = parseRequestUrl("SYSTEM_OIDCREQUESTURI", given);
  url.searchParams.set("api-version", "7.1");
  url.searchParams.set("serviceConnectionId", connection);
  const token = parseTokenText(tokenText, "SYSTEM_ACCESSTOKEN");
  rememberSecret(token);
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    "x-tfs-fedauthredirect": "Suppress", // else a refusal is a redirect to a sign-in page
  };
  return assertionCredential(client, (_tokenUrl, signal) =>
    requestOidcToken({
      issuer: "Azure Pipelines",
      url,
      init: { method: "POST", headers },
      member: "oidcToken",
      hint:
        "Check that the service connection exists, uses workload identity federation, and may be used by this " +
        "pipeline, and that SYSTEM_ACCESSTOKEN is $(System.AccessToken).",
    }, { fetch: client.fetch, signal }));
}

/**
 * Returns a credential for a job of Azure Pipelines (Azure DevOps), which signs in as an app without a secret: by the OIDC
 * token of a service connection with workload identity federation. The step must map
 * `SYSTEM_ACCESSTOKEN: $(System.AccessToken)`. A new OIDC token is requested for each sign-in.
 *
 * @example Sign in as the app of AZURE_TENANT_ID and AZURE_CLIENT_ID
 * ```ts
 * import { azurePipelinesCredential, CredentialError } from "@graph-admin/remove-profile-photo";
 *
 * try {
 *   const credential = azurePipelinesCredential();
 *   // await removeProfilePhoto({ user: "alex@contoso.com" }, { credential });
 * } catch (error) {
 *   if (!(error instanceof CredentialError)) throw error;
 *   console.log(error.message); // outside of Azure Pipelines
 * }
 * ```
 *
 * @param options The app and the service connection, if the environment does not name them.
 * @throws {CredentialError} If the environment cannot be read, is no such job's, or the access token or the service
 * connection is missing (`CredentialNotFound`); if a value cannot be used (`CredentialInvalid`). A sign-in that fails is a
 * `CredentialError` of `getToken()`.
 * @throws {TypeError} If an option is invalid.
 * @see https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create
 */
export function azurePipelinesCredential(options?: AzurePipelinesCredentialOptions): TokenCredential {
  return findAzurePipelinesCredential(readPermitted(readProcessEnv), options);
}
