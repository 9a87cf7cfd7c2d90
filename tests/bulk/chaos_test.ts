import { type Fault, retryWaits, sampleDirectory, startEmulator } from "../../lib/emulator/mod.ts";
import { removeProfilePhotos } from "../../mod.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { LOOPBACK, test } from "../support/test.ts";
import { collect, connect, keyOf, tally, userName, users } from "./support.ts";

/** Every so many users has no photo, and so many targets do not exist. */
const PHOTOLESS = 97;
const UNKNOWN = 20;

/** Throttling and losses; much of it after the request has taken effect. */
const THROTTLED: readonly Fault[] = [
  { kind: "status", on: "batch", status: 429, retryAfter: "1", rate: 0.01, times: 2 },
  { kind: "status", on: "batch", status: 503, rate: 0.02 },
  { kind: "drop", on: "batch", rate: 0.01 },
  { kind: "drop", on: "batch", rate: 0.01, applied: true },
  { kind: "stall", on: "batch", rate: 0.01, times: 3 },
  { kind: "stall", on: "batch", rate: 0.01, times: 3, applied: true },
  { kind: "malformed", on: "batch", rate: 0.01 },
  { kind: "malformed", on: "batch", rate: 0.01, as: "html" },
  { kind: "status", on: "item", status: 429, retryAfter: "1", rate: 0.01, timesEach: 1 },
  { kind: "status", on: "item", status: 429, retryAfter: "1", rate: 0.002, timesEach: 1, applied: true },
  { kind: "status", on: "item", status: 429, rate: 0.01, timesEach: 2 },
  { kind: "status", on: "item", status: 503, rate: 0.01, timesEach: 2, applied: true },
  { kind: "omit", on: "item", rate: 0.01, timesEach: 2 },
  { kind: "duplicate", on: "item", rate: 0.01 },
];

/** Answers that hide what was done. They would hide a Retry-After too, so that there is none. */
const HIDDEN: readonly Fault[] = [
  { kind: "status", on: "batch", status: 503, rate: 0.05, applied: true },
  { kind: "malformed", on: "batch", rate: 0.05, applied: true },
  { kind: "malformed", on: "batch", rate: 0.05, applied: true, as: "html" },
  { kind: "truncate", on: "batch", rate: 0.05 },
  { kind: "status", on: "item", status: 429, rate: 0.03, timesEach: 2, applied: true },
  { kind: "omit", on: "item", rate: 0.05, timesEach: 2 },
  { kind: "duplicate", on: "item", rate: 0.05 },
];

const MIXES = [
  { name: "throttling, losses and malformed answers", count: 20_000, faults: THROTTLED, waits: 100 },
  { name: "answers that hide what was done", count: 2000, faults: HIDDEN, waits: 0 },
];

for (const { name, count, faults, waits } of MIXES) {
  test(`removeProfilePhotos() brings ${count} targets through ${name}`, LOOPBACK, async () => {
    const directory = sampleDirectory({ users: count });
    const others = directory.photoCount - count;
    for (let number = PHOTOLESS; number <= count; number += PHOTOLESS) {
      directory.removePhoto(userName(number));
    }
    await using tenant = await startEmulator({ directory, seed: 20_250_101 });
    faults.forEach((fault) => tenant.fault(fault));
    const targets = users(count + UNKNOWN);

    const results = await collect(removeProfilePhotos(targets, {
      ...await connect(tenant),
      timeout: 1000,
      retry: { maxAttempts: 15, baseDelay: 2 },
    }));

    assertEquals(results.map(({ target }) => keyOf(target)).sort(), targets.map(keyOf).sort());
    assertEquals(directory.photoCount, others);
    const wrong = results.filter(({ target, outcome, code }) => {
      const number = parseInt((target as { user: string }).user.slice("user".length), 10);
      if (number > count) return code !== "TargetNotFound";
      // After an attempt that may have worked, "no photo" cannot be told from "removed"; the reverse never happens.
      const mayBeAbsent = number % PHOTOLESS === 0;
      return outcome !== "removed" && !(mayBeAbsent && outcome === "absent");
    });
    assertEquals(wrong, []);
    assertEquals(tally(results).failed, UNKNOWN);

    const asked = retryWaits(tenant.requests);
    assert(asked.length >= waits, `${asked.length} waits`);
    assertEquals(asked.filter(({ waitedMs, askedMs }) => waitedMs === null || waitedMs < askedMs), []);
  });
}
