import { Recorder } from "../../lib/emulator/recorder.ts";
import { type RecordedRequest, retryWaits } from "../../lib/emulator/mod.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { NONE } from "../support/test.ts";
import { appClient, emulatorTest, graphClient, requestToken, sendBatch } from "./support.ts";

const remove = (id: string, key: string) => ({ id, method: "DELETE", url: `/users/${key}/photo/$value` });

Deno.test(emulatorTest("`Emulator.requests` has each request and batch item in order", async (emulator) => {
  const { json } = await requestToken(emulator, { client_secret: emulator.clientSecret });
  const app = graphClient(emulator, json.access_token);
  await app("DELETE", "/users/alex%40contoso.com/photo/%24value", { headers: { "X-Own": "1" } });
  await sendBatch(app, [remove("1", "lee%40contoso.com"), remove("2", "diego%40contoso.com")]);
  const seen = emulator.requests.map((
    { method, url, status, batchItem },
  ) => [method, url, status, batchItem]);
  assertEquals(seen, [
    ["POST", `/${emulator.tenantId}/oauth2/v2.0/token`, 200, false],
    ["DELETE", "/v1.0/users/alex%40contoso.com/photo/%24value", 200, false],
    ["POST", "/v1.0/$batch", 200, false],
    ["DELETE", "/users/lee%40contoso.com/photo/$value", 404, true],
    ["DELETE", "/users/diego%40contoso.com/photo/$value", 200, true],
  ]);
  const [, lone, , item] = emulator.requests;
  assertEquals([lone!.headers["x-own"], lone!.bodyLength], ["1", 0]);
  assert(lone!.answeredAt! >= lone!.receivedAt);
  assert(item!.answeredAt! >= item!.receivedAt && item!.receivedAt >= lone!.answeredAt!);
  assertEquals(emulator.counts, { graph: 2, batch: 1, items: 2, token: 1, throttled: 0 });
}));

Deno.test(
  emulatorTest("`recordRequests` limits `Emulator.requests` to the most recent ones", async (emulator) => {
    const app = await appClient(emulator);
    for (const path of ["/a", "/b", "/c", "/d"]) await app("GET", path);
    assertEquals(emulator.requests.map(({ url }) => url), ["/v1.0/c", "/v1.0/d"]);
    assertEquals(emulator.counts.graph, 4);
  }, { recordRequests: 2 }),
);

/** Requests with a megabyte in one place. */
const LARGE: readonly ((text: string) => Pick<RecordedRequest, "url" | "headers" | "claims">)[] = [
  (text) => ({ url: text, headers: {}, claims: null }),
  (text) => ({ url: "/a", headers: { "x-own": text }, claims: null }),
  (text) => ({ url: "/a", headers: {}, claims: text }),
];

Deno.test("The recorder keeps the most recent requests within its memory", NONE, () => {
  for (const toRequest of LARGE) {
    const recorder = new Recorder(Infinity);
    const record = (receivedAt: number, text: string) => {
      const { claims, ...request } = toRequest(text);
      recorder.begin({ method: "GET", body: new Uint8Array(), ...request }, false, receivedAt, claims);
    };
    const times = () => recorder.requests.map(({ receivedAt }) => receivedAt);
    for (let time = 0; time < 200; time++) record(time, "x".repeat(2 ** 20));
    const kept = times().length;
    assert(kept > 50 && kept < 64, `${kept} are kept`);
    assertEquals(times(), Array.from({ length: kept }, (_, at) => 200 - kept + at));
    record(200, "x".repeat(2 ** 27));
    assertEquals(times(), [200], "the newest one");
    for (let time = 201; time < 1200; time++) record(time, "");
    assertEquals(times().length, 999, "all that fit after the large one");
  }
});

Deno.test(emulatorTest("The `Retry-After` of a throttled batch applies to its items", async (emulator) => {
  const app = await appClient(emulator);
  const items = [remove("1", "alex%40contoso.com"), remove("2", "diego%40contoso.com")];
  emulator.fault({ on: "batch", kind: "status", status: 429, retryAfter: "0" });
  assertEquals((await sendBatch(app, items)).status, 429);
  emulator.fault({ on: "item", kind: "status", status: 429, retryAfter: "3", match: { path: "diego" } });
  await sendBatch(app, items);
  await app("DELETE", "/users/diego%40contoso.com/photo/$value");
  const first = emulator.requests.slice(1, 3);
  assertEquals(first.map(({ status, retryAfter }) => [status, retryAfter]), [[null, "0"], [null, "0"]]);
  const waits = retryWaits(emulator.requests).map((
    { url, retryAfterMs, waitedMs },
  ) => [url, retryAfterMs, waitedMs! >= retryAfterMs]);
  assertEquals(waits, [
    ["/users/alex%40contoso.com/photo/$value", 0, true],
    ["/users/diego%40contoso.com/photo/$value", 0, true],
    ["/users/diego%40contoso.com/photo/$value", 3000, false],
  ]);
}));

Deno.test(
  emulatorTest(
    "The `Retry-After` of an item that the client never sees is not recorded",
    async (emulator) => {
      const app = await appClient(emulator);
      for (const kind of ["malformed", "drop"] as const) {
        emulator.fault({ on: "item", kind: "status", status: 429, retryAfter: "3" });
        emulator.fault({ on: "batch", kind, applied: true });
        await sendBatch(app, [remove("1", "alex%40contoso.com")]).catch(() => {});
      }
      assertEquals(retryWaits(emulator.requests), []);
    },
  ),
);

Deno.test("`retryWaits()` parses seconds and HTTP-dates", NONE, () => {
  const at = 5000;
  const date = new Date(Math.ceil((performance.timeOrigin + at) / 1000) * 1000 + 2000);
  const record = (url: string, receivedAt: number, retryAfter: string | null): RecordedRequest => ({
    method: "GET",
    url,
    headers: {},
    bodyLength: 0,
    batchItem: false,
    claims: null,
    receivedAt,
    answeredAt: receivedAt,
    status: 200,
    retryAfter,
  });
  const requests = [
    record("/v1.0/a", at, "2"),
    record("/v1.0/b", at, date.toUTCString()),
    record("/v1.0/c", at, "soon"),
    record("/a", at + 1500, null),
    record("/v1.0/b", at + 9000, null),
  ];
  const [a, b, c] = retryWaits(requests);
  assertEquals([a!.url, a!.retryAfterMs, a!.waitedMs], ["/a", 2000, 1500]);
  assert(b!.retryAfterMs >= 2000 && b!.retryAfterMs <= 3001 && b!.waitedMs === 9000);
  assertEquals([c!.retryAfterMs, c!.waitedMs], [NaN, null]);
});
