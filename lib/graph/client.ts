import { cachedCredential } from "../auth/cached_credential.ts";
import { environmentCredential } from "../auth/environment_credential.ts";
import { accessTokenCredential } from "../auth/static_token.ts";
import {
  type AccessToken,
  type GetTokenOptions,
  isAccessToken,
  type TokenCredential,
} from "../auth/token_credential.ts";
import { type CloudEndpoints, type CloudName, resolveCloud } from "../cloud.ts";
import { CredentialError } from "../errors.ts";
import { fetchDirectly } from "../host/deno.ts";
import { type Clock, orAborted, systemClock } from "../http/clock.ts";
import type { RetryOptions, RetryPolicy } from "../http/retry.ts";
import type { TargetKind } from "../target.ts";
import { createPhotoBudget, type PhotoBudget } from "./photo_budget.ts";
import { checkOptionNames, parseNumberOption } from "../check_options.ts";

/** Options of every operation: credential, cloud, timeout, retries. */
export interface GraphOptions {
  /**
   * Where tokens come from: a credential of this module or of `@azure/identity`, or a ready-made token.
   * Default: `environmentCredential()`.
   */
  credential?: TokenCredential | string;
  /** The cloud: "global", "usgov", "usgovdod", "china", or the roots of both services. Default: "global". */
  cloud?: CloudName | CloudEndpoints;
  /** Ends the work at once; its reason is thrown. */
  signal?: AbortSignal;
  /** Milliseconds for each attempt, including the response's body. Default: 30 000. */
  timeout?: number;
  /** How often to repeat what may succeed later. */
  retry?: RetryOptions;
  /** The `fetch` to use. Default: the global one. */
  fetch?: typeof fetch;
}

/** The names of {@link GraphOptions}. */
export const GRAPH_OPTIONS = [
  "credential",
  "cloud",
  "signal",
  "timeout",
  "retry",
  "fetch",
] as const satisfies readonly (keyof GraphOptions)[];

/** The replacement for a rejected token, and what it was requested with. */
interface Replacement {
  request: Pick<GetTokenOptions, "claims" | "refusedToken">;
  token: Promise<AccessToken>;
}

/**
 * How long before its expiry a replacement is requested again, in ms. The credential's own margin is longer, as it
 * can go on using a token that it failed to renew; here the token has to last for one attempt.
 */
const REPLACEMENT_MARGIN = 60_000;

/** Validated options plus the state of the connection. */
export interface GraphClient {
  cloud: CloudEndpoints;
  credential: TokenCredential;
  signal?: AbortSignal;
  timeout: number;
  retry: RetryPolicy;
  fetch: typeof fetch;
  clock: Clock;
  /** The last token that replaced a rejected one. */
  replacement?: Replacement;
  /** Ends the request that opens the connection. */
  opening: AbortController;
  /** How many replies came. */
  replyCount: number;
  /** The last reply, by its number, to a request that Graph accepted, and the token that it was sent with. */
  accepted?: { reply: number; token: string };
  /** The requests in flight. */
  inFlight: Set<Promise<unknown>>;
  /** Limits how much memory photos take. */
  photoBudget: PhotoBudget;
  /** For each kind of target, whether the token may read whether one exists; absent until that was asked. */
  mayReadTargets: Partial<Record<TargetKind, Promise<boolean>>>;
}

/**
 * Opens a connection that later requests to the host reuse, by a request whose response is ignored.
 *
 * @param signal Ends the request.
 */
function openConnection(url: string, signal: AbortSignal): void {
  if (signal.aborted) return;
  fetchDirectly(url, { method: "HEAD", redirect: "manual", signal })
    .then((response) => response.body?.cancel())
    .catch(() => {}); // a request that matters meets the same failure
}

/**
 * Asks a credential once while its token is good, and once for all who ask at the same time.
 *
 * @param whenRefused Called when the credential fails.
 */
function askOnce(
  credential: TokenCredential,
  clock: Clock,
  more: GetTokenOptions,
  whenRefused: () => void,
): TokenCredential {
  return cachedCredential(async ({ scope, authority, claims, refusedToken }, abortSignal) => {
    const options: GetTokenOptions = { abortSignal, authority, enableCae: true, ...more };
    if (refusedToken !== undefined) Object.assign(options, { claims, refusedToken });
    try {
      const token = await credential.getToken(scope, options);
      if (token && isAccessToken(token.token)) return token;
    } catch (error) {
      whenRefused();
      throw error;
    }
    throw new CredentialError("SignInFailed", "Cannot get a token as the credential returned none");
  }, clock);
}

function toCredential({ credential, cloud, fetch }: GraphOptions): TokenCredential {
  if (credential === undefined) {
    return environmentCredential({
      authority: typeof cloud === "object" ? cloud.authority : undefined,
      fetch,
    });
  }
  if (typeof credential === "string") return accessTokenCredential(() => credential, "the credential option");
  if (typeof credential?.getToken === "function") return credential;
  throw new TypeError("Cannot use the credential as it must be a token or an object with a getToken method");
}

/**
 * Validates the options, and makes what requests are sent with. Sends nothing.
 *
 * @throws {TypeError | RangeError} If an option has a wrong type or is out of its range.
 * @throws {CredentialError} If no credential is given and the environment has none.
 */
export function createGraphClient(
  options: GraphOptions,
  clock: Clock = systemClock,
  tokenOptions: GetTokenOptions = {},
): GraphClient {
  const { retry = {}, signal } = options;
  if (options.fetch !== undefined && typeof options.fetch !== "function") {
    throw new TypeError("Cannot use the fetch option as it must be a function");
  }
  checkOptionNames(retry, ["maxAttempts", "baseDelay", "maxDelay"] satisfies (keyof RetryOptions)[]);
  const number = parseNumberOption;
  const cloud = resolveCloud(options.cloud ?? "global");
  const opening = new AbortController();
  /** A caller's own fetch sees no request but those of the operation. */
  const onRequest = options.fetch ? undefined : () => openConnection(`${cloud.graph}/v1.0`, opening.signal);
  return {
    cloud,
    timeout: number("the timeout", options.timeout, { default: 30_000, least: 1, most: 2 ** 31 - 1 }),
    retry: {
      maxAttempts: number("retry.maxAttempts", retry.maxAttempts, { default: 5, least: 1, integer: true }),
      baseDelay: number("retry.baseDelay", retry.baseDelay, { default: 1000, least: 0 }),
      maxDelay: number("retry.maxDelay", retry.maxDelay, { default: 180_000, least: 0 }),
    },
    credential: askOnce(toCredential(options), clock, { onRequest, ...tokenOptions }, () => opening.abort()),
    opening,
    fetch: options.fetch ?? fetchDirectly,
    signal,
    clock,
    replyCount: 0,
    inFlight: new Set(),
    photoBudget: createPhotoBudget(),
    mayReadTargets: {},
  };
}

async function requestToken(
  { cloud, credential, signal }: Pick<GraphClient, "cloud" | "credential" | "signal">,
  request: Replacement["request"] = {},
): Promise<AccessToken> {
  signal?.throwIfAborted();
  const asking = credential.getToken(`${cloud.graph}/.default`, {
    abortSignal: signal,
    authority: cloud.authority,
    ...request,
  });
  const token = await orAborted(asking, signal).catch(async (cause: unknown) => {
    signal?.throwIfAborted();
    if (cause instanceof CredentialError) throw cause;
    const { toCredentialError } = await import("../auth/entra_errors.ts");
    throw toCredentialError(cause);
  });
  return token!; // `askOnce()` gives one, or throws
}

function startReplacement(client: GraphClient, request: Replacement["request"]): Promise<AccessToken> {
  const replacement: Replacement = { request, token: requestToken(client, request) };
  client.replacement = replacement;
  replacement.token.catch(() => {}); // all callers share the failure: retrying now could exceed Entra's limits
  return replacement.token;
}

/**
 * Returns a token for the Graph in use.
 *
 * @param stopSignal Ends the wait for a token, besides the client's own signal; its reason is thrown.
 * @throws {CredentialError} If there is none.
 */
export async function getToken(client: GraphClient, stopSignal?: AbortSignal): Promise<string> {
  const { replacement, clock } = client;
  if (!replacement) {
    const signals = [client.signal, stopSignal].filter((given) => given !== undefined);
    const signal = signals.length > 1 ? AbortSignal.any(signals) : signals[0];
    return (await requestToken({ ...client, signal })).token;
  }
  const { token, expiresOnTimestamp } = await replacement.token;
  if (clock.now() < expiresOnTimestamp - REPLACEMENT_MARGIN) return token;
  // Cached here, as a credential that ignores claims would request a token each time.
  return (await startReplacement(client, replacement.request)).token;
}

/**
 * Returns a token that replaces one that Graph rejected. Callers whose requests were rejected with the same token
 * share one replacement.
 *
 * @param claims What Graph demands of the new token, as JSON.
 * @throws {CredentialError} If there is none.
 */
export async function replaceToken(
  client: GraphClient,
  rejectedToken: string,
  claims?: string,
): Promise<string> {
  const { replacement } = client;
  if (replacement && replacement.request.refusedToken === rejectedToken) {
    return (await replacement.token).token;
  }
  return (await startReplacement(client, { claims, refusedToken: rejectedToken })).token;
}
