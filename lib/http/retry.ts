import { parseRetryAfter } from "./retry_after.ts";
import type { Clock } from "./clock.ts";
import { isUntrusted } from "./connection_error.ts";
import type { Reply } from "./reply.ts";

/** How often a request is repeated, and how long to wait between. */
export interface RetryOptions {
  /** Attempts in all, the first included. Default: 5. */
  maxAttempts?: number;
  /** The first back-off, in ms; it doubles with each attempt, with full jitter. Default: 1000. */
  baseDelay?: number;
  /**
   * The longest wait, in ms. A longer `Retry-After` is not shortened: the request fails with the wait in its
   * message. Default: 180 000.
   */
  maxDelay?: number;
}

/** A complete retry policy. */
export type RetryPolicy = Required<RetryOptions>;

/** Repeated: throttling, a server at fault, a bandwidth cap. */
const RETRIED = new Set([429, 500, 502, 503, 504, 509]);

/** Whether the same request may succeed later. */
export function isTransient(reply: Reply): boolean {
  return reply.kind !== "response" || RETRIED.has(reply.status);
}

/** Whether no attempt can do better: the runtime does not let it out (`--allow-net`), or does not trust who answers. */
function isPermanent(reply: Reply): boolean {
  const isForbidden = reply.kind === "disconnected" && reply.cause instanceof Error &&
    reply.cause.name === "NotCapable";
  return isForbidden || isUntrusted(reply);
}

/** The wait before the next attempt, or why there is none. */
export type Wait = { delay: number } | { tooLong: number } | "exhausted";

/**
 * How long to wait before repeating a request that got a transient reply. `Retry-After: 0` and none at all wait by
 * the back-off, as an immediate retry counts against the limit.
 *
 * @param attempts How often the request was sent so far.
 * @see https://learn.microsoft.com/graph/throttling
 */
export function nextDelay(reply: Reply, attempts: number, policy: RetryPolicy, clock: Clock): Wait {
  const asked = reply.kind === "response"
    ? parseRetryAfter(reply.header("retry-after"), clock.now())
    : undefined;
  if (asked !== undefined && asked > policy.maxDelay) return { tooLong: asked };
  if (attempts >= policy.maxAttempts || isPermanent(reply)) return "exhausted";
  if (asked) return { delay: asked };
  return { delay: clock.random() * Math.min(policy.maxDelay, policy.baseDelay * 2 ** (attempts - 1)) };
}
