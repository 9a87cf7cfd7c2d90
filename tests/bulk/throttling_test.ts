import { retryWaits, sampleDirectory } from "../../lib/emulator/mod.ts";
import { removeProfilePhotos, type Retry } from "../../mod.ts";
import { assert, assertEquals, assertStringIncludes } from "../deps/assert.ts";
import { photoRequests } from "../support/emulated.ts";
import { bulkTest, byId, collect, connect, keyOf, tally, watchedFetch } from "../support/bulk.ts";
import { userName, users } from "../support/users.ts";

const COUNT = 400;
const tenantOptions = () => ({ directory: sampleDirectory({ users: COUNT }) });
const pathOf = (number: number) => `/users/${userName(number)}/`;

bulkTest(
  "removeProfilePhotos() delays a throttled item by its Retry-After, and no other",
  tenantOptions(),
  async (tenant) => {
    for (const number of [3, 5]) {
      const match = { path: pathOf(number) };
      tenant.fault({ kind: "status", on: "item", status: 429, retryAfter: "1", match });
    }
    const retries: Retry[] = [];
    const onRetry = (retry: Retry) => void retries.push(retry);
    const results = await collect(removeProfilePhotos(users(COUNT), { ...await connect(tenant), onRetry }));
    assertEquals(tally(results), { removed: COUNT });
    const lastTwo = results.slice(-2).map(({ target }) => (target as { user: string }).user).sort();
    assertEquals(lastTwo, [userName(3), userName(5)]);
    assertEquals(results.slice(-2).map(({ attempts }) => attempts), [2, 2]);
    assert(results.slice(-2).every(({ durationMs }) => durationMs >= 1000));
    assertEquals(
      retries.toSorted((one, other) => keyOf(one.target).localeCompare(keyOf(other.target))),
      [3, 5].map((number) => ({
        target: { user: userName(number) },
        attempts: 1,
        delay: 1000,
        status: 429,
      })),
    );

    const waits = retryWaits(tenant.requests);
    assertEquals(waits.length, 2);
    assert(waits.every(({ waitedMs }) => waitedMs !== null && waitedMs >= 1000));
    const again = tenant.requests.filter(({ url }) => url.includes(pathOf(3)))[1]!;
    const others = tenant.requests.filter(({ url, batchItem }) =>
      batchItem && !url.includes(pathOf(3)) && !url.includes(pathOf(5))
    );
    assert(others.every(({ answeredAt }) => answeredAt! < again.receivedAt));
  },
);

bulkTest(
  "removeProfilePhotos() removes all photos at a limited rate, and shortens no wait",
  tenantOptions(),
  async (tenant) => {
    tenant.setRateLimit({ perSecond: 200, window: "bucket" });
    const watched = watchedFetch();
    const options = { ...await connect(tenant), fetch: watched.fetch };
    const results = await collect(removeProfilePhotos(users(COUNT), options));
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
  },
);

bulkTest(
  "removeProfilePhotos() sends nothing while a throttled batch waits",
  tenantOptions(),
  async (tenant) => {
    tenant.fault({ kind: "status", on: "batch", status: 429, retryAfter: "1" });
    const options = { ...await connect(tenant), concurrency: 1 };
    assertEquals(tally(await collect(removeProfilePhotos(users(100), options))), { removed: 100 });
    const batches = tenant.requests.filter(({ batchItem }) => !batchItem);
    assertEquals(batches[0]!.status, 429);
    assert(batches.slice(1).every(({ receivedAt }) => receivedAt - batches[0]!.answeredAt! >= 1000));
    assertEquals(photoRequests(tenant), 120); // those of the throttled batch twice
  },
);

bulkTest(
  "removeProfilePhotos() sends nothing more after a batch whose Retry-After is longer than allowed",
  tenantOptions(),
  async (tenant) => {
    tenant.fault({ kind: "status", on: "batch", status: 429, retryAfter: "600" });
    const options = { ...await connect(tenant), concurrency: 1 };
    const results = await collect(removeProfilePhotos(users(COUNT), options));
    assertEquals(tally(results), { failed: 20, notAttempted: COUNT - 20 });
    assertEquals([tenant.counts.graph, byId(results)[userName(1)]!.code], [1, "Throttled"]);
    assertStringIncludes(byId(results)[userName(1)]!.message!, "600 s");
  },
);

bulkTest(
  "removeProfilePhotos() gives up on a target after its attempts, and on no other",
  tenantOptions(),
  async (tenant) => {
    const match = { path: pathOf(3) };
    for (const on of ["item", "graph"] as const) {
      tenant.fault({ kind: "status", on, status: 503, match, rate: 1 });
    }
    const options = { ...await connect(tenant), retry: { maxAttempts: 3, baseDelay: 1 } };
    const results = await collect(removeProfilePhotos(users(40), options));
    assertEquals(tally(results), { removed: 39, failed: 1 });
    const { code, status, attempts, message } = byId(results)[userName(3)]!;
    assertEquals([code, status, attempts], ["ServiceUnavailable", 503, 3]);
    assertStringIncludes(message!, "3 attempts");
  },
);
