import { createRateLimiter, type RateLimiter } from "../../lib/emulator/fault/rate_limit.ts";
import type { RateLimit } from "../../lib/emulator/mod.ts";
import { createThrottle, type ReplyCounts } from "../../lib/graph/throttle.ts";
import { assert } from "../deps/assert.ts";
import { fakeClock } from "../support/fake_clock.ts";

export interface Server {
  /** Its limits, each from a time in ms on; and the share of requests throttled at random. Default: none. */
  limits?: readonly (readonly [from: number, limit: RateLimit | undefined, random?: number])[];
  /** How many requests of a batch it runs; it throttles the others. Default: all. */
  perBatch?: number;
  /** How long a response takes, in ms. Default: 50. */
  latency?: number;
  /** How often the sender gets to run, in ms; on a busy machine, timers are late. Default: 1. */
  turn?: number;
}

/** When a simulation ends: after so many seconds, or once so many requests were admitted. */
export interface Load {
  seconds?: number;
  count?: number;
}

/** What became of the requests that were sent in one second. */
export interface Second {
  admitted: number;
  throttled: number;
}

interface Exchange extends Required<ReplyCounts> {
  answeredAt: number;
}

/** Returns a generator of random numbers that are the same in each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

const CONCURRENCY = 4;
const BATCH_SIZE = 20;
/** How many new requests are queued, besides those that are repeated. */
const QUEUED = 2 * CONCURRENCY * BATCH_SIZE;
/** By how much latencies differ, in ms. */
const JITTER = 4;

/** Sends requests as the dispatcher does, by a clock that takes no time. Returns what became of them, by second. */
export function simulate(server: Server, { seconds: length = 10_000, count = Infinity }: Load): Second[] {
  const { limits = [], perBatch = Infinity, latency = 50, turn = 1 } = server;
  const clock = fakeClock();
  const random = seeded(1);
  const throttle = createThrottle(clock, { concurrency: CONCURRENCY, batchSize: BATCH_SIZE });
  const seconds: Second[] = [];
  const repeats = new Map<number, number>(); // how many, by the time from which they may be repeated
  const changes = [...limits];
  let limiter: RateLimiter = () => undefined;
  let throttledAtRandom = 0;
  let inFlight: Exchange[] = [];
  let ready = 0;
  let fresh = count;
  let left = count;

  function send(size: number): void {
    assert(size >= 1 && size <= BATCH_SIZE, `${size} requests in a batch`);
    const now = clock.monotonicNow();
    const refusals = Array.from(
      { length: size },
      (_, at) => at >= perBatch || random() < throttledAtRandom ? { retryAfter: 1 } : limiter(now),
    ).filter((refusal) => refusal !== undefined);
    const throttled = refusals.length;
    const retryAfter = 1000 * Math.max(0, ...refusals.map(({ retryAfter }) => retryAfter));
    const answeredAt = now + latency + Math.floor(random() * JITTER);
    throttle.onSent(size);
    inFlight.push({ sentAt: now, answeredAt, admitted: size - throttled, throttled, retryAfter });
    seconds.at(-1)!.admitted += size - throttled;
    seconds.at(-1)!.throttled += throttled;
    fresh -= Math.max(0, size - ready);
    ready = Math.max(0, ready - size);
    left -= size - throttled;
    if (throttled > 0) {
      repeats.set(answeredAt + retryAfter, (repeats.get(answeredAt + retryAfter) ?? 0) + throttled);
    }
  }

  for (; left > 0 && clock.monotonicNow() < length * 1000; clock.advance(1)) {
    const now = clock.monotonicNow();
    if (now % 1000 === 0) seconds.push({ admitted: 0, throttled: 0 });
    while (changes[0] && changes[0][0] <= now) {
      const [, limit, share = 0] = changes.shift()!;
      limiter = limit ? createRateLimiter(limit) : () => undefined;
      throttledAtRandom = share;
    }
    ready += repeats.get(now) ?? 0;
    if (now % turn > 0) continue;
    inFlight.filter(({ answeredAt }) => answeredAt <= now).forEach(throttle.onReplies);
    inFlight = inFlight.filter(({ answeredAt }) => answeredAt > now);
    for (let queued = ready + Math.min(QUEUED, fresh); inFlight.length < CONCURRENCY && queued > 0;) {
      if (throttle.wait(queued) > 0) break;
      send(Math.min(queued, throttle.maxBatch()));
      queued = ready + Math.min(QUEUED, fresh);
    }
  }
  return seconds;
}

/** Returns the requests admitted a second, and the share of requests that was wasted. */
export function sum(seconds: readonly Second[]): { rate: number; wasted: number } {
  const admitted = seconds.reduce((total, second) => total + second.admitted, 0);
  const throttled = seconds.reduce((total, second) => total + second.throttled, 0);
  return { rate: admitted / seconds.length, wasted: throttled / (admitted + throttled) };
}
