import type { RateLimit } from "../../lib/emulator/mod.ts";
import { createThrottle } from "../../lib/graph/throttle.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { test } from "../support/test.ts";
import { type Second, simulate, sum } from "./throttle_simulation.ts";

/** The share of the admitted rate that is reached at least, and of requests that is wasted at most. */
const REACHED = 0.95;
const WASTED = 0.1;

function assertPace(
  seconds: readonly Second[],
  perSecond: number,
  { reached = REACHED, wasted = WASTED } = {},
) {
  const sums = sum(seconds);
  assert(sums.rate >= reached * perSecond, `${sums.rate.toFixed(1)} of ${perSecond} a second`);
  assert(sums.wasted <= wasted, `${(100 * sums.wasted).toFixed(1)} % were throttled`);
}

/** Ways to throttle, and the rates for which each is tried. A run is of 2000 requests and of a minute at least. */
const SHAPES:
  readonly (readonly [Omit<RateLimit, "perSecond">, rates: readonly number[], latency?: number])[] = [
    [{ window: "fixed" }, [5, 30, 100, 400, 1000, 1300]],
    [{ window: "fixed", retryAfter: 10 }, [30, 400]],
    [{ window: "fixed" }, [5, 30, 100], 300],
    [{ window: "fixed", seconds: 10 }, [5, 30, 100, 400, 1000]],
    [{ window: "fixed", seconds: 10, retryAfter: 1 }, [30, 400]],
    [{ window: "sliding" }, [30, 100, 400, 1000, 1300]],
    [{ window: "sliding", seconds: 10, retryAfter: 10 }, [5, 100, 400]],
    [{ window: "bucket" }, [5, 30, 100, 400, 1000, 1300]],
    [{ window: "bucket", retryAfter: 10 }, [30, 400]],
    [{ window: "bucket" }, [5, 30, 100], 300],
    [{ window: "bucket", seconds: 10, retryAfter: 3 }, [5, 100, 400, 1000]],
  ];

for (const [shape, rates, latency] of SHAPES) {
  test(
    `a pace reaches what a server admits, and wastes little: ${JSON.stringify({ ...shape, latency })}`,
    "none",
    () => {
      for (const perSecond of rates) {
        const server = { admits: [[0, { ...shape, perSecond }]] as const, latency };
        assertPace(simulate(server, { seconds: Math.max(60, 2000 / perSecond) }), perSecond);
      }
    },
  );
}

test(
  "a pace reaches most of what a server admits whose window is about as long as a round trip",
  "none",
  () => {
    for (const perSecond of [5, 30]) {
      const server = { admits: [[0, { perSecond }]] as const, latency: 1000 };
      assertPace(simulate(server, { seconds: 120 }).slice(20), perSecond, { reached: 0.8 });
    }
  },
);

test("a pace wastes little in a short run too", "none", () => {
  for (const window of ["fixed", "sliding"] as const) {
    const seconds = simulate({ admits: [[0, { perSecond: 100, window }]] }, { count: 2000 });
    assertPace(seconds.slice(0, -1), 100); // in the last, there is not enough to send
  }
});

test("a pace without throttling is none", "none", () => {
  const { rate, wasted } = sum(simulate({}, { seconds: 10 }));
  assert(rate > 1480, `${rate.toFixed(0)} a second`); // four in flight, of 20 each, for 50 to 53 ms
  assertEquals(wasted, 0);
});

test("a pace is not slowed down by requests throttled for reasons of their own", "none", () => {
  const bare = sum(simulate({}, { seconds: 60 })).rate;
  for (const sporadic of [0.03, 0.1, 0.25]) {
    const { rate } = sum(simulate({ sporadic }, { seconds: 60 }).slice(10));
    assert(rate >= 0.95 * (1 - sporadic) * bare, `${rate.toFixed(0)} of ${bare.toFixed(0)} a second`);
  }
});

test("a pace reaches what a server admits even while a few are throttled anyhow", "none", () => {
  const seconds = simulate({ admits: [[0, { perSecond: 300 }]], sporadic: 0.03 }, { seconds: 75 }).slice(15);
  assertPace(seconds, 300, { reached: 0.95 * 0.97 });
});

test("a pace sends smaller batches where a server runs only a part of each", "none", () => {
  for (const perBatch of [15, 10]) {
    const { rate, wasted } = sum(simulate({ perBatch }, { seconds: 60 }).slice(10));
    const most = sum(simulate({}, { seconds: 10 })).rate * perBatch / 20;
    assert(rate >= 0.9 * most, `${rate.toFixed(0)} of ${most.toFixed(0)} a second`);
    assert(wasted <= 0.05, `${(100 * wasted).toFixed(1)} % were throttled`);
  }
});

/** Limits that change at 30 s, and how many seconds later the pace is right again. */
const CHANGES: readonly (readonly [before: number, after: number, soon: number])[] = [
  [500, 100, 5],
  [500, 300, 5],
  [400, 5, 15],
  [100, 400, 25],
];
for (const [before, after, soon] of CHANGES) {
  test(`a pace follows a limit that changes from ${before} to ${after} a second`, "none", () => {
    for (const window of ["fixed", "bucket"] as const) {
      const admits = [[0, { perSecond: before, window }], [30_000, { perSecond: after, window }]] as const;
      const seconds = simulate({ admits }, { seconds: 150 });
      assertPace(seconds.slice(5, 30), before);
      assertPace(seconds.slice(30 + soon), after);
    }
  });
}

test("a pace recovers when a limit is lifted, and is held back by the next one", "none", () => {
  const admits = [[0, { perSecond: 50 }], [30_000, undefined], [120_000, { perSecond: 100 }]] as const;
  const seconds = simulate({ admits }, { seconds: 180 });
  const { rate, wasted } = sum(seconds.slice(60, 120));
  assert(rate >= 0.95 * sum(simulate({}, { seconds: 10 })).rate, `${rate.toFixed(0)} a second, 30 s later`);
  assertEquals(wasted, 0);
  assertPace(seconds.slice(125), 100);
});

test("a pace is free again after a start where nothing was admitted", "none", () => {
  const clock = fakeClock({ now: 0 });
  const pace = createThrottle(clock, { concurrency: 4, batchSize: 20 });
  pace.onSent(20);
  pace.onReplies({ sentAt: 0, admitted: 0, throttled: 20 });
  clock.advance(pace.wait(100));
  pace.onSent(1);
  pace.onReplies({ sentAt: clock.now(), admitted: 1, throttled: 0 });
  assertEquals([pace.wait(100), pace.maxBatch()], [0, 20]);
});

test("a pace rises soon after a start where hardly any was admitted", "none", () => {
  const seconds = simulate({ admits: [[0, { perSecond: 1, seconds: 3 }], [3000, undefined]] }, {
    seconds: 30,
  });
  const { rate } = sum(seconds.slice(25));
  assert(rate >= 1000, `${rate.toFixed(0)} a second`);
});

test("a pace goes on where nothing is admitted, slowly", "none", () => {
  const seconds = simulate({ perBatch: 0 }, { seconds: 60 });
  const tried = seconds.slice(1).map(({ throttled }) => throttled);
  assert(Math.max(...tried) <= 2 && Math.min(...tried) >= 0, tried.join());
  assert(sum(seconds).rate === 0 && tried.reduce((sum, count) => sum + count) >= 30, tried.join());
});

test("a pace looks less often where it is asked to wait longer", "none", () => {
  const clock = fakeClock({ now: 0 });
  const pace = createThrottle(clock, { concurrency: 4, batchSize: 20 });
  const looks: number[] = [];
  const throttle = (throttled: number) => {
    pace.onSent(throttled);
    pace.onReplies({ sentAt: clock.now(), admitted: 0, throttled, retryAfter: 60_000 });
    looks.push(pace.wait(100));
    clock.advance(looks.at(-1)!);
  };
  throttle(20);
  for (let look = 0; look < 3; look++) {
    assertEquals(pace.maxBatch(), 1);
    throttle(1);
  }
  assertEquals(looks, [500, 6000, 6000, 6000]);
});

test("a pace looks again when the answer to a look is lost", "none", () => {
  const clock = fakeClock({ now: 0 });
  const pace = createThrottle(clock, { concurrency: 4, batchSize: 20 });
  pace.onSent(20);
  pace.onReplies({ sentAt: 0, admitted: 0, throttled: 20 });
  clock.advance(pace.wait(100));
  pace.onSent(1);
  assertEquals(pace.wait(100), Infinity);
  clock.advance(30_000);
  pace.onReplies({ sentAt: clock.now() - 30_000, admitted: 0, throttled: 0 });
  assert(pace.wait(100) <= 1000);
});

test("a pace waits a finite time where all answers come within the same millisecond", "none", () => {
  const pace = createThrottle(fakeClock({ now: 0 }), { concurrency: 4, batchSize: 20 });
  for (let batch = 0; batch < 50; batch++) {
    pace.onSent(20);
    pace.onReplies({ sentAt: 0, admitted: 15, throttled: 5 });
    assert(Number.isFinite(pace.wait(100)), `after batch ${batch}`);
  }
});
