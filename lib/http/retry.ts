import { parseRetryAfter } from "./retry_after.ts";
import type { Clock } from "./clock.ts";
import { isUntrusted } from "./connection_error.ts";
import type { Reply } from "./send.ts";

/** How often a request is repeated, and how long to wait before each repetition. */
export interface RetryOptions {
  /** The most attempts, including the first. Default: 5. */
  maxAttempts?: number;
  /** The first back-off, in ms; it doubles with each attempt, with full jitter. Default: 1000. */
  baseDelay?: number;
  /**
   * The longest wait, in ms. A longer `Retry-After` is not shortened: the request fails with the wait in its
   * message. Default: 180 000.
   */
  maxDelay?: number;
}

/** Retry options with all defaults filled in. */
export type RetryPolicy = Required<RetryOptions>;

/** Statuses after which the same request may succeed later: time-outs, throttling, server errors, a bandwidth limit. */
const RETRIED_STATUSES = [408, 429, 500, 502, 503, 504, 509] as const;

/** One of `RETRIED_STATUSES`. */
export type RetriedStatus = typeof RETRIED_STATUSES[number];

/** Returns the status if it is one of `RETRIED_STATUSES`, otherwise `undefined`. */
export function retriedStatus(status: number): RetriedStatus | undefined {
  return RETRIED_STATUSES.find((retried) => retried === status);
}

/** Whether a status says that the request was refused because there were too many. */
export function isThrottled(status: number | null): boolean {
  return status === 429;
}

/** Whether the same request may succeed later. */
export function isTransient(reply: Reply): boolean {
  return reply.kind !== "response" || retriedStatus(reply.status) !== undefined;
}

/** Whether retrying is pointless: no network permission (`--allow-net`), or an untrusted certificate. */
function isPermanent(reply: Reply): boolean {
  const isForbidden = reply.kind === "disconnected" && reply.cause instanceof Error &&
    reply.cause.name === "NotCapable";
  return isForbidden || isUntrusted(reply);
}

/**
 * The wait before the next attempt, in ms; or why there is none: the server asks for a longer wait than allowed
 * (`tooLong`, in ms), or no attempt is left that could succeed.
 */
export type Wait = { delay: number } | { tooLong: number } | "exhausted";

/**
 * Returns how long to wait before repeating a request that got a transient reply. `Retry-After: 0` is treated as
 * absent, because an immediate retry counts against the limit.
 *
 * @param attempts How often the request was sent so far.
 * @see https://learn.microsoft.com/graph/throttling
 */
export function nextDelay(reply: Reply, attempts: number, policy: RetryPolicy, clock: Clock): Wait {
  const requested = reply.kind === "response"
    ? parseRetryAfter(reply.header("retry-after"), clock.now())
    : undefined;
  if (requested !== undefined && requested > policy.maxDelay) return { tooLong: requested };
  if (attempts >= policy.maxAttempts || isPermanent(reply)) return "exhausted";
  if (requested) return { delay: requested };
  return { delay: clock.random() * Math.min(policy.maxDelay, policy.baseDelay * 2 ** (attempts - 1)) };
}
