import { CredentialError } from "../errors.ts";
import { type Clock, systemClock } from "../http/clock.ts";
import { isTransient, nextDelay, type RetryPolicy } from "../http/retry.ts";
import { redactor } from "../http/redact.ts";
import { bodyText, type Reply, send } from "../http/send.ts";
import { describeConnectionError, isUntrusted, TRUST_HINT } from "../http/connection_error.ts";
import type { EntraError } from "./entra_errors.ts";
import { type AccessToken, isAccessToken } from "./token_credential.ts";

/** A sign-in responds quickly or not at all, so it is retried less often than a Graph request. */
const RETRY_POLICY: RetryPolicy = { maxAttempts: 4, baseDelay: 500, maxDelay: 60_000 };

/** Default timeout of one attempt, in ms. */
const TIMEOUT = 30_000;

/** Tells Entra that this client can handle claims challenges (continuous access evaluation). */
const CLIENT_CAPABILITIES = { xms_cc: { values: ["cp1"] } };

/** Returns the `claims` parameter: the claims of a challenge, and this client's capabilities. */
function claimsParameter(challenge?: string): string {
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
}

/** Returns the token of a successful response (RFC 6749, section 5.1), or `undefined` if it has none. */
function parseToken(text: string, now: number): AccessToken | undefined {
  try {
    const { access_token: token, expires_in: seconds } = JSON.parse(text);
    const lifetime = Number(seconds);
    if (!isAccessToken(token) || !(lifetime > 0)) return undefined;
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
  options: { fetch: typeof fetch; signal?: AbortSignal; clock?: Clock; timeout?: number },
): Promise<AccessToken> {
  const { signal, clock = systemClock, timeout = TIMEOUT } = options;
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: request.clientId,
    scope: request.scope,
    claims: claimsParameter(request.claims),
    ...request.proof,
  });
  const { client_secret = "", client_assertion = "" } = request.proof;
  const redact = redactor([client_secret, client_assertion]);
  const who = `as app ${request.clientId} at ${request.tokenUrl}`;
  for (let attempt = 1;; attempt++) {
    const sentAt = clock.now();
    const reply = await send(request.tokenUrl, { method: "POST", body: form }, {
      fetch: options.fetch,
      timeout,
      signal,
    });
    const text = reply.kind === "response" ? bodyText(reply.body) : "";
    if (reply.kind === "response" && reply.status === 200) {
      const token = parseToken(text, sentAt);
      if (token) return token;
      throw new CredentialError(
        "SignInFailed",
        `Cannot sign in ${who}: the response contains no access token`,
        {
          hint: "Check the authority: a proxy may have answered instead of Entra.",
        },
      );
    }
    const { isTransientEntraError, parseEntraError, signInRefusedError } = await import("./entra_errors.ts");
    const entra = reply.kind === "response" ? parseEntraError(text, redact) : undefined;
    if (reply.kind === "response" && entra && !isTransient(reply) && !isTransientEntraError(entra)) {
      const isRedirect = reply.status >= 300 && reply.status < 400;
      throw isRedirect ? redirectError(who, reply.status) : signInRefusedError(who, reply.status, entra);
    }
    const wait = nextDelay(reply, attempt, RETRY_POLICY, clock);
    if (wait === "exhausted" || "tooLong" in wait) throw signInFailedError(who, reply, entra, wait);
    await clock.sleep(wait.delay, signal);
  }
}

function redirectError(who: string, status: number): CredentialError {
  return new CredentialError("SignInFailed", `Cannot sign in ${who}: it answered ${status}, a redirect`, {
    hint: "Redirects are not followed, because they would send the secret elsewhere. Check the authority.",
  });
}

/** Returns the error for a sign-in whose attempts are used up, or that would have to wait too long. */
function signInFailedError(
  who: string,
  reply: Reply,
  entra: EntraError | undefined,
  wait: "exhausted" | { tooLong: number },
): CredentialError {
  const what = reply.kind === "response"
    ? `The sign-in service answered ${reply.status}`
    : describeConnectionError(reply, "the sign-in service");
  const delay = wait === "exhausted" ? "" : ` and asks to wait ${Math.ceil(wait.tooLong / 1000)} s`;
  const lost = reply.kind === "disconnected";
  const id = entra?.correlationId ? ` (correlation id ${entra.correlationId})` : "";
  return new CredentialError("SignInFailed", `Cannot sign in ${who}: ${what}${delay}${id}`, {
    aadstsCodes: entra?.codes,
    correlationId: entra?.correlationId,
    hint: isUntrusted(reply)
      ? TRUST_HINT
      : lost
      ? "Check the network, the proxy settings and the authority."
      : "Try again later.",
    cause: lost ? reply.cause : undefined,
  });
}
