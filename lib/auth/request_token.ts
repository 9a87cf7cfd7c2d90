import { CredentialError } from "../errors.ts";
import { type Clock, systemClock } from "../http/clock.ts";
import { isTransient, nextDelay, type RetryPolicy } from "../http/retry.ts";
import { redactor } from "../http/redact.ts";
import { bodyText, type Reply } from "../http/reply.ts";
import { send } from "../http/send.ts";
import { describeConnectionError, isUntrusted, TRUST_HINT } from "../http/connection_error.ts";
import type { EntraError } from "./entra_errors.ts";
import type { AccessToken } from "./token_credential.ts";

/** Sign-in is quick or broken: fewer and shorter waits than for a photo. */
const POLICY: RetryPolicy = { maxAttempts: 4, baseDelay: 500, maxDelay: 60_000 };
const TIMEOUT = 30_000;

/** What Entra asks of a client that can answer a claims challenge (continuous access evaluation). */
const CLIENT_CAPABILITIES = { xms_cc: { values: ["cp1"] } };

/** The `claims` parameter: those that a challenge demands, and what this client can do. */
function claimsParameter(challenge?: string): string {
  const demanded = challenge ? JSON.parse(challenge) : {};
  return JSON.stringify({ ...demanded, access_token: { ...demanded.access_token, ...CLIENT_CAPABILITIES } });
}

/** A token request (RFC 6749, section 4.4), with the client's proof of who it is as form fields. */
export interface ClientCredentialsRequest {
  tokenUrl: string;
  clientId: string;
  scope: string;
  claims?: string;
  proof: Record<string, string>;
}

/** The token in a successful answer (RFC 6749, section 5.1), or `undefined` where there is none. */
function parseToken(text: string, now: number): AccessToken | undefined {
  try {
    const { access_token: token, expires_in: seconds } = JSON.parse(text);
    const lifetime = Number(seconds);
    if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token) || !(lifetime > 0)) return undefined;
    return { token, expiresOnTimestamp: now + lifetime * 1000 };
  } catch {
    return undefined;
  }
}

/**
 * Requests an access token with client credentials, and again while that may help.
 *
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
      throw new CredentialError("SignInFailed", `Cannot sign in ${who}: the answer holds no access token`, {
        hint: "Check the authority: a proxy's page can look like this.",
      });
    }
    const { isTransientEntraError, parseEntraError, signInRefused } = await import("./entra_errors.ts");
    const entra = reply.kind === "response" ? parseEntraError(text, redact) : undefined;
    if (reply.kind === "response" && entra && !isTransient(reply) && !isTransientEntraError(entra)) {
      throw redirected(who, reply.status) ?? signInRefused(who, reply.status, entra);
    }
    const wait = nextDelay(reply, attempt, POLICY, clock);
    if (wait === "exhausted" || "tooLong" in wait) throw noToken(who, reply, entra, wait);
    await clock.sleep(wait.delay, signal);
  }
}

function redirected(who: string, status: number): CredentialError | undefined {
  if (status < 300 || status >= 400) return undefined;
  return new CredentialError("SignInFailed", `Cannot sign in ${who}: it answered ${status}, a redirect`, {
    hint: "Redirects are not followed, as the secret would travel along. Check the authority.",
  });
}

function noToken(
  who: string,
  reply: Reply,
  entra: EntraError | undefined,
  wait: "exhausted" | { tooLong: number },
): CredentialError {
  const what = reply.kind === "response"
    ? `The sign-in service answered ${reply.status}`
    : describeConnectionError(reply, "the sign-in service");
  const asked = wait === "exhausted" ? "" : ` and asks to wait ${Math.ceil(wait.tooLong / 1000)} s`;
  const lost = reply.kind === "disconnected";
  const id = entra?.correlationId ? ` (correlation id ${entra.correlationId})` : "";
  return new CredentialError("SignInFailed", `Cannot sign in ${who}: ${what}${asked}${id}`, {
    aadstsCodes: entra?.codes,
    correlationId: entra?.correlationId,
    hint: isUntrusted(reply)
      ? TRUST_HINT
      : lost
      ? "Check the network, a proxy, and the authority's address."
      : "Try again later.",
    cause: lost ? reply.cause : undefined,
  });
}
