import { isThrottled, isTransient, nextDelay, type RetryPolicy } from "../../lib/http/retry.ts";
import type { Reply } from "../../lib/http/send.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { NONE } from "../support/test.ts";

const POLICY: RetryPolicy = { maxAttempts: 5, baseDelay: 1000, maxDelay: 180_000 };
const LOST: Reply = { kind: "disconnected", cause: new Error("reset") };
const TIMED_OUT: Reply = { kind: "timedOut", timeout: 1000 };

function response(status: number, retryAfter?: string): Reply {
  return { kind: "response", status, header: () => retryAfter ?? null, body: new Uint8Array() };
}

Deno.test(
  "isTransient() is true of throttling, server errors, a bandwidth limit, and no response",
  NONE,
  () => {
    const retried = [408, 429, 500, 502, 503, 504, 509];
    for (let status = 200; status < 600; status++) {
      assertEquals(isTransient(response(status)), retried.includes(status), `${status}`);
      assertEquals(isThrottled(status), status === 429, `${status}`);
    }
    assert(isTransient(LOST));
    assert(isTransient(TIMED_OUT));
  },
);

Deno.test("nextDelay() obeys Retry-After in full, without jitter, up to the longest wait", NONE, () => {
  for (const random of [0, 0.5, 0.999]) {
    const clock = fakeClock({ random });
    const inTwoMinutes = new Date(clock.now() + 120_000).toUTCString();
    for (
      const [field, delay] of [["1", 1000], ["7", 7000], ["180", 180_000], [inTwoMinutes, 120_000]] as const
    ) {
      for (const attempts of [1, 4]) {
        assertEquals(nextDelay(response(429, field), attempts, POLICY, clock), { delay });
      }
    }
  }
});

Deno.test("nextDelay() does not shorten a Retry-After that is too long", NONE, () => {
  const clock = fakeClock();
  const tomorrow = new Date(clock.now() + 86_400_000).toUTCString();
  const rows = [["181", 181_000], ["99999999999999999999", 99999999999999999999000], [
    tomorrow,
    86_400_000,
  ]] as const;
  for (const [field, tooLong] of rows) {
    for (const attempts of [1, 5]) {
      assertEquals(nextDelay(response(503, field), attempts, POLICY, clock), { tooLong });
    }
  }
});

Deno.test("nextDelay() backs off with full jitter if Retry-After is missing, invalid or 0", NONE, () => {
  const replies = [
    ...[undefined, "0", "soon", "-1", "Thu, 01 Jan 1970 00:00:00 GMT"].map((field) => response(429, field)),
    LOST,
    TIMED_OUT,
  ];
  for (const reply of replies) {
    for (const [attempts, most] of [[1, 1000], [2, 2000], [3, 4000], [4, 8000]] as const) {
      for (const random of [0, 0.25, 0.5, 0.999]) {
        assertEquals(nextDelay(reply, attempts, POLICY, fakeClock({ random })), { delay: random * most });
      }
    }
  }
});

Deno.test("nextDelay() never backs off longer than the longest wait", NONE, () => {
  const clock = fakeClock({ random: 0.999 });
  const patient = { ...POLICY, maxAttempts: 10_000 };
  for (const attempts of [9, 30, 100, 2000, 9999]) {
    assertEquals(nextDelay(LOST, attempts, patient, clock), { delay: 0.999 * patient.maxDelay });
  }
});

Deno.test('nextDelay() is "exhausted" after the last attempt, and not before', NONE, () => {
  const clock = fakeClock();
  for (const reply of [response(429, "1"), response(503), LOST, TIMED_OUT]) {
    for (const maxAttempts of [1, 2, 5]) {
      const policy = { ...POLICY, maxAttempts };
      assertEquals(nextDelay(reply, maxAttempts, policy, clock), "exhausted");
      if (maxAttempts > 1) assert(nextDelay(reply, maxAttempts - 1, policy, clock) !== "exhausted");
    }
  }
});
