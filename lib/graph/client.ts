import { accessTokenCredential } from "../auth/static_token.ts";
import { environmentCredential } from "../auth/environment_credential.ts";
import type { AccessToken, GetTokenOptions, TokenCredential } from "../auth/token_credential.ts";
import { type CloudEndpoints, type CloudName, resolveCloud } from "../cloud.ts";
import { CredentialError } from "../errors.ts";
import { type Clock, systemClock } from "../http/clock.ts";
import { orAborted } from "../http/or_aborted.ts";
import type { RetryOptions, RetryPolicy } from "../http/retry.ts";

/** Who asks Graph, which Graph, and how. */
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
  /** Milliseconds for each attempt, its answer's body included. Default: 30 000. */
  timeout?: number;
  /** How often to repeat what may succeed later. */
  retry?: RetryOptions;
  /** The `fetch` to use. Default: the global one. */
  fetch?: typeof fetch;
}

/** A token in place of one that Graph refused, and what Graph demanded of it. */
interface Renewal {
  demand: Pick<GetTokenOptions, "claims" | "refusedToken">;
  token: Promise<AccessToken>;
}

/** How long before its expiry such a token is asked for again, in ms. */
const RENEW_BEFORE = 60_000;

/** Checked options. */
export interface GraphClient {
  cloud: CloudEndpoints;
  credential: TokenCredential;
  signal?: AbortSignal;
  timeout: number;
  retry: RetryPolicy;
  fetch: typeof fetch;
  clock: Clock;
  /** The last token that took the place of a refused one. */
  renewal?: Renewal;
}

/**
 * A number that a caller gave, or the default.
 *
 * @throws {RangeError} If it is not a number within the bounds.
 */
export function parseNumberOption(
  name: string,
  value: number | undefined,
  bounds: { default: number; least: number; most?: number; integer?: boolean },
): number {
  const { least, most = Infinity, integer = false } = bounds;
  if (value === undefined) return bounds.default;
  if (typeof value === "number" && value >= least && value <= most && (!integer || Number.isInteger(value))) {
    return value;
  }
  const range = most === Infinity ? `${least} or more` : `from ${least} to ${most}`;
  throw new RangeError(
    `Cannot use ${name} as it must be a ${integer ? "whole " : ""}number, ${range}: current value is ${
      String(value)
    }`,
  );
}

function toCredential(options: GraphOptions): TokenCredential {
  const { credential, cloud, fetch } = options;
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
 * Checks the options.
 *
 * @throws {TypeError | RangeError} If one cannot be what it should be.
 * @throws {CredentialError} If the environment holds no credential and none is given.
 */
export function createGraphClient(options: GraphOptions, clock: Clock = systemClock): GraphClient {
  const { retry = {}, signal } = options;
  if (options.fetch !== undefined && typeof options.fetch !== "function") {
    throw new TypeError("Cannot use the fetch option as it must be a function");
  }
  return {
    cloud: resolveCloud(options.cloud ?? "global"),
    timeout: parseNumberOption("the timeout", options.timeout, {
      default: 30_000,
      least: 1,
      most: 2 ** 31 - 1,
    }),
    retry: {
      maxAttempts: parseNumberOption("retry.maxAttempts", retry.maxAttempts, {
        default: 5,
        least: 1,
        integer: true,
      }),
      baseDelay: parseNumberOption("retry.baseDelay", retry.baseDelay, { default: 1000, least: 0 }),
      maxDelay: parseNumberOption("retry.maxDelay", retry.maxDelay, { default: 180_000, least: 0 }),
    },
    credential: toCredential(options),
    fetch: options.fetch ?? fetch,
    signal,
    clock,
  };
}

async function askForToken(session: GraphClient, demand: Renewal["demand"] = {}): Promise<AccessToken> {
  const { cloud, credential, signal } = session;
  signal?.throwIfAborted();
  const ask = async () =>
    await credential.getToken(`${cloud.graph}/.default`, {
      abortSignal: signal,
      authority: cloud.authority,
      enableCae: true,
      ...demand,
    });
  const answer = await orAborted(ask(), signal).catch(async (cause: unknown) => {
    signal?.throwIfAborted();
    if (cause instanceof CredentialError) throw cause;
    const { credentialFailed } = await import("../auth/entra_errors.ts");
    throw credentialFailed(cause);
  });
  if (typeof answer?.token === "string" && /^[\x21-\x7e]+$/.test(answer.token)) return answer;
  throw new CredentialError("SignInFailed", "Cannot get a token as the credential returned none");
}

function renew(session: GraphClient, demand: Renewal["demand"]): Promise<AccessToken> {
  const renewal: Renewal = { demand, token: askForToken(session, demand) };
  session.renewal = renewal;
  renewal.token.catch(() => {}); // a failure is for all: to ask again might be sooner than the sign-in service allows
  return renewal.token;
}

/**
 * A token for the Graph in use.
 *
 * @throws {CredentialError} If there is none.
 */
export async function getToken(session: GraphClient): Promise<string> {
  const { renewal, clock } = session;
  if (!renewal) return (await askForToken(session)).token;
  const held = await renewal.token;
  const isGood = clock.now() < held.expiresOnTimestamp - RENEW_BEFORE;
  // A credential that does not cache by claims would ask Entra each time, so that the token is kept here.
  return isGood ? held.token : (await renew(session, renewal.demand)).token;
}

/**
 * A token in place of one that Graph refused; the same one where others had theirs refused too.
 *
 * @throws {CredentialError} If there is none.
 */
export async function renewToken(
  session: GraphClient,
  refusedToken: string,
  claims?: string,
): Promise<string> {
  const { renewal } = session;
  if (renewal && renewal.demand.refusedToken === refusedToken) return (await renewal.token).token;
  return (await renew(session, { claims, refusedToken })).token;
}
