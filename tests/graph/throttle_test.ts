import type { RateLimit } from "../../lib/emulator/mod.ts";
import { createThrottle, type Throttle } from "../../lib/graph/throttle.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { type FakeClock, fakeClock } from "../support/fake_clock.ts";
import { NONE } from "../support/test.ts";
import { type Second, simulate, sum } from "./throttle_simulation.ts";

/** The least share of the admitted rate that must be reached, and the largest share of requests that may be throttled. */
const REACHED = 0.95;
const WASTED = 0.1;

function assertRate(
  seconds: readonly Second[],
  perSecond: number,
  { reached = REACHED, wasted = WASTED } = {},
) {
  const sums = sum(seconds);
  assert(sums.rate >= reached * perSecond, `${sums.rate.toFixed(1)} of ${perSecond} a second`);
  assert(sums.wasted <= wasted, `${(100 * sums.wasted).toFixed(1)} % were throttled`);
}

/** Ways to throttle, the rates to try with each, and the latency in ms. */
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
  const server = JSON.stringify({ ...shape, latency });
  Deno.test(`a throttle reaches the rate admitted, and wastes little: ${server}`, NONE, () => {
    for (const perSecond of rates) {
      const limits = [[0, { ...shape, perSecond }]] as const;
      assertRate(simulate({ limits, latency }, { seconds: Math.max(60, 2000 / perSecond) }), perSecond);
    }
  });
}

Deno.test("a throttle reaches most of a rate whose window is as short as a round trip", NONE, () => {
  for (const perSecond of [5, 30]) {
    const server = { limits: [[0, { perSecond }]] as const, latency: 1000 };
    assertRate(simulate(server, { seconds: 120 }).slice(20), perSecond, { reached: 0.8 });
  }
});

/** How often the sender gets to run, in ms, and limits that can be reached all the same. */
const BUSY: readonly (readonly [turn: number, limit: RateLimit])[] = [
  [20, { perSecond: 400, window: "bucket" }],
  [40, { perSecond: 1000, window: "fixed" }],
  [100, { perSecond: 100, window: "sliding" }],
];

Deno.test("a throttle reaches the rate on a busy machine, where timers are late", NONE, () => {
  for (const [turn, limit] of BUSY) {
    assertRate(simulate({ limits: [[0, limit]], turn }, { seconds: 60 }), limit.perSecond, { wasted: 0.07 });
  }
});

Deno.test("a throttle wastes little in a short run, too", NONE, () => {
  for (const window of ["fixed", "sliding"] as const) {
    const seconds = simulate({ limits: [[0, { perSecond: 100, window }]] }, { count: 2000 });
    assertRate(seconds.slice(0, -1), 100); // the last is not full
  }
});

Deno.test("a throttle slows nothing down when nothing is throttled", NONE, () => {
  const { rate, wasted } = sum(simulate({}, { seconds: 10 }));
  assert(rate > 1480, `${rate.toFixed(0)} a second`); // four in flight, of 20 each, for 50 to 53 ms
  assertEquals(wasted, 0);
});

/** Requests a second without any limit. */
const UNLIMITED = sum(simulate({}, { seconds: 10 })).rate;

Deno.test("a throttle is not slowed down by requests that are throttled at random", NONE, () => {
  for (const random of [0.03, 0.1, 0.25]) {
    const { rate } = sum(simulate({ limits: [[0, undefined, random]] }, { seconds: 60 }).slice(10));
    assert(rate >= 0.95 * (1 - random) * UNLIMITED, `${rate.toFixed(0)} of ${UNLIMITED.toFixed(0)} a second`);
  }
});

Deno.test("a throttle is not slowed down by them after any number of limits either", NONE, () => {
  const random = 0.32;
  const rounds = [0, 1, 2];
  const limits = rounds.flatMap((round) =>
    [[round * 60_000, { perSecond: 50 }], [round * 60_000 + 20_000, undefined, random]] as const
  );
  const seconds = simulate({ limits }, { seconds: 60 * rounds.length });
  for (const round of rounds) {
    const { rate } = sum(seconds.slice(60 * round + 40, 60 * round + 60));
    assert(rate >= 0.95 * (1 - random) * UNLIMITED, `${rate.toFixed(0)} a second after limit ${round + 1}`);
  }
});

Deno.test("a throttle reaches much of a rate even while requests are throttled at random", NONE, () => {
  for (const [random, reached, wasted] of [[0.03, 0.95 * 0.97, WASTED], [0.1, 0.5, 0.11]] as const) {
    const seconds = simulate({ limits: [[0, { perSecond: 300 }, random]] }, { seconds: 90 }).slice(15);
    assertRate(seconds, 300, { reached, wasted });
  }
});

Deno.test("a throttle sends smaller batches to a server that runs only a part of each", NONE, () => {
  for (const perBatch of [15, 10]) {
    const { rate, wasted } = sum(simulate({ perBatch }, { seconds: 60 }).slice(10));
    const most = UNLIMITED * perBatch / 20;
    assert(rate >= 0.9 * most, `${rate.toFixed(0)} of ${most.toFixed(0)} a second`);
    assert(wasted <= 0.05, `${(100 * wasted).toFixed(1)} % were throttled`);
  }
});

/** Limits that change at 30 s, and after how many seconds the new rate must be reached. */
const CHANGES: readonly (readonly [before: number, after: number, soon: number])[] = [
  [500, 100, 5],
  [500, 300, 5],
  [400, 5, 15],
  [100, 400, 25],
];
for (const [before, after, soon] of CHANGES) {
  Deno.test(`a throttle follows a limit that changes from ${before} to ${after} a second`, NONE, () => {
    for (const window of ["fixed", "bucket"] as const) {
      const limits = [[0, { perSecond: before, window }], [30_000, { perSecond: after, window }]] as const;
      const seconds = simulate({ limits }, { seconds: 150 });
      assertRate(seconds.slice(5, 30), before);
      assertRate(seconds.slice(30 + soon), after);
    }
  });
}

Deno.test("a throttle recovers when a limit is lifted, and obeys the next one", NONE, () => {
  const limits = [[0, { perSecond: 50 }], [30_000, undefined], [120_000, { perSecond: 100 }]] as const;
  const seconds = simulate({ limits }, { seconds: 180 });
  const { rate, wasted } = sum(seconds.slice(60, 120));
  assert(rate >= 0.95 * UNLIMITED, `${rate.toFixed(0)} a second, 30 s later`);
  assertEquals(wasted, 0);
  assertRate(seconds.slice(125), 100);
});

Deno.test("a throttle speeds up soon after a start when hardly any were admitted", NONE, () => {
  const seconds = simulate({ limits: [[0, { perSecond: 1, seconds: 3 }], [3000, undefined]] }, {
    seconds: 30,
  });
  const { rate } = sum(seconds.slice(25));
  assert(rate >= 1000, `${rate.toFixed(0)} a second`);
});

Deno.test("a throttle keeps probing, slowly, while nothing is admitted", NONE, () => {
  const seconds = simulate({ perBatch: 0 }, { seconds: 60 });
  const tried = seconds.slice(1).map(({ throttled }) => throttled);
  assert(Math.max(...tried) <= 2 && Math.min(...tried) >= 0, tried.join());
  assert(sum(seconds).rate === 0 && tried.reduce((sum, count) => sum + count) >= 30, tried.join());
});

/** A throttle, its clock, and how to send a batch that is answered after some ms. */
function start(latency = 0): {
  clock: FakeClock;
  throttle: Throttle;
  send(replies: { admitted: number; throttled: number; retryAfter?: number }): void;
} {
  const clock = fakeClock();
  const throttle = createThrottle(clock, { concurrency: 4, batchSize: 20 });
  return {
    clock,
    throttle,
    send(replies) {
      const sentAt = clock.monotonicNow();
      throttle.onSent(replies.admitted + replies.throttled);
      clock.advance(latency);
      throttle.onReplies({ sentAt, ...replies });
    },
  };
}

Deno.test(
  "a throttle begins with the rate admitted until 20 more were throttled than tolerated",
  NONE,
  () => {
    const { throttle, send } = start(500);
    const half = { admitted: 10, throttled: 10 }; // 15 % of 20 are tolerated, so that 7 are too many
    for (const _ of [1, 2]) {
      send(half);
      assertEquals([throttle.wait(100), throttle.maxBatch()], [0, 20]);
    }
    send(half);
    assertEquals(throttle.wait(1), 1000 / 20); // 30 were admitted in 1.5 s
  },
);

Deno.test("a throttle gives up a limit when requests are throttled at half its rate, too", NONE, () => {
  const { throttle, send } = start(500);
  for (const _ of [1, 2]) send({ admitted: 20, throttled: 20 });
  assertEquals(throttle.wait(1), 1000 / 40); // 40 were admitted in 1 s
  let batches = 0;
  for (; throttle.maxBatch() < 20 && batches < 50; batches++) {
    send({ admitted: 5, throttled: 5 });
    throttle.wait(100);
  }
  // Each lowers the rate by about 5. After 5 it is less than half, but too few were throttled: it is restored once.
  assertEquals([batches, throttle.wait(100)], [9, 0]);
});

Deno.test("a throttle is unlimited after a start when nothing was admitted", NONE, () => {
  const { clock, throttle, send } = start();
  send({ admitted: 0, throttled: 20 });
  clock.advance(throttle.wait(100));
  send({ admitted: 1, throttled: 0 });
  assertEquals([throttle.wait(100), throttle.maxBatch()], [0, 20]);
});

Deno.test("a throttle probes every 500 ms, or less often when Retry-After is long", NONE, () => {
  const { clock, throttle, send } = start();
  const waits: number[] = [];
  for (const throttled of [20, 1, 1, 1]) {
    send({ admitted: 0, throttled, retryAfter: 60_000 });
    waits.push(throttle.wait(100));
    assertEquals(throttle.maxBatch(), 1);
    clock.advance(waits.at(-1)!);
  }
  assertEquals(waits, [500, 6000, 6000, 6000]);
});

Deno.test("a throttle probes again when the reply to a probe is lost", NONE, () => {
  const { clock, throttle, send } = start();
  send({ admitted: 0, throttled: 20 });
  clock.advance(throttle.wait(100));
  const sentAt = clock.monotonicNow();
  throttle.onSent(1);
  assertEquals(throttle.wait(100), Infinity);
  clock.advance(30_000);
  throttle.onReplies({ sentAt, admitted: 0, throttled: 0 });
  assertEquals(throttle.wait(100), 500);
});

Deno.test("a throttle sends a request a second even if hardly any were admitted", NONE, () => {
  const { clock, throttle, send } = start(60_000);
  send({ admitted: 1, throttled: 39 });
  clock.advance(throttle.wait(100));
  send({ admitted: 1, throttled: 0 });
  assertEquals(throttle.wait(1), 1000);
});

Deno.test("a throttle waits a finite time when all replies come within the same millisecond", NONE, () => {
  const { throttle, send } = start();
  for (let batch = 0; batch < 50; batch++) {
    send({ admitted: 15, throttled: 5 });
    assert(Number.isFinite(throttle.wait(100)), `after batch ${batch}`);
  }
});
