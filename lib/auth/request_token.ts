import { CredentialError } from "../errors.ts";
import { type Clock, systemClock } from "../http/clock.ts";
import { isTransient, nextDelay, type RetryPolicy } from "../http/retry.ts";
import { redact, rememberSecret } from "../http/redact.ts";
import { bodyText, type HttpResponse, send } from "../http/send.ts";
import { type AccessToken, isAccessToken } from "./token_credential.ts";

/** A sign-in responds quickly or not at all, so it is retried less often than a Graph request. */
const RETRY_POLICY: RetryPolicy = { maxAttempts: 4, baseDelay: 500, maxDelay: 60_000 };

/** Default timeout of one attempt, in ms. */
const TIMEOUT = 30_000;

/** Tells Entra that this client can handle claims challenges (continuous access evaluation). */
const CLIENT_CAPABILITIES = { xms_cc: { values: ["cp1"] } };

/** How requests to the sign-in service are sent. */
export interface SignInOptions {
  fetch: typeof fetch;
  signal?: AbortSignal;
  clock?: Clock;
  /** Milliseconds for each attempt. */
  timeout?: number;
}

/**
 * Sends a request to the sign-in service. Transient failures are retried.
 *
 * @param who The app and the address, for errors, as in "as app x at y".
 * @returns The response, which may be a refusal, and when its request was sent.
 * @throws {CredentialError} If the service could not be reached (`SignInFailed`).
 */
export async function sendSignIn(
  url: string,
  init: RequestInit,
  who: string,
  { fetch, signal, clock = systemClock, timeout = TIMEOUT }: SignInOptions,
): Promise<{ response: HttpResponse; sentAt: number }> {
  for (let attempt = 1;; attempt++) {
    const sentAt = clock.now();
    const reply = await send(url, init, { fetch, timeout, signal });
    if (reply.kind === "response" && reply.status === 200) return { response: reply, sentAt };
    const errors = await import("./entra_errors.ts");
    const entra = reply.kind === "response"
      ? errors.parseEntraError(bodyText(reply.body), redact)
      : undefined;
    if (reply.kind === "response" && !isTransient(reply) && !errors.isTransientEntraError(entra!)) {
      return { response: reply, sentAt };
    }
    const wait = nextDelay(reply, attempt, RETRY_POLICY, clock);
    if (wait === "exhausted" || "tooLong" in wait) throw errors.signInFailedError(who, reply, entra, wait);
    await clock.sleep(wait.delay, signal);
  }
}

/** Returns the `claims` parameter: the claims of a challenge, and this client's capabilities. */
export function claimsParameter(challenge?: string): string {
  const claims = challenge ? JSON.parse(challenge) : {};
  return JSON.stringify({ ...claims, access_token: { ...claims.access_token, ...CLIENT_CAPABILITIES } });
}

/** A client credentials request (RFC 6749, section 4.4). */
export interface ClientCredentialsRequest {
  tokenUrl: string;
  clientId: string;
  scope: string;
  /** The claims of a challenge, as JSON. */
  claims?: string;
  /** The form fields that authenticate the client. */
  proof: Record<string, string>;
  /** What to do about an AADSTS code, by number, in place of the general hint. */
  hints?: Readonly<Record<number, string>>;
}

/** Returns the token of a successful response (RFC 6749, section 5.1), or `undefined` if it has none. */
function parseToken(text: string, now: number): AccessToken | undefined {
  try {
    const { access_token: token, expires_in: seconds } = JSON.parse(text);
    if (!isAccessToken(token)) return undefined;
    rememberSecret(token);
    if (seconds === undefined) return { token, expiresOnTimestamp: Infinity }; // it is only recommended
    const lifetime = Number(seconds);
    if (!(lifetime > 0)) return undefined;
    return { token, expiresOnTimestamp: now + lifetime * 1000 };
  } catch {
    return undefined;
  }
}

/**
 * Requests an access token with client credentials. Transient failures are retried.
 *
 * @throws {CredentialError} If Entra refused the sign-in (`SignInRefused`), or could not be reached
 * (`SignInFailed`).
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
export async function requestToken(
  request: ClientCredentialsRequest,
  options: SignInOptions,
): Promise<AccessToken> {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: request.clientId,
    scope: request.scope,
    claims: claimsParameter(request.claims),
    ...request.proof,
  });
  for (const secret of [request.proof.client_secret, request.proof.client_assertion]) {
    if (secret) rememberSecret(secret);
  }
  const who = `as app ${request.clientId} at ${request.tokenUrl}`;
  const { response, sentAt } = await sendSignIn(
    request.tokenUrl,
    { method: "POST", body: form },
    who,
    options,
  );
  if (response.status === 200) {
    const token = parseToken(bodyText(response.body), sentAt);
    if (token) return token;
    throw new CredentialError(
      "SignInFailed",
      `Cannot sign in ${who}: the response contains no access token`,
      {
        hint: "Check the authority: a proxy may have answered instead of Entra.",
      },
    );
  }
  const { isWebPage, parseEntraError, signInRefusedError } = await import("./entra_errors.ts");
  throw signInRefusedError(who, response.status, parseEntraError(bodyText(response.body), redact), {
    hints: request.hints,
    isPage: isWebPage(response),
  });
}
