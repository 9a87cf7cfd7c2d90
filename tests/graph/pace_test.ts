import { createPace } from "../../lib/graph/pace.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";

/** How a server throttles. */
interface Server {
  /** Requests admitted a second, at the time in ms; more are throttled. */
  limit?: (now: number) => number;
  /** How it counts: by a bucket of a second's requests that fills steadily, or anew at each full second. */
  counts?: "bucket" | "seconds";
  /** The share that is throttled for reasons of its own. */
  sporadic?: number;
  /** Requests that it can do a second. */
  capacity: number;
}

/** A random number as good as any, and the same at each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

const LATENCY = 50;
const BATCH = 20;
const CONCURRENCY = 4;

/** Sends for so many seconds, as the dispatcher does; gives what came of it in each of them. */
function simulate(server: Server, seconds: number) {
  const { limit = () => Infinity, counts = "bucket", sporadic = 0, capacity } = server;
  const clock = fakeClock({ now: 0 });
  const random = seeded(1);
  const pace = createPace(clock);
  const latency = Math.max(LATENCY, CONCURRENCY * BATCH * 1000 / capacity);
  const perSecond = Array.from({ length: seconds }, () => ({ admitted: 0, throttled: 0 }));
  const inFlight: { at: number; admitted: number; throttled: number }[] = [];
  const bucket = { left: limit(0), at: 0 };
  const fill = () => {
    const now = clock.now();
    const full = limit(now);
    const isNew = Math.floor(now / 1000) > Math.floor(bucket.at / 1000);
    const more = counts === "bucket" ? (now - bucket.at) * full / 1000 : isNew ? full : 0;
    bucket.left = Math.min(full, now > bucket.at ? bucket.left + more : bucket.left);
    bucket.at = now;
  };

  const answer = (count: number) => {
    fill();
    let admitted = 0;
    for (let at = 0; at < count; at++) {
      if (bucket.left < 1 || random() < sporadic) continue;
      admitted++;
      bucket.left--;
    }
    const second = Math.floor(clock.now() / 1000);
    perSecond[second]!.admitted += admitted;
    perSecond[second]!.throttled += count - admitted;
    return { admitted, throttled: count - admitted };
  };

  for (; clock.now() < seconds * 1000; clock.advance(1)) {
    while (inFlight[0] && inFlight[0].at <= clock.now()) {
      const { admitted, throttled } = inFlight.shift()!;
      pace.note(admitted, throttled);
    }
    while (inFlight.length < CONCURRENCY) {
      const count = Math.min(BATCH, pace.burst());
      if (pace.take(count) > 0) break;
      inFlight.push({ at: clock.now() + latency, ...answer(count) });
    }
  }
  return perSecond;
}

function sum(seconds: ReturnType<typeof simulate>, from: number, to = seconds.length) {
  const span = seconds.slice(from, to);
  const admitted = span.reduce((total, second) => total + second.admitted, 0);
  const throttled = span.reduce((total, second) => total + second.throttled, 0);
  return { rate: admitted / span.length, wasted: throttled / (admitted + throttled) };
}

const WARM_UP = 15;

/** How a server counts, what it admits a second, and the share of requests that may be throttled then. */
const LIMITS: readonly (readonly [Server["counts"], limit: number, wasted: number])[] = [
  ["bucket", 30, 0.1],
  ["bucket", 100, 0.1],
  ["bucket", 300, 0.1],
  ["bucket", 1000, 0.1],
  ["seconds", 300, 0.1],
  ["seconds", 1000, 0.1],
  // Of few requests a second, each one too many is a large share.
  ["bucket", 5, 0.25],
  ["seconds", 5, 0.25],
  ["seconds", 30, 0.2],
  ["seconds", 100, 0.2],
  ["seconds", 1, 0.5],
];

for (const [counts, limit, most] of LIMITS) {
  test(
    `a pace reaches what a server admits, and wastes little: ${limit} a second, by ${counts}`,
    "none",
    () => {
      const { rate, wasted } = sum(simulate({ limit: () => limit, counts, capacity: 1600 }, 75), WARM_UP);
      assert(rate >= 0.95 * limit, `${rate.toFixed(1)} of ${limit} a second`);
      assert(wasted <= most, `${(100 * wasted).toFixed(1)} % were throttled`);
    },
  );
}

test("a pace without throttling is none", "none", () => {
  const { rate } = sum(simulate({ capacity: 1600 }, 10), 1);
  assertEquals(Math.round(rate / 10) * 10, 1600);
});

test("a pace is not slowed down by a few requests throttled for reasons of their own", "none", () => {
  const bare = sum(simulate({ capacity: 1600 }, 60), 0).rate;
  const { rate } = sum(simulate({ capacity: 1600, sporadic: 0.03 }, 60), 0);
  assert(rate >= 0.95 * 0.97 * bare, `${rate.toFixed(0)} of ${bare} a second`);
});

test("a pace reaches what a server admits even while a few are throttled anyhow", "none", () => {
  const { rate } = sum(simulate({ limit: () => 300, capacity: 1600, sporadic: 0.03 }, 75), WARM_UP);
  assert(rate >= 0.95 * 300 * 0.97, `${rate.toFixed(0)} of 300 a second`);
});

test("a pace recovers when the limit is lifted", "none", () => {
  const limit = (now: number) => now < 30_000 ? 50 : Infinity;
  const seconds = simulate({ limit, capacity: 1600 }, 90);
  assert(sum(seconds, WARM_UP, 30).rate >= 0.95 * 50);
  const { rate, wasted } = sum(seconds, 75);
  assert(rate >= 0.95 * 1600, `${rate.toFixed(0)} of 1600 a second, 45 s later`);
  assertEquals(wasted, 0);
});

test("a pace follows a limit that falls", "none", () => {
  const limit = (now: number) => now < 30_000 ? 500 : 100;
  const { rate, wasted } = sum(simulate({ limit, capacity: 1600 }, 120), 60);
  assert(rate >= 0.95 * 100, `${rate.toFixed(0)} of 100 a second`);
  assert(wasted <= 0.1, `${(100 * wasted).toFixed(1)} % were throttled`);
});

test("a pace goes on where everything is throttled, slowly", "none", () => {
  const seconds = simulate({ limit: () => 0, capacity: 1600 }, 60);
  const tried = seconds.slice(WARM_UP).reduce((total, { throttled }) => total + throttled, 0);
  assert(tried >= 20 && tried <= 120, `${tried} were sent in ${60 - WARM_UP} s`);
});
