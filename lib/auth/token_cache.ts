import { type Clock, systemClock } from "../http/clock.ts";
import type { AccessToken, GetTokenOptions, TokenCredential } from "./token_credential.ts";

/** What a token is fetched for. */
export interface TokenRequest {
  scope: string;
  authority?: string;
  tenantId?: string;
  claims?: string;
}

/** How long before its expiry a token is renewed, at most, in ms. */
const RENEW_BEFORE = 5 * 60_000;

interface Fetch {
  promise: Promise<AccessToken>;
  claims?: string;
  controller: AbortController;
  waiting: number;
}

interface Entry {
  token?: AccessToken;
  /** The claims challenge that the token met. */
  claims?: string;
  renewAt: number;
  fetching?: Fetch;
}

/** A promise's result, unless the signal aborts first. */
function orAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/**
 * A credential that keeps its tokens and renews them before they expire. Concurrent callers share one fetch, which
 * ends when the last of them has aborted.
 */
export function cachedCredential(
  fetchToken: (request: TokenRequest, signal: AbortSignal) => Promise<AccessToken>,
  clock: Clock = systemClock,
): TokenCredential {
  const entries = new Map<string, Entry>();

  function startFetch(entry: Entry, request: TokenRequest): Fetch {
    const controller = new AbortController();
    const promise = fetchToken(request, controller.signal).then((token) => {
      const lifetime = token.expiresOnTimestamp - clock.now();
      entry.token = token;
      entry.claims = request.claims;
      entry.renewAt = token.expiresOnTimestamp - Math.min(RENEW_BEFORE, lifetime / 2);
      return token;
    }).finally(() => {
      if (entry.fetching?.controller === controller) entry.fetching = undefined;
    });
    return { promise, claims: request.claims, controller, waiting: 0 };
  }

  async function getToken(scopes: string | string[], options: GetTokenOptions = {}): Promise<AccessToken> {
    const { authority, tenantId, claims, refusedToken, abortSignal } = options;
    abortSignal?.throwIfAborted();
    const scope = [scopes].flat().join(" ");
    const key = JSON.stringify([scope, authority, tenantId]);
    const entry = entries.get(key) ?? { renewAt: 0 };
    entries.set(key, entry);
    const { token } = entry;
    const usable = token && token.token !== refusedToken && clock.now() < token.expiresOnTimestamp &&
      (!claims || claims === entry.claims);
    if (usable && clock.now() < entry.renewAt) return token;

    const fetching = entry.fetching && (!claims || claims === entry.fetching.claims)
      ? entry.fetching
      : startFetch(entry, { scope, authority, tenantId, claims });
    entry.fetching = fetching;
    fetching.waiting++;
    try {
      return await orAborted(fetching.promise, abortSignal);
    } catch (error) {
      if (abortSignal?.aborted || !usable) throw error;
      return token; // it could not be renewed yet, and still has some minutes
    } finally {
      if (--fetching.waiting === 0) fetching.controller.abort();
    }
  }
  return { getToken };
}
