import { createLimiter } from "../../lib/emulator/fault/admission.ts";
import type { Admission } from "../../lib/emulator/mod.ts";
import { assertEquals, assertThrows } from "../deps/assert.ts";
import { appClient, emulatorTest, pureTest, sendBatch } from "./support.ts";

/** Admissions, times in ms at which 5 requests come, and how many of them are admitted. */
const CASES: readonly (readonly [Admission, times: readonly number[], admitted: readonly number[]])[] = [
  [{ perSecond: 3 }, [0, 999, 1000, 1001, 2500], [3, 0, 3, 0, 3]],
  [{ perSecond: 3, window: "fixed" }, [900, 1000], [3, 3]],
  [{ perSecond: 0.4, seconds: 10 }, [0, 9999, 10_000], [4, 0, 4]],
  [{ perSecond: 3, window: "sliding" }, [900, 1000, 1899, 1900], [3, 0, 0, 3]],
  [{ perSecond: 3, window: "sliding", seconds: 2 }, [0, 500, 2000, 2500], [5, 1, 5, 1]],
  [{ perSecond: 2, window: "bucket" }, [0, 400, 500, 1000, 9000], [2, 0, 1, 1, 2]],
  [{ perSecond: 0.5, window: "bucket", seconds: 8 }, [0, 1000, 2000, 6000], [4, 0, 1, 2]],
];

for (const [admission, times, admitted] of CASES) {
  pureTest(`createLimiter() counts as it is told to: ${JSON.stringify(admission)}`, () => {
    const limiter = createLimiter(admission);
    const counts = times.map((time) =>
      Array.from({ length: 5 }, () => limiter(time)).filter((no) => !no).length
    );
    assertEquals(counts, admitted);
  });
}

/** What is to be waited, in s, by the time in ms at which a request is one too many. */
const WAITS: readonly (readonly [Admission, time: number, wait: number])[] = [
  [{ perSecond: 1 }, 200, 1],
  [{ perSecond: 1, seconds: 10 }, 2500, 8],
  [{ perSecond: 1, seconds: 10, retryAfter: 3 }, 2500, 3],
  [{ perSecond: 1, window: "sliding", seconds: 10 }, 0, 1],
  [{ perSecond: 1, window: "bucket", retryAfter: 60 }, 0, 60],
];

pureTest(
  "createLimiter() asks to wait for what is left of a fixed window, or as long as it is told to",
  () => {
    for (const [admission, time, wait] of WAITS) {
      const limiter = createLimiter(admission);
      const refused = Array.from({ length: 11 }, () => limiter(time)).at(-1);
      assertEquals(refused, { retryAfter: wait }, JSON.stringify(admission));
    }
  },
);

pureTest("createLimiter() refuses to admit none at all", () => {
  for (const perSecond of [0, -1, 0.5, NaN]) {
    assertThrows(() => createLimiter({ perSecond }), RangeError, "less than one request in a window");
  }
});

const path = (user: string) => `/users/${user}@contoso.com/photo/$value`;

emulatorTest(
  "`Emulator.admit()` counts requests, alone and in batches, and not the batch",
  async (emulator) => {
    const app = await appClient(emulator);
    emulator.admit({ perSecond: 0.1, seconds: 30, window: "sliding", retryAfter: 7 });
    assertEquals((await app("DELETE", path("alex"))).status, 200);
    const users = ["diego", "grady", "henrietta", "isaiah"];
    const requests = users.map((user, at) => ({ id: String(at), method: "DELETE", url: path(user) }));
    const batch = await sendBatch(app, requests);
    assertEquals(batch.status, 200);
    const answers =
      (batch.json.responses as { id: string; status: number; headers: Record<string, string> }[])
        .toSorted((a, b) => Number(a.id) - Number(b.id));
    assertEquals(answers.map(({ status }) => status), [200, 200, 429, 429]);
    assertEquals(answers.map(({ headers }) => headers["Retry-After"]), [undefined, undefined, "7", "7"]);
    const last = await app("DELETE", path("lynne"));
    assertEquals([last.status, last.headers.get("retry-after")], [429, "7"]);
    assertEquals([last.json.error.code, emulator.counts.throttled], ["TooManyRequests", 3]);
    assertEquals(users.map((user) => emulator.directory.hasPhoto(`${user}@contoso.com`)), [
      false,
      false,
      true,
      true,
    ]);
    emulator.admit();
    assertEquals((await app("DELETE", path("isaiah"))).status, 200);
  },
);
