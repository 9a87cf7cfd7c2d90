import { LOOPBACK } from "../cloud.ts";
import { describeValue } from "../describe_value.ts";
import type { EnvironmentVariable } from "../environment_variables.ts";
import { CredentialError } from "../errors.ts";
import { fetchDirectly, isWindows, lstat, readEnv as readProcessEnv, refusalOf } from "../host/deno.ts";
import { describeFileError, readPlainFile } from "../host/files.ts";
import { type Clock, systemClock } from "../http/clock.ts";
import { describeConnectionError } from "../http/connection_error.ts";
import { rememberSecret } from "../http/redact.ts";
import { isSuccess, type Reply, send } from "../http/send.ts";
import { cachedCredential } from "./cached_credential.ts";
import { cleanValue, parseId } from "./credential_value.ts";
import { type ReadEnv, readPermitted } from "./environment_credential.ts";
import { explanationOf, jsonMembers, requestFromPlatform } from "./platform_request.ts";
import { type AccessToken, isAccessToken, type TokenCredential } from "./token_credential.ts";

/** Which managed identity to use. */
export interface ManagedIdentityOptions {
  /**
   * Client id of a user-assigned identity. Default: `AZURE_CLIENT_ID`; without it, the system-assigned identity.
   */
  clientId?: string;
  /** The `fetch` to ask the platform with, which must not use a proxy. Default: the global one without a proxy. */
  fetch?: typeof fetch;
}

/** For tests: time, and the folder of Azure Arc's keys. */
interface Surroundings {
  clock?: Clock;
  arcFolder?: string;
}

/** The variables of a platform that are needed, cleaned. */
type Variables = Partial<Record<EnvironmentVariable, string>>;

/** How a platform gives tokens. */
interface Platform {
  /** Where it is, as in "the managed identity of …". */
  name: string;
  /** The variables that it sets; the first is the URL, unless the platform has a fixed one. */
  variables: readonly EnvironmentVariable[];
  url?: string;
  /** Parameters besides the resource. */
  query?: Readonly<Record<string, string>>;
  /** The header that carries the value of the second variable, which is secret. */
  secretHeader?: string;
  /** How it names the client id of a user-assigned identity; none: it has no such identities. */
  idParameters: readonly string[];
  /** Whether the parameters are sent as a form. */
  isForm?: true;
  /** Whether it answers with a challenge that a file has the answer to. */
  isArc?: true;
  /** Why it cannot be used. */
  unsupported?: string;
}

const IMDS_HOST = "169.254.169.254";

/** In order of precedence: each sets more variables than those below it. */
const PLATFORMS: readonly Platform[] = [
  {
    name: "Azure Service Fabric",
    variables: ["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT"],
    idParameters: [],
    unsupported:
      "its endpoint has a certificate that only its thumbprint vouches for, which Deno cannot check",
  },
  {
    name: "App Service, Functions, Container Apps or Automation",
    variables: ["IDENTITY_ENDPOINT", "IDENTITY_HEADER"],
    query: { "api-version": "2019-08-01" },
    secretHeader: "x-identity-header",
    idParameters: ["client_id"],
  },
  {
    name: "Azure Arc",
    variables: ["IDENTITY_ENDPOINT", "IMDS_ENDPOINT"],
    query: { "api-version": "2020-06-01" },
    idParameters: ["client_id"],
    isArc: true,
  },
  {
    name: "an older Azure service",
    variables: ["MSI_ENDPOINT", "MSI_SECRET"],
    query: { "api-version": "2017-09-01" },
    secretHeader: "secret",
    idParameters: ["clientid", "client_id"], // of App Service and Machine Learning; of Automation
  },
  { name: "Azure Cloud Shell", variables: ["MSI_ENDPOINT"], idParameters: [], isForm: true },
  {
    name: "this virtual machine",
    variables: [],
    url: `http://${IMDS_HOST}/metadata/identity/oauth2/token`,
    query: { "api-version": "2018-02-01" },
    idParameters: ["client_id"],
  },
];

const invalid = (message: string, hint?: string, cause?: unknown) =>
  new CredentialError("CredentialInvalid", message, { hint, cause });

/** Returns the platform that the variables describe; a virtual machine sets none. */
function findPlatform(variables: Variables): Platform {
  const platform = PLATFORMS.find((row) => row.variables.every((name) => variables[name]))!;
  if (platform.unsupported) {
    throw new CredentialError(
      "CredentialNotFound",
      `The managed identity of ${platform.name} is not supported: ${platform.unsupported}`,
      { hint: "Use a certificate or a federated token there." },
    );
  }
  if (variables.IDENTITY_ENDPOINT && platform.variables[0] !== "IDENTITY_ENDPOINT") {
    throw new CredentialError(
      "CredentialNotFound",
      "IDENTITY_ENDPOINT is set, but neither IDENTITY_HEADER nor IMDS_ENDPOINT",
      { hint: "The platform sets them for the process that it starts: pass all of them on." },
    );
  }
  return platform;
}

/**
 * Parses the URL of a platform's endpoint. A secret goes there over HTTP, so it has to be on this machine: at a loopback
 * or link-local address.
 */
function parseLocalUrl(name: string, value: string, isLinkLocalAllowed: boolean): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isLocal = url && (LOOPBACK.test(url.hostname) ||
    (isLinkLocalAllowed && /^169\.254\.\d+\.\d+$/.test(url.hostname)));
  if (!isLocal || url.protocol !== "http:" || url.username || url.password) {
    throw invalid(
      `Cannot use ${name} as it must be an http: URL of this machine: current value is ${
        describeValue(value, "url")
      }`,
    );
  }
  if (url.hostname === "localhost") url.hostname = "127.0.0.1"; // a name can be made to lead elsewhere
  return url;
}

/** Statuses after which IMDS may answer otherwise, and those of other endpoints. */
const RETRIED = [404, 408, 429, 500, 502, 503, 504];

/**
 * IMDS: 404, 429 and 5xx with exponential back-off from 2 s, five times at most; 410, while it is updated, for 70 s.
 *
 * @see https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#retry-guidance
 */
function waitForImds(status: number, attempts: number): number | undefined {
  if (status === 410) return attempts <= 7 ? 10_000 : undefined;
  if (status !== 404 && status !== 429 && status < 500) return undefined;
  return attempts < 5 ? 1000 * 2 ** attempts : undefined;
}

const waitForOthers = (status: number, attempts: number): number | undefined =>
  RETRIED.includes(status) && attempts <= 3 ? 1000 * 2 ** (attempts - 1) : undefined;

/** How long IMDS, which answers at once, may take to show that it is there, in ms. */
const PROBE_TIMEOUT = 3000;

/** Seconds since 1970, or a date; in ms. */
function parseExpiry(value: unknown, now: number): number | undefined {
  const text = String(value ?? "");
  if (text === "") return Infinity;
  const expires = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  return expires > now ? expires : undefined;
}

/** In bytes: what the documentation allows a key of Azure Arc to have. */
const MAX_KEY_BYTES = 4096;

/** Returns the key in the file that a challenge of Azure Arc names. */
async function readArcKey(challenge: string | null, folder: string): Promise<string> {
  const [, path = ""] = /^Basic realm="?([^"]+?)"?\s*$/i.exec(challenge ?? "") ?? [];
  const fold = (text: string) => isWindows ? text.toLowerCase().replaceAll("/", "\\") : text;
  const name = path.slice(folder.length);
  if (!fold(path).startsWith(fold(folder)) || !/^[\w-][\w.-]*\.key$/.test(name)) {
    throw invalid(
      "Cannot use the managed identity of Azure Arc as its challenge names no key file in the folder of the agent, " +
        `${folder}: ${describeValue(path, "path")}`,
    );
  }
  try {
    const { size } = await lstat(path);
    if (size > MAX_KEY_BYTES) throw new Error(`it has more than ${MAX_KEY_BYTES} bytes`);
    const key = new TextDecoder().decode(await readPlainFile(folder, name, size));
    rememberSecret(key);
    if (!/^[\x21-\x7e]+$/.test(key)) throw new Error("it contains no key");
    return key;
  } catch (cause) {
    const why = refusalOf(cause) === "notPermitted"
      ? (cause as Error).message
      : describeFileError(cause, "--allow-read");
    throw invalid(
      `Cannot read the key file of Azure Arc, "${path}": ${why}`,
      `Run it as ${
        isWindows
          ? "an administrator, or a member of Hybrid agent extension applications"
          : "root, or a member of himds"
      }; Deno needs --allow-read.`,
      cause,
    );
  }
}

/** What to do about an answer that an identity is missing. */
function missingIdentityHint(said: string, clientId: string | undefined): string | undefined {
  if (/multiple user.assigned/i.test(said)) {
    return "Several identities are assigned here: set AZURE_CLIENT_ID to the client id of the one to use.";
  }
  if (!/identity.*not found|no.*identity.*(found|assigned)|not.*assigned/i.test(said)) return undefined;
  return clientId
    ? `No identity with the client id ${clientId} is assigned here. AZURE_CLIENT_ID takes a user-assigned identity's ` +
      "client id, not its object id; assign it under Identity > User assigned."
    : "No identity is assigned here. Turn on Identity > System assigned, or assign one and set AZURE_CLIENT_ID to its " +
      "client id.";
}

/** A managed identity, and how to ask for its token. */
interface Identity {
  platform: Platform;
  /** In words, for errors. */
  name: string;
  url: URL;
  headers: Readonly<Record<string, string>>;
  /** Of a user-assigned identity. */
  clientId?: string;
}

/** Returns the identity that the variables describe, and the caller's client id. */
function findIdentity(
  read: (name: EnvironmentVariable) => string,
  given: string | undefined,
): Identity {
  const names = new Set(PLATFORMS.flatMap((platform) => platform.variables));
  const variables: Variables = Object.fromEntries(Array.from(names, (name) => [name, read(name)]));
  const platform = findPlatform(variables);
  const id = given ?? (read("AZURE_CLIENT_ID") || undefined);
  const idName = given === undefined ? "AZURE_CLIENT_ID" : "the client id";
  const clientId = id === undefined ? undefined : parseId(idName, id, "client id");
  if (clientId !== undefined && platform.idParameters.length === 0) {
    throw invalid(
      `Cannot use ${idName} as ${platform.name} has no user-assigned identities`,
      "There, the token is that of the signed-in person.",
    );
  }
  const [urlVariable, secretVariable] = platform.variables;
  const url = urlVariable
    ? parseLocalUrl(urlVariable, variables[urlVariable]!, !platform.isArc)
    : new URL(platform.url!);
  const headers: Record<string, string> = { metadata: "true" };
  if (platform.secretHeader) {
    const secret = variables[secretVariable!]!;
    rememberSecret(secret);
    if (!isAccessToken(secret)) throw invalid(`Cannot use ${secretVariable} as it contains white space`);
    headers[platform.secretHeader] = secret;
  }
  return { platform, name: `the managed identity of ${platform.name}`, url, headers, clientId };
}

/** Returns the request for a token, without the key of Azure Arc. */
function tokenRequest({ platform, url, headers, clientId }: Identity, scope: string): [string, RequestInit] {
  const parameters = new URLSearchParams({ ...platform.query, resource: scope.replace(/\/\.default$/, "") });
  if (clientId) platform.idParameters.forEach((name) => parameters.set(name, clientId));
  if (platform.isForm) return [url.href, { method: "POST", headers, body: parameters }];
  const target = new URL(url);
  parameters.forEach((value, name) => target.searchParams.set(name, value));
  return [target.href, { headers }];
}

/** Returns the error for a metadata service that is not there; `undefined` if it is. */
function missingImdsError(reply: Reply): CredentialError | undefined {
  if (reply.kind === "response" && reply.status !== 403) return undefined; // 403: Docker Desktop
  const why = reply.kind === "response"
    ? `${IMDS_HOST} answered 403`
    : describeConnectionError(reply, IMDS_HOST);
  return new CredentialError("CredentialNotFound", `There is no managed identity: ${why}`, {
    hint:
      "This is no virtual machine of Azure, or its firewall blocks the address. On a server of Azure Arc, set " +
      "IDENTITY_ENDPOINT and IMDS_ENDPOINT as the agent does.",
    cause: reply.kind === "disconnected" ? reply.cause : undefined,
  });
}

/** Returns the error for a reply that is no token. */
function refusal({ platform, name, clientId }: Identity, reply: Reply): CredentialError {
  if (reply.kind !== "response") {
    return new CredentialError(
      "SignInFailed",
      `Cannot get a token of ${name}: ${describeConnectionError(reply, "its endpoint")}`,
      { cause: reply.kind === "disconnected" ? reply.cause : undefined },
    );
  }
  const { status } = reply;
  const said = explanationOf(reply);
  const isRefused = status >= 400 && status < 500 && !RETRIED.includes(status);
  const isSecretRefused = platform.secretHeader !== undefined && (status === 401 || status === 403);
  return new CredentialError(
    isRefused ? "SignInRefused" : "SignInFailed",
    `Cannot get a token of ${name}: its endpoint answered ${status}${said && `: ${said}`}`,
    {
      hint: missingIdentityHint(said, clientId) ??
        (isSecretRefused
          ? `Check ${platform.variables[1]}: the platform gives each process a new one.`
          : isRefused
          ? undefined
          : "Try again later."),
      aadstsCodes: Array.from(said.matchAll(/AADSTS(\d+)/g), ([, code]) => Number(code)),
    },
  );
}

/** Returns the token in a successful reply. */
function parseToken(
  { platform, name, clientId }: Identity,
  reply: Reply,
  refusedToken: string | undefined,
  now: number,
): AccessToken {
  const { access_token: token, expires_on: expiresOn, client_id: usedId } = jsonMembers(reply);
  const fail = (why: string, hint?: string) =>
    new CredentialError("SignInFailed", `Cannot get a token of ${name}: ${why}`, { hint });
  if (!isAccessToken(token)) throw fail("the response contains no access token");
  rememberSecret(token);
  if (platform.isArc && clientId && String(usedId).toLowerCase() !== clientId.toLowerCase()) {
    throw fail(
      `the response does not confirm that it is for the client id ${clientId}`,
      "Older agents of Azure Arc have the system-assigned identity alone: update the agent, or unset AZURE_CLIENT_ID.",
    );
  }
  if (token === refusedToken) {
    throw fail(
      "it gave the token that Graph refused once more",
      "Azure keeps the tokens of managed identities for up to 24 hours.",
    );
  }
  const expiresOnTimestamp = parseExpiry(expiresOn, now);
  if (expiresOnTimestamp === undefined) throw fail("the token has expired already");
  return { token, expiresOnTimestamp };
}

/** Returns what {@link managedIdentityCredential} does, with variables that `readEnv` returns. */
export function findManagedIdentity(
  readEnv: ReadEnv,
  options: ManagedIdentityOptions = {},
  { clock = systemClock, arcFolder }: Surroundings = {},
): TokenCredential {
  const { fetch = fetchDirectly } = options;
  const read = (name: EnvironmentVariable) => cleanValue(readEnv(name) ?? "");
  const identity = findIdentity(read, options.clientId);
  const { isArc, url: imds } = identity.platform;
  const waitFor = imds ? waitForImds : waitForOthers;
  let isProbed = imds === undefined;
  return cachedCredential(async ({ scope, refusedToken }, signal) => {
    if (!isProbed) {
      // Without the header, so that nothing has a token to give.
      const missing = missingImdsError(await send(imds!, {}, { fetch, signal, timeout: PROBE_TIMEOUT }));
      if (missing) throw missing;
      isProbed = true;
    }
    const [url, init] = tokenRequest(identity, scope);
    const request = { fetch, signal, clock, waitFor };
    let reply = await requestFromPlatform(url, init, request);
    if (isArc && reply.kind === "response" && reply.status === 401) {
      const folder = arcFolder ??
        (isWindows
          ? `${read("PROGRAMDATA") || "C:\\ProgramData"}\\AzureConnectedMachineAgent\\Tokens\\`
          : "/var/opt/azcmagent/tokens/");
      const key = await readArcKey(reply.header("www-authenticate"), folder);
      reply = await requestFromPlatform(
        url,
        { headers: { ...identity.headers, authorization: `Basic ${key}` } },
        request,
      );
    }
    if (!isSuccess(reply)) throw refusal(identity, reply);
    return parseToken(identity, reply, refusedToken, clock.now());
  }, clock);
}

/**
 * Returns a credential for the managed identity that Azure gives this machine or service: App Service, Functions,
 * Container Apps, Automation, Azure Arc and Cloud Shell by the variables that they set; without those, a virtual machine
 * or AKS by the instance metadata service at 169.254.169.254. (The identity of an AKS pod is a federated token: see
 * {@link environmentCredential}.) It caches its tokens, and requests a new one five minutes before they expire. The
 * requests never leave the machine, and use no proxy.
 *
 * Azure itself keeps the tokens for up to 24 hours: a permission that is granted now can be missing in them that long.
 *
 * @example Use the identity of the machine
 * ```ts
 * import { managedIdentityCredential } from "@graph-admin/remove-profile-photo";
 *
 * const credential = managedIdentityCredential({ clientId: "11111111-1111-4111-8111-111111111111" });
 * // await removeProfilePhoto({ user: "alex@contoso.com" }, { credential });
 * ```
 *
 * @param options The client id of a user-assigned identity. Default: the system-assigned one.
 * @throws {CredentialError} If the environment cannot be read (`CredentialNotFound`), or describes a platform that is not
 * supported (`CredentialNotFound`) or with a value that cannot be used (`CredentialInvalid`). An identity that is not
 * assigned, or not there, is a `CredentialError` of `getToken()`.
 * @throws {TypeError} If the client id is invalid.
 * @see https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
 * @see https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
 * @see https://learn.microsoft.com/azure/azure-arc/servers/managed-identity-authentication
 */
export function managedIdentityCredential(options?: ManagedIdentityOptions): TokenCredential {
  return findManagedIdentity(readPermitted(readProcessEnv), options);
}
