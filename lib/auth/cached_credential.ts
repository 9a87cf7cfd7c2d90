import { type Clock, systemClock } from "../http/clock.ts";
import { orAborted } from "../http/clock.ts";
import type { AccessToken, GetTokenOptions, TokenCredential } from "./token_credential.ts";

/** What a token is requested for. */
export interface TokenRequest {
  scope: string;
  authority?: string;
  tenantId?: string;
  claims?: string;
  /** A token that was rejected, and must not be returned again. */
  refusedToken?: string;
  /** To call when the request is sent. */
  onRequest?: () => void;
}

/**
 * How long before its expiry a token is renewed, in ms; at most half its lifetime. Long enough to
 * survive a short outage of the sign-in service. The Graph client, which keeps replacements of rejected
 * tokens, must use a shorter margin: otherwise it would ask for a renewal while this cache still
 * returns the same token.
 */
const RENEWAL_MARGIN = 5 * 60_000;

/** How long a still valid token is returned after its renewal failed, before the next attempt, in ms. */
const RENEWAL_RETRY_INTERVAL = 60_000;

/** A token request in flight, and how many callers wait for it. */
interface PendingRequest {
  promise: Promise<AccessToken>;
  claims?: string;
  controller: AbortController;
  callers: number;
  isDone: boolean;
}

interface CacheEntry {
  token?: AccessToken;
  /** The claims challenge that the token was requested with. */
  claims?: string;
  renewAt: number;
  pending?: PendingRequest;
}

/**
 * Returns a credential that caches tokens and renews them before they expire. Concurrent callers share
 * one request, which is aborted once all of them have aborted.
 */
export function cachedCredential(
  requestToken: (request: TokenRequest, signal: AbortSignal) => Promise<AccessToken>,
  clock: Clock = systemClock,
): TokenCredential {
  const entries = new Map<string, CacheEntry>();

  function startRequest(entry: CacheEntry, request: TokenRequest): PendingRequest {
    const controller = new AbortController();
    const promise = requestToken(request, controller.signal).then((token) => {
      const lifetime = token.expiresOnTimestamp - clock.now();
      entry.token = token;
      entry.claims = request.claims;
      entry.renewAt = token.expiresOnTimestamp - Math.min(RENEWAL_MARGIN, lifetime / 2);
      return token;
    }).finally(() => {
      if (entry.pending === pending) entry.pending = undefined;
      pending.isDone = true;
    });
    const pending: PendingRequest = {
      promise,
      claims: request.claims,
      controller,
      callers: 0,
      isDone: false,
    };
    return pending;
  }

  async function getToken(scopes: string | string[], options: GetTokenOptions = {}): Promise<AccessToken> {
    const { authority, tenantId, claims, refusedToken, onRequest, abortSignal } = options;
    abortSignal?.throwIfAborted();
    const scope = [scopes].flat().join(" ");
    const key = JSON.stringify([scope, authority, tenantId]);
    const entry = entries.get(key) ?? { renewAt: 0 };
    entries.set(key, entry);
    if (entry.token?.token === refusedToken) entry.token = undefined; // nobody gets it again
    const { token } = entry;
    const isUsable = token && clock.now() < token.expiresOnTimestamp && (!claims || claims === entry.claims);
    if (isUsable && clock.now() < entry.renewAt) return token;

    const current = entry.pending?.controller.signal.aborted ? undefined : entry.pending;
    const pending = current && (!claims || claims === current.claims)
      ? current
      : startRequest(entry, { scope, authority, tenantId, claims, refusedToken, onRequest });
    entry.pending = pending;
    pending.callers++;
    try {
      return await orAborted(pending.promise, abortSignal);
    } catch (error) {
      if (abortSignal?.aborted || !isUsable || clock.now() >= token.expiresOnTimestamp) throw error;
      entry.renewAt = clock.now() + RENEWAL_RETRY_INTERVAL;
      return token; // still valid for a few minutes
    } finally {
      if (--pending.callers === 0 && !pending.isDone) pending.controller.abort();
    }
  }
  return { getToken };
}
