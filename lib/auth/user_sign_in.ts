import {
  allowInsecureRequests,
  AuthorizationResponseError,
  type AuthorizationServer,
  type Client,
  clockTolerance,
  customFetch,
  getValidatedIdTokenClaims,
  None,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
  ResponseBodyError,
  type TokenEndpointResponse,
} from "../deps/oauth4webapi.ts";
import { CredentialError } from "../errors.ts";
import { type Clock, systemClock } from "../http/clock.ts";
import { redact, rememberSecret } from "../http/redact.ts";
import { bodyText } from "../http/send.ts";
import { type EntraError, isWebPage, parseEntraError, signInRefusedError } from "./entra_errors.ts";
import { claimsParameter, sendSignIn } from "./request_token.ts";
import { decodePayload } from "./token_claims.ts";
import { type AccessToken, isAccessToken } from "./token_credential.ts";

/** A person's sign-in: as which app, where, and for what. */
export interface UserSignIn {
  /** Root URL of the sign-in service. */
  authority: string;
  /** A tenant's id or domain, `organizations` or `consumers`. */
  tenantId: string;
  clientId: string;
  /** Separated by blanks. */
  scope: string;
  /** The claims of a challenge, as JSON. */
  claims?: string;
  fetch: typeof fetch;
  signal: AbortSignal;
  clock?: Clock;
}

/** What a sign-in results in. */
export interface Session {
  token: AccessToken;
  /** Absent if the service gave none. */
  refreshToken?: string;
  /** Whose it is. */
  account: Account;
}

/** The account that somebody signed in with. */
export interface Account {
  /** Issuer and subject: the same for each sign-in with one account. */
  key: string;
  /** To fill in when the person signs in again; `null` if unknown. */
  name: string | null;
}

/** The sign-in service as a public client sees it, and how to talk to it. */
export interface Service {
  server: AuthorizationServer;
  client: Client;
  /** A public client has nothing to prove who it is with. */
  authentication: ReturnType<typeof None>;
  /** Options of each request. */
  options: { [customFetch]: typeof fetch; [allowInsecureRequests]: boolean };
  /** Names app and service in errors. */
  who: string;
}

/** How far this machine's clock may be off, in s; the nonce tells an old ID token from a new one. */
const CLOCK_SKEW = 300;

const PUBLIC_CLIENT =
  'In the app registration, under Authentication, add the platform "Mobile and desktop applications" with ' +
  'http://localhost, and set "Allow public client flows" to Yes.';
const OTHER_ACCOUNT =
  "The account is not in this tenant: sign in with another one, or have it invited as a guest.";
const ADMIN_CONSENT =
  "An administrator must consent to the app's permissions: API permissions > Grant admin consent, or " +
  "az ad app permission admin-consent --id with the app's client id.";
const SIGN_IN_AGAIN = "The sign-in has expired or was revoked: sign in again.";

/** What to do about a code where a person signs in, and the AADSTS codes that it is about. */
export const USER_HINTS: Readonly<Record<number, string>> = Object.fromEntries(([
  [PUBLIC_CLIENT, 50011, 900971, 7000218, 700025, 9002327],
  [OTHER_ACCOUNT, 16000, 50020, 50034, 51004],
  [ADMIN_CONSENT, 65001, 90008, 90094],
  ["The permissions were declined: sign in again and accept them.", 65004],
  ["Use the client id of an app of your own, not one of Microsoft's.", 65002],
  ["The app belongs to one tenant: give that tenant's id or domain.", 50059, 50194],
  [SIGN_IN_AGAIN, 50089, 50173, 70008, 70043, 700082],
] as [string, ...number[]][]).flatMap(([hint, ...codes]) => codes.map((code) => [code, hint])));

/** Returns the error for a refusal, with what a person who signs in can do about it. */
const userSignInRefused = (
  who: string,
  status: number | null,
  error: EntraError,
  hints: Readonly<Record<number, string>> = {},
): CredentialError => signInRefusedError(who, status, error, { hints: { ...USER_HINTS, ...hints } });

/** Parses the fields of an error as oauth4webapi keeps them. */
export const entraErrorOf = ({ cause }: ResponseBodyError): EntraError =>
  parseEntraError(JSON.stringify(cause), redact);

/** Returns the error for whatever went wrong between this client and the service. */
export function toUserSignInError(
  error: unknown,
  who: string,
  hints?: Readonly<Record<number, string>>,
): unknown {
  if (error instanceof CredentialError) return error;
  if (error instanceof ResponseBodyError) {
    return userSignInRefused(who, error.status, entraErrorOf(error), hints);
  }
  if (error instanceof AuthorizationResponseError) {
    const fields = parseEntraError(JSON.stringify(Object.fromEntries(error.cause)), redact);
    if (fields.error === "access_denied" && fields.codes.length === 0) {
      return new CredentialError("SignInRefused", `Cannot sign in ${who}: the sign-in was canceled`, {
        hint: fields.description ?? "Sign in again, and accept the permissions.",
      });
    }
    return userSignInRefused(who, null, fields, hints);
  }
  const why = error instanceof Error ? error.message : String(error);
  return new CredentialError("SignInFailed", `Cannot sign in ${who}: the answer is not as expected: ${why}`, {
    hint: "Check the authority: this is not how Microsoft Entra answers.",
    cause: error,
  });
}

/** Returns a `fetch` with the retries and limits of every sign-in. */
function retryingFetch(who: string, { fetch, signal, clock }: UserSignIn): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const { method, headers, body } = init;
    const { response } = await sendSignIn(String(input), { method, headers, body }, who, {
      fetch,
      signal,
      clock,
    });
    if (isWebPage(response)) {
      throw signInRefusedError(who, response.status, parseEntraError(""), { isPage: true });
    }
    const text = bodyText(response.body);
    const type = response.header("content-type") ?? "application/json";
    return new Response(text === "" ? null : text, {
      status: response.status,
      headers: { "content-type": type },
    });
  };
}

/**
 * Finds out how the service names itself in ID tokens, which for `organizations` depends on the tenant.
 *
 * @returns The issuer, in which `{tenantid}` stands for a tenant.
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
 */
async function discoverIssuer(root: string, request: typeof fetch, who: string): Promise<string> {
  const response = await request(`${root}/v2.0/.well-known/openid-configuration`, {
    headers: { accept: "application/json" },
  });
  const text = await response.text();
  if (response.status !== 200) {
    throw userSignInRefused(who, response.status, parseEntraError(text, redact));
  }
  try {
    const { issuer } = JSON.parse(text);
    if (typeof issuer === "string" && issuer !== "") return issuer;
  } catch { /* below */ }
  throw new TypeError("the OpenID configuration names no issuer");
}

/** Prepares a sign-in: asks the service how it names itself. */
export async function openService(signIn: UserSignIn): Promise<Service> {
  const { authority, tenantId, clientId } = signIn;
  const root = `${authority}/${tenantId}`;
  const who = `to app ${clientId} at ${root}`;
  const request = retryingFetch(who, signIn);
  try {
    return {
      server: {
        issuer: await discoverIssuer(root, request, who),
        authorization_endpoint: `${root}/oauth2/v2.0/authorize`,
        token_endpoint: `${root}/oauth2/v2.0/token`,
        device_authorization_endpoint: `${root}/oauth2/v2.0/devicecode`,
      },
      client: { client_id: clientId, [clockTolerance]: CLOCK_SKEW },
      authentication: None(),
      options: { [customFetch]: request, [allowInsecureRequests]: authority.startsWith("http:") },
      who,
    };
  } catch (error) {
    signIn.signal.throwIfAborted();
    throw toUserSignInError(error, who);
  }
}

/** Returns the `claims` parameter, as an object. Personal accounts know none, as nothing evaluates their tokens. */
export const claimsOf = ({ claims, tenantId }: UserSignIn): Record<string, string> =>
  claims === undefined && tenantId.toLowerCase() === "consumers" ? {} : { claims: claimsParameter(claims) };

/** Returns the parameters of each request for a token. */
export const tokenParameters = (signIn: UserSignIn): Record<string, string> => ({
  scope: signIn.scope,
  ...claimsOf(signIn),
});

const GUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Fills in the tenant of an ID token where an issuer leaves it open. */
function completeIssuer(issuer: string, idToken: unknown): string {
  const tenant = typeof idToken === "string" ? decodePayload(idToken)?.tid : undefined;
  return typeof tenant === "string" && GUID.test(tenant) ? issuer.replace("{tenantid}", tenant) : issuer;
}

/**
 * Reads the tokens in a response of the token endpoint.
 *
 * @param process One of the functions of oauth4webapi, which checks the ID token: issuer, audience, time and nonce. Its
 * signature is not verified, as it comes from the token endpoint itself.
 * @throws {CredentialError} If it holds no token, or that of another account than `before`.
 * @see https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
 */
export async function readSession(
  { server, client, who }: Service,
  { clock = systemClock }: UserSignIn,
  response: Response,
  process: (
    server: AuthorizationServer,
    client: Client,
    response: Response,
  ) => Promise<TokenEndpointResponse>,
  before?: Session,
): Promise<Session> {
  const received = clock.now();
  const text = await response.text();
  let idToken: unknown;
  try {
    ({ id_token: idToken } = JSON.parse(text));
  } catch { /* `process` says what it is */ }
  const issuer = completeIssuer(server.issuer, idToken);
  const tokens = await process({ ...server, issuer }, client, new Response(text, response));
  const { access_token: token, refresh_token: refreshToken, expires_in: seconds } = tokens;
  rememberSecret(token);
  if (refreshToken) rememberSecret(refreshToken);
  if (!isAccessToken(token)) throw new TypeError("the response contains no access token");
  const claims = getValidatedIdTokenClaims(tokens);
  const account = claims
    ? {
      key: `${claims.iss} ${claims.sub}`,
      name: typeof claims.preferred_username === "string" ? claims.preferred_username : null,
    }
    : before?.account;
  if (!account) throw new TypeError("the response contains no ID token");
  if (before && account.key !== before.account.key) {
    const [was, is] = [before, { account }].map(({ account: { name } }) => name ?? "an account without name");
    throw new CredentialError("SignInRefused", `Cannot sign in ${who}: this is another account`, {
      hint: `The run began as ${was}, not as ${is}. Sign in with the first account.`,
    });
  }
  return {
    token: { token, expiresOnTimestamp: seconds === undefined ? Infinity : received + seconds * 1000 },
    refreshToken: refreshToken ?? before?.refreshToken,
    account,
  };
}

/** The errors of the token endpoint after which only the person can help. */
const NEEDS_PERSON: readonly string[] = [
  "invalid_grant",
  "interaction_required",
  "login_required",
  "consent_required",
];

/**
 * Renews a session by its refresh token.
 *
 * @returns `undefined` if the person has to sign in again.
 * @throws {CredentialError} If the service refuses for another reason, or could not be reached.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-6
 */
export async function refreshSession(signIn: UserSignIn, session: Session): Promise<Session | undefined> {
  const { refreshToken } = session;
  if (refreshToken === undefined) return undefined;
  const service = await openService(signIn);
  const { server, client, authentication, options } = service;
  try {
    const response = await refreshTokenGrantRequest(server, client, authentication, refreshToken, {
      ...options,
      additionalParameters: tokenParameters(signIn),
    });
    return await readSession(service, signIn, response, processRefreshTokenResponse, session);
  } catch (error) {
    signIn.signal.throwIfAborted();
    if (error instanceof ResponseBodyError && NEEDS_PERSON.includes(error.error)) return undefined;
    throw toUserSignInError(error, service.who);
  }
}
