import { systemClock } from "../../lib/http/clock.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { rejection } from "../support/promises.ts";
import { test } from "../support/test.ts";

const HOUR = 3_600_000;

test("systemClock.sleep() waits no shorter than asked", "none", async () => {
  for (const ms of [0, 1, 20]) {
    const start = performance.now();
    await systemClock.sleep(ms);
    assert(performance.now() - start >= ms - 1, `${ms} ms`); // a timer counts whole ms
  }
});

test(
  "systemClock.sleep() rejects with the signal's reason at once, and leaves no timer",
  "none",
  async () => {
    for (const reason of [new Error("enough"), "enough", 0, null]) {
      const controller = new AbortController();
      const sleep = systemClock.sleep(HOUR, controller.signal);
      controller.abort(reason);
      assertEquals(await rejection(sleep), reason);
      assertEquals(await rejection(systemClock.sleep(HOUR, controller.signal)), reason);
    }
  },
);

test("systemClock.sleep() waits even where a timer would overflow", "none", async () => {
  for (const ms of [2 ** 31, 2 ** 40, Infinity]) {
    const controller = new AbortController();
    const sleep = systemClock.sleep(ms, controller.signal);
    const first = await Promise.race([sleep, systemClock.sleep(5).then(() => "still asleep")]);
    assertEquals(first, "still asleep", `${ms} ms`);
    controller.abort();
    await rejection(sleep);
  }
});

test("systemClock.sleep() takes its listener off the signal", "none", async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    listeners++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--;
    removeEventListener.apply(signal, args);
  };
  await systemClock.sleep(1, signal);
  assertEquals(listeners, 0);
});

test("systemClock tells the time and throws dice", "none", () => {
  assert(Math.abs(systemClock.now() - Date.now()) < 1000);
  const throws = Array.from({ length: 100 }, () => systemClock.random());
  assert(throws.every((value) => value >= 0 && value < 1));
  assert(new Set(throws).size > 1);
});
