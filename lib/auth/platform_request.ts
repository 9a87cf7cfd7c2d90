import { type Clock, systemClock } from "../http/clock.ts";
import { parseRetryAfter } from "../http/retry_after.ts";
import { redact } from "../http/redact.ts";
import { isTransient, nextDelay, type RetryPolicy } from "../http/retry.ts";
import { bodyText, type Reply, send } from "../http/send.ts";

/** What a request to a platform's own endpoint needs, besides the request. */
export interface PlatformRequestOptions {
  fetch: typeof fetch;
  signal?: AbortSignal;
  clock?: Clock;
  /** The longest that one attempt may take, in ms. Default: 30,000. */
  timeout?: number;
  /**
   * Returns how long to wait before the next attempt after a response that is no success, in ms; `undefined` to end.
   * Default: as the sign-in service is retried.
   */
  waitFor?: (status: number, attempts: number) => number | undefined;
}

const POLICY: RetryPolicy = { maxAttempts: 4, baseDelay: 500, maxDelay: 60_000 };

/**
 * Sends a request to an endpoint of the platform that the process runs on. Repeats it after transient failures, and
 * obeys `Retry-After` up to a minute.
 *
 * @returns The last reply.
 */
export async function requestFromPlatform(
  url: string,
  init: RequestInit,
  { fetch, signal, clock = systemClock, timeout = 30_000, waitFor }: PlatformRequestOptions,
): Promise<Reply> {
  for (let attempts = 1;; attempts++) {
    const reply = await send(url, init, { fetch, timeout, signal });
    if (reply.kind === "response" && reply.status < 300) return reply;
    let delay: number | undefined;
    if (reply.kind === "response" && waitFor) {
      const wait = waitFor(reply.status, attempts);
      const asked = parseRetryAfter(reply.header("retry-after"), clock.now()) ?? 0;
      if (wait !== undefined && asked <= POLICY.maxDelay) delay = Math.max(wait, asked);
    } else if (isTransient(reply)) {
      const wait = nextDelay(reply, attempts, POLICY, clock);
      if (typeof wait === "object" && "delay" in wait) delay = wait.delay;
    }
    if (delay === undefined) return reply;
    await clock.sleep(delay, signal);
  }
}

/** Returns the members of a response that is a JSON object; none if it is anything else. */
export function jsonMembers(reply: Reply): Record<string, unknown> {
  if (reply.kind !== "response") return {};
  try {
    const value: unknown = JSON.parse(bodyText(reply.body));
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
  } catch {
    return {};
  }
}

/** How a service names its explanation of an error. */
const EXPLANATIONS = ["error_description", "message", "Message", "ExceptionMessage", "error"] as const;

/** Returns what a response says about an error, in one line; empty if it says nothing that can be read. */
export function explanationOf(reply: Reply): string {
  const members = jsonMembers(reply);
  const texts = EXPLANATIONS.map((name) => members[name]).filter((text) => typeof text === "string" && text);
  return redact(String(texts[0] ?? "")).replace(/\s+/g, " ").slice(0, 500);
}
