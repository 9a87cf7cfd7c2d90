import { type Fault, sampleDirectory, startEmulator } from "../../lib/emulator/mod.ts";
import { removeProfilePhotos } from "../../mod.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { LOOPBACK_ONLY } from "../support/test.ts";
import { bulkTest, byId, collect, connect, tally, watchedFetch } from "../support/bulk.ts";
import { users } from "../support/users.ts";

const COUNT = 400;
const IN_FLIGHT = 80;

/** How a Graph refuses batches, and how many batches it gets until the run goes on without. */
const REFUSALS: readonly { name: string; fault: Fault }[] = [
  { name: "an item with 405", fault: { kind: "status", on: "item", status: 405, rate: 1 } },
  { name: "an item with 501", fault: { kind: "status", on: "item", status: 501, rate: 1 } },
  {
    name: "an item with a 400 that a lone request does not get",
    fault: { kind: "status", on: "item", status: 400, rate: 1 },
  },
  ...[400, 404, 405, 501].map((status): { name: string; fault: Fault } => ({
    name: `a whole batch with ${status}`,
    fault: { kind: "status", on: "batch", status, rate: 1 },
  })),
  {
    name: "a whole batch with a 404 that is no Graph error",
    fault: { kind: "body", on: "batch", status: 404, body: "not here", contentType: "text/plain", rate: 1 },
  },
];

for (const { name, fault } of REFUSALS) {
  Deno.test(`removeProfilePhotos() goes on with lone requests after ${name}`, LOOPBACK_ONLY, async () => {
    await using tenant = await startEmulator({ directory: sampleDirectory({ users: COUNT }) });
    tenant.fault(fault);
    const watched = watchedFetch();
    const options = { ...await connect(tenant), fetch: watched.fetch };
    const results = await collect(removeProfilePhotos(users(COUNT), options));
    assertEquals(tally(results), { removed: COUNT });
    assert(results.every(({ attempts }) => attempts === 1), "a refusal of the batch is no attempt");
    const halvings = name === "a whole batch with 400" ? 4 : 1; // from 20 to 10, 5 and 2
    assert(tenant.counts.batch <= halvings * IN_FLIGHT / 20, `${tenant.counts.batch} batches`);
    assertEquals(tenant.counts.graph - tenant.counts.batch, COUNT);
    assert(watched.mostInFlight <= 4, `${watched.mostInFlight} requests in flight, of 4`);
  });
}

Deno.test(bulkTest("removeProfilePhotos() works with a Graph that deletes no photo in a batch", {
  directory: sampleDirectory({ users: COUNT }),
  allowBatchDelete: false,
}, async (tenant) => {
  const watched = watchedFetch();
  const options = { ...await connect(tenant), fetch: watched.fetch, verify: true };
  const results = await collect(removeProfilePhotos(users(COUNT), options));
  assertEquals(tally(results), { removed: COUNT });
  assert(results.every(({ verified }) => verified === true));
  const lone = tenant.requests.filter(({ batchItem, method }) => !batchItem && method === "DELETE");
  assertEquals(lone.length, COUNT);
  const looks = tenant.requests.filter(({ batchItem, method }) => batchItem && method === "GET");
  assert(looks.length > COUNT / 2, "what can go by batch still does");
  assert(watched.mostInFlight <= 4, `${watched.mostInFlight} requests in flight, of 4`);
}));

Deno.test(bulkTest(
  "removeProfilePhotos() stays with batches where a lone request is refused like the item",
  { directory: sampleDirectory({ users: COUNT }) },
  async (tenant) => {
    const bad = "/users/user00007@contoso.com/";
    for (const on of ["item", "graph"] as const) {
      tenant.fault({ kind: "status", on, status: 400, match: { method: "DELETE", path: bad }, rate: 1 });
    }
    const results = await collect(removeProfilePhotos(users(COUNT), await connect(tenant)));
    assertEquals(tally(results), { removed: COUNT - 1, failed: 1 });
    const { code, status, graphCode } = byId(results)["user00007@contoso.com"]!;
    assertEquals([code, status, graphCode], ["RequestRefused", 400, "BadRequest"]);
    assertEquals(tenant.counts.graph - tenant.counts.batch, 1);
    assert(tenant.counts.batch <= 1.1 * COUNT / 20, `${tenant.counts.batch} batches`);
  },
));
