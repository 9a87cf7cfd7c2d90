import { type Clock, systemClock } from "../http/clock.ts";
import { orAborted } from "../http/or_aborted.ts";
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
/** How long a token that could not be renewed, and is still good, is handed out without another try, in ms. */
const PAUSE = 60_000;

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
    if (entry.token?.token === refusedToken) entry.token = undefined; // nor is it handed to anybody else
    const { token } = entry;
    const usable = token && clock.now() < token.expiresOnTimestamp && (!claims || claims === entry.claims);
    if (usable && clock.now() < entry.renewAt) return token;

    const current = entry.fetching?.controller.signal.aborted ? undefined : entry.fetching;
    const fetching = current && (!claims || claims === current.claims)
      ? current
      : startFetch(entry, { scope, authority, tenantId, claims });
    entry.fetching = fetching;
    fetching.waiting++;
    try {
      return await orAborted(fetching.promise, abortSignal);
    } catch (error) {
      if (abortSignal?.aborted || !usable || clock.now() >= token.expiresOnTimestamp) throw error;
      entry.renewAt = clock.now() + PAUSE;
      return token; // it could not be renewed yet, and still has some minutes
    } finally {
      if (--fetching.waiting === 0) fetching.controller.abort();
    }
  }
  return { getToken };
}
