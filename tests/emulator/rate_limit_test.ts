import { createRateLimiter } from "../../lib/emulator/fault/rate_limit.ts";
import type { RateLimit } from "../../lib/emulator/mod.ts";
import { assertEquals, assertThrows } from "../deps/assert.ts";
import { NONE } from "../support/test.ts";
import { appClient, emulatorTest, sendBatch } from "./support.ts";

/** Limits, times in ms at which 5 requests arrive, and how many of them are accepted. */
const CASES: readonly (readonly [RateLimit, times: readonly number[], accepted: readonly number[]])[] = [
  [{ perSecond: 3 }, [0, 999, 1000, 1001, 2500], [3, 0, 3, 0, 3]],
  [{ perSecond: 3, window: "fixed" }, [900, 1000], [3, 3]],
  [{ perSecond: 0.4, seconds: 10 }, [0, 9999, 10_000], [4, 0, 4]],
  [{ perSecond: 3, window: "sliding" }, [900, 1000, 1899, 1900], [3, 0, 0, 3]],
  [{ perSecond: 3, window: "sliding", seconds: 2 }, [0, 500, 2000, 2500], [5, 1, 5, 1]],
  [{ perSecond: 2, window: "bucket" }, [0, 400, 500, 1000, 9000], [2, 0, 1, 1, 2]],
  [{ perSecond: 0.5, window: "bucket", seconds: 8 }, [0, 1000, 2000, 6000], [4, 0, 1, 2]],
];

for (const [limit, times, accepted] of CASES) {
  Deno.test(`createRateLimiter() accepts requests within ${JSON.stringify(limit)}`, NONE, () => {
    const limiter = createRateLimiter(limit);
    const counts = times.map((time) =>
      Array.from({ length: 5 }, () => limiter(time)).filter((excess) => !excess).length
    );
    assertEquals(counts, accepted);
  });
}

/** Limits, times in ms at which they are exceeded, and the `Retry-After` in seconds. */
const WAITS: readonly (readonly [RateLimit, time: number, retryAfter: number])[] = [
  [{ perSecond: 1 }, 200, 1],
  [{ perSecond: 1, seconds: 10 }, 2500, 8],
  [{ perSecond: 1, seconds: 10, retryAfter: 3 }, 2500, 3],
  [{ perSecond: 1, window: "sliding", seconds: 10 }, 0, 1],
  [{ perSecond: 1, window: "bucket", retryAfter: 60 }, 0, 60],
];

Deno.test("createRateLimiter() returns the rest of the window, or `retryAfter`", NONE, () => {
  for (const [limit, time, retryAfter] of WAITS) {
    const limiter = createRateLimiter(limit);
    const excess = Array.from({ length: 11 }, () => limiter(time)).at(-1);
    assertEquals(excess, { retryAfter }, JSON.stringify(limit));
  }
});

Deno.test("createRateLimiter() throws if the limit allows less than one request per window", NONE, () => {
  for (const perSecond of [0, -1, 0.5, NaN]) {
    assertThrows(() => createRateLimiter({ perSecond }), RangeError, "at least one request per window");
  }
});

const path = (user: string) => `/users/${user}@contoso.com/photo/$value`;

Deno.test(emulatorTest("`Emulator.setRateLimit()` counts batch items, not batches", async (emulator) => {
  const app = await appClient(emulator);
  emulator.setRateLimit({ perSecond: 0.1, seconds: 30, window: "sliding", retryAfter: 7 });
  assertEquals((await app("DELETE", path("alex"))).status, 200);
  const users = ["diego", "grady", "henrietta", "isaiah"];
  const requests = users.map((user, at) => ({ id: String(at), method: "DELETE", url: path(user) }));
  const batch = await sendBatch(app, requests);
  assertEquals(batch.status, 200);
  const responses =
    (batch.json.responses as { id: string; status: number; headers: Record<string, string> }[])
      .toSorted((a, b) => Number(a.id) - Number(b.id));
  assertEquals(responses.map(({ status }) => status), [200, 200, 429, 429]);
  assertEquals(responses.map(({ headers }) => headers["Retry-After"]), [undefined, undefined, "7", "7"]);
  const last = await app("DELETE", path("lynne"));
  assertEquals([last.status, last.headers.get("retry-after")], [429, "7"]);
  assertEquals([last.json.error.code, emulator.counts.throttled], ["TooManyRequests", 3]);
  assertEquals(users.map((user) => emulator.directory.hasPhoto(`${user}@contoso.com`)), [
    false,
    false,
    true,
    true,
  ]);
  emulator.setRateLimit();
  assertEquals((await app("DELETE", path("isaiah"))).status, 200);
}));
