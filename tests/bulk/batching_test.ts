import { sampleDirectory, startEmulator } from "../../lib/emulator/mod.ts";
import { removeProfilePhotos, type Target } from "../../mod.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { LOOPBACK_ONLY } from "../support/test.ts";
import { bulkTest, byId, collect, connect, keyOf, tally, watchedFetch } from "../support/bulk.ts";
import { userName, users } from "../support/users.ts";

const COUNT = 2000;

for (const concurrency of [1, 4, 16]) {
  Deno.test(
    `removeProfilePhotos() fills batches, with ${concurrency} in flight at most`,
    LOOPBACK_ONLY,
    async () => {
      await using tenant = await startEmulator({ directory: sampleDirectory({ users: COUNT }), latency: 2 });
      const watched = watchedFetch();
      const options = { ...await connect(tenant), concurrency, fetch: watched.fetch };
      const results = await collect(removeProfilePhotos(users(COUNT), options));
      assertEquals(tally(results), { removed: COUNT });
      assert(tenant.counts.graph <= 1.1 * COUNT / 20, `${tenant.counts.graph} requests`);
      assertEquals([tenant.counts.batch, tenant.counts.items], [tenant.counts.graph, COUNT]);
      assertEquals(watched.mostInFlight, concurrency);
      for (const { path, method, items } of watched.sent) {
        assertEquals([method, path], ["POST", "/v1.0/$batch"]);
        assert(items.length <= 20);
        assertEquals(items.map(({ id }) => id), items.map((_, at) => String(at + 1)));
        assertEquals(items.every((item) => Object.keys(item).join() === "id,method,url"), true);
      }
    },
  );
}

const SIZES: readonly [batchSize: number, count: number][] = [[1, 50], [2, 50], [7, 70], [20, 19], [20, 1]];
for (const [batchSize, count] of SIZES) {
  Deno.test(bulkTest(
    `removeProfilePhotos() sends ${count} targets in requests of ${batchSize} at most`,
    { directory: sampleDirectory({ users: 100 }) },
    async (tenant) => {
      const watched = watchedFetch();
      const options = { ...await connect(tenant), batchSize, fetch: watched.fetch };
      assertEquals(tally(await collect(removeProfilePhotos(users(count), options))), { removed: count });
      const sizes = watched.sent.map(({ items }) => items.length || 1);
      assertEquals(Math.max(...sizes), Math.min(batchSize, count));
      assertEquals(sizes.length, Math.ceil(count / batchSize));
      const lone = watched.sent.filter(({ path }) => path !== "/v1.0/$batch");
      assertEquals(lone.length, batchSize === 1 || count === 1 ? count : 0);
      assert(watched.mostInFlight <= 4);
    },
  ));
}

const MARKETING = "0c000000-0000-4000-8000-000000000001";
const OPERATIONS = "0c000000-0000-4000-8000-000000000003";
const GUEST = "pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com";

/** Each kind of target, with the path that stands for it inside a batch. */
const MIXED: readonly (readonly [Target, path: string, outcome: string])[] = [
  ["me", "/me/photo", "removed"],
  [{ user: "alex@contoso.com" }, "/users/alex@contoso.com/photo", "removed"],
  [{ user: GUEST }, "/users/pradeep_fabrikam.com%23EXT%23@contoso.onmicrosoft.com/photo", "removed"],
  [{ user: "$servicedesk@contoso.com" }, "/users('$servicedesk@contoso.com')/photo", "removed"],
  [{ user: "miriam.o'neil@contoso.com" }, "/users/miriam.o'neil@contoso.com/photo", "removed"],
  [{ user: "lee@contoso.com" }, "/users/lee@contoso.com/photo", "absent"],
  [{ group: MARKETING }, `/groups/${MARKETING}/photo`, "removed"],
  [{ group: OPERATIONS }, `/groups/${OPERATIONS}/photo`, "absent"],
];

Deno.test(bulkTest("removeProfilePhotos() takes me, users and groups together", {}, async (tenant) => {
  const watched = watchedFetch();
  const credential = await tenant.issueToken({ user: "adele@contoso.com" });
  const options = { ...await connect(tenant, credential), fetch: watched.fetch };
  const before = tenant.directory.photoCount;
  const results = await collect(removeProfilePhotos(MIXED.map(([target]) => target), options));
  const outcomes = new Map(results.map(({ target, outcome }) => [keyOf(target), outcome]));
  for (const [target, , outcome] of MIXED) assertEquals<unknown>(outcomes.get(keyOf(target)), outcome);
  assertEquals(before - tenant.directory.photoCount, tally(results).removed);
  assertEquals(
    watched.sent.flatMap(({ items }) => items.map(({ method, url }) => `${method} ${url}`)).sort(),
    MIXED.flatMap(([, path, outcome]) => [
      `DELETE ${path}/$value`,
      ...(outcome === "absent" ? [`GET ${path.replace("/photo", "")}?$select=id`] : []),
    ]).sort(),
  );
}));

Deno.test(bulkTest(
  "removeProfilePhotos() with whatIf sends nothing but GETs, in batches too",
  { directory: sampleDirectory({ users: 100 }) },
  async (tenant) => {
    const before = tenant.directory.photoCount;
    const targets = [...users(100), { user: "lee@contoso.com" }, { user: "nobody@contoso.com" }];
    const options = { ...await connect(tenant), whatIf: true, verify: true };
    const results = await collect(removeProfilePhotos(targets, options));
    assertEquals(tally(results), { planned: 100, absent: 1, failed: 1 });
    assertEquals(byId(results)["nobody@contoso.com"]!.code, "TargetNotFound");
    assertEquals(tenant.directory.photoCount, before);
    assertEquals(tenant.requests.filter(({ batchItem, method }) => batchItem && method !== "GET"), []);
    assertEquals([tenant.counts.items, tenant.counts.graph], [102, 7], "and whether the absent one exists");
  },
));

Deno.test(bulkTest("removeProfilePhotos() takes the same target again as another one", {}, async (tenant) => {
  const targets = Array.from({ length: 5 }, () => ({ user: "alex@contoso.com" }));
  const results = await collect(removeProfilePhotos(targets, await connect(tenant)));
  assertEquals(tally(results), { removed: 1, absent: 4 });
}));

Deno.test(bulkTest(
  "removeProfilePhotos() sends what is there when no more comes",
  { directory: sampleDirectory({ users: 50 }) },
  async (tenant) => {
    const results = removeProfilePhotos(users(25), { ...await connect(tenant), concurrency: 1 });
    assertEquals(tally(await collect(results)), { removed: 25 });
    assertEquals([tenant.counts.graph, tenant.directory.hasPhoto(userName(26))], [2, true]);
  },
));

Deno.test(bulkTest("a run asks in batches, too, whether absent users exist", {}, async () => {
  const count = 2000;
  const directory = sampleDirectory({ users: count });
  await using tenant = await startEmulator({ directory });
  const targets = users(count);
  for (let at = 0; at < count; at += 10) directory.removePhoto(targets[at]!.user);
  const results = await collect(removeProfilePhotos(targets, await connect(tenant)));
  assertEquals(tally(results), { removed: count * 0.9, absent: count * 0.1 });
  assert(tenant.counts.graph <= 1.12 * count / 20, `${tenant.counts.graph} requests`);
}));
