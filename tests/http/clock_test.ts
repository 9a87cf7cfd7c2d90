import { orAborted, systemClock } from "../../lib/http/clock.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { rejection } from "../support/promises.ts";
import { NONE } from "../support/test.ts";

const HOUR = 3_600_000;

Deno.test("systemClock.sleep() waits no shorter than asked", NONE, async () => {
  for (const ms of [0, 1, 20]) {
    const start = performance.now();
    await systemClock.sleep(ms);
    assert(performance.now() - start >= ms - 1, `${ms} ms`); // a timer counts whole ms
  }
});

Deno.test("systemClock.sleep() rejects with the signal's reason and leaves no timer", NONE, async () => {
  for (const reason of [new Error("enough"), "enough", 0, null]) {
    const controller = new AbortController();
    const sleep = systemClock.sleep(HOUR, controller.signal);
    controller.abort(reason);
    assertEquals(await rejection(sleep), reason);
    assertEquals(await rejection(systemClock.sleep(HOUR, controller.signal)), reason);
  }
});

Deno.test("systemClock.sleep() waits even where a timer would overflow", NONE, async () => {
  for (const ms of [2 ** 31, 2 ** 40, Infinity]) {
    const controller = new AbortController();
    const sleep = systemClock.sleep(ms, controller.signal);
    const first = await Promise.race([sleep, systemClock.sleep(5).then(() => "still asleep")]);
    assertEquals(first, "still asleep", `${ms} ms`);
    controller.abort();
    await rejection(sleep);
  }
});

Deno.test("orAborted() gives what comes first: the promise's end, or the signal's reason", NONE, async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const never = new Promise<never>(() => {});
  assertEquals(await orAborted(Promise.resolve(1)), 1);
  assertEquals(await orAborted(Promise.resolve(1), signal), 1);
  assertEquals(await rejection(orAborted(Promise.reject("refused"), signal)), "refused");
  const waiting = orAborted(never, signal);
  controller.abort("enough");
  assertEquals(await rejection(waiting), "enough");
  for (const promise of [never, Promise.resolve(1), Promise.reject("refused")]) {
    assertEquals(await rejection(orAborted(promise, signal)), "enough");
  }
});

Deno.test("systemClock measures time whatever the time of day is set to", NONE, () => {
  const timeOfDay = Date.now;
  const before = systemClock.monotonicNow();
  try {
    Date.now = () => timeOfDay() - HOUR;
    const passed = systemClock.monotonicNow() - before;
    assert(passed >= 0 && passed < 1000 && Number.isInteger(passed), `${passed} ms`);
  } finally {
    Date.now = timeOfDay;
  }
});
