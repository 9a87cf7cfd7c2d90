import { createRateLimiter, type RateLimiter } from "../../lib/emulator/fault/rate_limit.ts";
import type { RateLimit } from "../../lib/emulator/mod.ts";
import { createThrottle } from "../../lib/graph/throttle.ts";
import { assert } from "../deps/assert.ts";
import { fakeClock } from "../support/fake_clock.ts";

/** A server that throttles. */
export interface Server {
  /** Which requests it admits, from a time in ms on. */
  admits?: readonly (readonly [from: number, admission: RateLimit | undefined])[];
  /** The share that it throttles for reasons of its own. */
  sporadic?: number;
  /** How many requests of a batch it runs; it throttles the others. */
  perBatch?: number;
  /** How long an answer takes, in ms. */
  latency?: number;
}

/** What is sent: for so many seconds, or until so many requests are admitted. */
export interface Load {
  seconds?: number;
  count?: number;
}

/** What came of the requests of one second. */
export interface Second {
  admitted: number;
  throttled: number;
}

interface Flight extends Second {
  sentAt: number;
  answeredAt: number;
  retryAfter: number;
}

/** A random number as good as any, and the same at each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

const CONCURRENCY = 4;
const BATCH = 20;
/** How many requests are at hand, beside those that wait to be repeated. */
const AHEAD = 2 * CONCURRENCY * BATCH;
/** By how much answers differ, in ms: those to requests sent together come one after the other. */
const JITTER = 4;

/** Sends as the dispatcher does, by a clock that takes no time; gives what came of it in each second. */
export function simulate(server: Server, { seconds: length = 10_000, count = Infinity }: Load): Second[] {
  const { admits = [], sporadic = 0, perBatch = Infinity, latency = 50 } = server;
  const clock = fakeClock({ now: 0 });
  const random = seeded(1);
  const pace = createThrottle(clock, { concurrency: CONCURRENCY, batchSize: BATCH });
  const seconds: Second[] = [];
  const repeats = new Map<number, number>(); // how many, by when they may be sent again
  const changes = [...admits];
  let limiter: RateLimiter = () => undefined;
  let inFlight: Flight[] = [];
  let ready = 0;
  let fresh = count;
  let left = count;

  function send(size: number): void {
    assert(size >= 1 && size <= BATCH, `${size} requests in a batch`);
    const now = clock.now();
    const refusals = Array.from(
      { length: size },
      (_, at) => at >= perBatch || random() < sporadic ? { retryAfter: 1 } : limiter(now),
    ).filter((refusal) => refusal !== undefined);
    const throttled = refusals.length;
    const retryAfter = 1000 * Math.max(0, ...refusals.map(({ retryAfter }) => retryAfter));
    const answeredAt = now + latency + Math.floor(random() * JITTER);
    pace.onSent(size);
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

  for (; left > 0 && clock.now() < length * 1000; clock.advance(1)) {
    const now = clock.now();
    if (now % 1000 === 0) seconds.push({ admitted: 0, throttled: 0 });
    while (changes[0] && changes[0][0] <= now) {
      const [, admission] = changes.shift()!;
      limiter = admission ? createRateLimiter(admission) : () => undefined;
    }
    ready += repeats.get(now) ?? 0;
    inFlight.filter(({ answeredAt }) => answeredAt <= now).forEach(pace.onReplies);
    inFlight = inFlight.filter(({ answeredAt }) => answeredAt > now);
    for (let queued = ready + Math.min(AHEAD, fresh); inFlight.length < CONCURRENCY && queued > 0;) {
      if (pace.wait(queued) > 0) break;
      send(Math.min(queued, pace.maxBatch()));
      queued = ready + Math.min(AHEAD, fresh);
    }
  }
  return seconds;
}

/** The rate of some seconds, and the share of their requests that was wasted. */
export function sum(seconds: readonly Second[]): { rate: number; wasted: number } {
  const admitted = seconds.reduce((total, second) => total + second.admitted, 0);
  const throttled = seconds.reduce((total, second) => total + second.throttled, 0);
  return { rate: admitted / seconds.length, wasted: throttled / (admitted + throttled) };
}
