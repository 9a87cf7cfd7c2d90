import { retryWaits } from "../../lib/emulator/mod.ts";
import type { Retry } from "../../mod.ts";
import { assert, assertEquals, assertStringIncludes } from "../deps/assert.ts";
import { photoRequests } from "../support/emulated.ts";
import { bulkTest, byId, keyOf, removeMany, tally, watchedFetch } from "../support/bulk.ts";
import { userName, users } from "../support/users.ts";

const COUNT = 400;
const TENANT = { users: COUNT };
const pathOf = (number: number) => `/users/${userName(number)}/`;

Deno.test(
  bulkTest("removeProfilePhotos() delays a throttled item alone by Retry-After", TENANT, async (tenant) => {
    for (const number of [3, 5]) {
      const match = { path: pathOf(number) };
      tenant.fault({ kind: "status", on: "item", status: 429, retryAfter: "1", match });
    }
    const retries: Retry[] = [];
    const onRetry = (retry: Retry) => void retries.push(retry);
    const results = await removeMany(tenant, users(COUNT), { onRetry });
    assertEquals(tally(results), { removed: COUNT });
    const lastTwo = results.slice(-2).map(({ target }) => (target as { user: string }).user).sort();
    assertEquals(lastTwo, [userName(3), userName(5)]);
    assertEquals(results.slice(-2).map(({ attempts }) => attempts), [2, 2]);
    assert(results.slice(-2).every(({ durationMs }) => durationMs >= 1000));
    assertEquals(
      retries.toSorted((one, other) => keyOf(one.target).localeCompare(keyOf(other.target))),
      [3, 5].map((number) => ({ target: users(1, number)[0]!, attempts: 1, delay: 1000, status: 429 })),
    );

    const waits = retryWaits(tenant.requests);
    assertEquals(waits.length, 2);
    assert(waits.every(({ waitedMs }) => waitedMs !== null && waitedMs >= 1000));
    const again = tenant.requests.filter(({ url }) => url.includes(pathOf(3)))[1]!;
    const others = tenant.requests.filter(({ url, batchItem }) =>
      batchItem && !url.includes(pathOf(3)) && !url.includes(pathOf(5))
    );
    assert(others.every(({ answeredAt }) => answeredAt! < again.receivedAt));
  }),
);

Deno.test(bulkTest("removeProfilePhotos() shortens no wait at a limited rate", TENANT, async (tenant) => {
  tenant.setRateLimit({ perSecond: 200, window: "bucket" });
  const watched = watchedFetch();
  const results = await removeMany(tenant, users(COUNT), { fetch: watched.fetch });
  assertEquals(tally(results), { removed: COUNT });
  assert(tenant.counts.throttled > 0);
  assertEquals(photoRequests(tenant), COUNT + tenant.counts.throttled);
  assertEquals(results.reduce((sum, { attempts }) => sum + attempts, 0), COUNT + tenant.counts.throttled);
  assert(watched.sent.every(({ items }) => items.length <= 20));
  const waits = retryWaits(tenant.requests);
  assertEquals(waits.length, tenant.counts.throttled);
  assertEquals(
    waits.filter(({ waitedMs, retryAfterMs }) => waitedMs === null || waitedMs < retryAfterMs),
    [],
  );
}));

Deno.test(
  bulkTest("removeProfilePhotos() ends after a Retry-After that is too long", TENANT, async (tenant) => {
    tenant.fault({ kind: "status", on: "batch", status: 429, retryAfter: "600" });
    const results = await removeMany(tenant, users(COUNT), { concurrency: 1 });
    assertEquals(tally(results), { failed: 20, notAttempted: COUNT - 20 });
    assertEquals([tenant.counts.graph, byId(results)[userName(1)]!.code], [1, "Throttled"]);
    assertStringIncludes(byId(results)[userName(1)]!.message!, "600 s");
  }),
);
