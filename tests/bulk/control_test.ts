import { type Emulator, sampleDirectory } from "../../lib/emulator/mod.ts";
import { type Confirmation, type PhotoResult, removeProfilePhotos, type Target } from "../../mod.ts";
import { assert, assertEquals, assertRejects } from "../deps/assert.ts";
import { bulkTest, byId, collect, connect, keyOf, received, tally } from "../support/bulk.ts";
import { userName, users } from "../support/users.ts";

const COUNT = 1000;
const tenantOptions = () => ({ directory: sampleDirectory({ users: COUNT }) });
const removedFrom = (tenant: Emulator) =>
  sampleDirectory({ users: COUNT }).photoCount - tenant.directory.photoCount;

/** That each target came out once. */
function assertAll(results: readonly PhotoResult[], targets: readonly Target[]): void {
  assertEquals(results.map(({ target }) => keyOf(target)).sort(), targets.map(keyOf).sort());
}

bulkTest("errorAction stop begins no further target after a failure", tenantOptions(), async (tenant) => {
  const targets = [...users(100), { user: "nobody@contoso.com" }, ...users(COUNT - 100, 101)];
  const options = { ...await connect(tenant), errorAction: "stop" as const, concurrency: 1 };
  const results = await collect(removeProfilePhotos(targets, options));
  assertAll(results, targets);
  const { removed, failed, notAttempted } = tally(results);
  assertEquals([failed, removed], [1, removedFrom(tenant)]);
  assert(removed! >= 100 && removed! <= 200, `${removed} removed`);
  assertEquals(removed! + 1 + notAttempted!, targets.length);
  const rest = results.filter(({ outcome }) => outcome === "notAttempted");
  assert(rest.every(({ status, code, attempts }) => status === null && code === null && attempts === 0));
});

bulkTest("errorAction stop with lone requests begins no further target", tenantOptions(), async (tenant) => {
  const targets = [{ user: "nobody@contoso.com" }, ...users(20)];
  const options = { errorAction: "stop" as const, concurrency: 1, batchSize: 1 };
  const results = await collect(removeProfilePhotos(targets, { ...await connect(tenant), ...options }));
  assertAll(results, targets);
  assert(tally(results).notAttempted! >= 18, `${removedFrom(tenant)} removed`);
});

/** Answers by the number of the target, and what comes of twenty targets. */
const ANSWERS: readonly [
  name: string,
  answer: (at: number) => Confirmation,
  counts: Record<string, number>,
][] = [
  ["yes", () => "yes", { removed: 20 }],
  ["no", () => "no", { declined: 20 }],
  ["no to some", (at) => at % 4 === 0 ? "no" : "yes", { removed: 15, declined: 5 }],
  ["quit at the tenth", (at) => at === 10 ? "quit" : "yes", { removed: 9, notAttempted: 11 }],
  ["quit at once", () => "quit", { notAttempted: 20 }],
];

for (const [name, answer, counts] of ANSWERS) {
  for (const form of ["a value", "a promise"]) {
    bulkTest(`confirm asks before each target: ${name}, as ${form}`, tenantOptions(), async (tenant) => {
      const asked: Target[] = [];
      const confirm = (target: Target) => {
        assert(tenant.directory.hasPhoto((target as { user: string }).user), "asked after the removal");
        const said = answer(asked.push(target));
        return form === "a promise" ? Promise.resolve(said) : said;
      };
      const results = await collect(removeProfilePhotos(users(20), { ...await connect(tenant), confirm }));
      assertAll(results, users(20));
      assertEquals(tally(results), counts);
      assertEquals(removedFrom(tenant), counts.removed ?? 0);
      const quit = name.startsWith("quit");
      assertEquals(asked, users(quit ? 20 - counts.notAttempted! + 1 : 20));
      for (const { target, outcome } of results) {
        assertEquals(tenant.directory.hasPhoto((target as { user: string }).user), outcome !== "removed");
      }
    });
  }
}

bulkTest("stop lets what is in flight end, and begins nothing more", tenantOptions(), async (tenant) => {
  const stopping = new AbortController();
  tenant.fault({
    kind: "stall",
    on: "batch",
    match: () => {
      stopping.abort();
      return false;
    },
  });
  const options = { ...await connect(tenant), stopSignal: stopping.signal };
  const results = await collect(removeProfilePhotos(users(COUNT), options));
  assertAll(results, users(COUNT));
  const { removed = 0, notAttempted = 0 } = tally(results);
  assertEquals([removed, removed + notAttempted], [removedFrom(tenant), COUNT]);
  assert(removed >= 20, `${removed} removed`);
  assert(tenant.counts.batch <= 4, `${tenant.counts.batch} batches were sent, of 4 in flight`);
});

bulkTest(
  "stop cuts waits short, and the target fails with what it last got",
  tenantOptions(),
  async (tenant) => {
    const stopping = new AbortController();
    tenant.fault({ kind: "status", on: "item", status: 429, retryAfter: "60", match: { path: userName(3) } });
    const options = {
      ...await connect(tenant),
      stopSignal: stopping.signal,
      onRetry: () => stopping.abort(),
    };
    const startedAt = performance.now();
    const results = await collect(removeProfilePhotos(users(COUNT), options));
    assert(performance.now() - startedAt < 30_000, "the wait was not cut short");
    assertAll(results, users(COUNT));
    const { outcome, code, attempts } = byId(results)[userName(3)]!;
    assertEquals([outcome, code, attempts], ["failed", "Throttled", 1]);
  },
);

bulkTest("stop does not wait for a pause that Graph asked of all", tenantOptions(), async (tenant) => {
  const stopping = new AbortController();
  tenant.fault({ kind: "status", on: "batch", status: 429, retryAfter: "20" });
  const onRetry = () => stopping.abort();
  const options = { ...await connect(tenant), stopSignal: stopping.signal, onRetry, concurrency: 1 };
  const startedAt = performance.now();
  const results = await collect(removeProfilePhotos(users(COUNT), options));
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  assertAll(results, users(COUNT));
  assertEquals([tally(results).failed, tally(results).notAttempted], [20, COUNT - 20]);
  assert(seconds < 10, `it took ${seconds} s`);
});

bulkTest("a stop that came before begins nothing", tenantOptions(), async (tenant) => {
  const options = { ...await connect(tenant), stopSignal: AbortSignal.abort() };
  const results = await collect(removeProfilePhotos(users(50), options));
  assertEquals([tally(results), tenant.counts.graph], [{ notAttempted: 50 }, 0]);
});

for (const when of ["before", "in flight", "in a wait", "between results"] as const) {
  bulkTest(
    `an abort ${when} throws the signal's reason, and leaves nothing behind`,
    tenantOptions(),
    async (tenant) => {
      const reason = new Error("no longer wanted");
      const aborting = new AbortController();
      const abort = () => aborting.abort(reason);
      if (when === "before") abort();
      if (when === "in flight") {
        void received(tenant, 2, "batch").then(abort);
        tenant.fault({ kind: "stall", on: "batch", rate: 1 });
      }
      if (when === "in a wait") {
        tenant.fault({ kind: "status", on: "batch", status: 429, retryAfter: "60", rate: 1 });
      }
      let closed = false;
      const targets = function* () {
        try {
          yield* users(COUNT);
        } finally {
          closed = true;
        }
      };
      const options = { ...await connect(tenant), timeout: 60_000, signal: aborting.signal, onRetry: abort };
      const error = await assertRejects(async () => {
        for await (const _ of removeProfilePhotos(targets(), options)) {
          if (when === "between results") abort();
        }
      });
      assertEquals<unknown>(error, reason);
      // A generator that was not begun has nothing to close.
      assertEquals(when === "before" ? tenant.counts.graph === 0 : closed, true);
    },
  );
}

bulkTest(
  "an abort before throws the signal's reason for targets that need no request",
  {},
  async (tenant) => {
    const reason = new Error("no longer wanted");
    const options = { ...await connect(tenant), signal: AbortSignal.abort(reason) };
    const targets = [{ target: { user: "" }, problem: "line 1: it is empty" }];
    assertEquals<unknown>(await assertRejects(() => collect(removeProfilePhotos(targets, options))), reason);
  },
);

bulkTest("break does not wait for a target that waits", tenantOptions(), async (tenant) => {
  tenant.fault({ kind: "status", on: "item", status: 429, retryAfter: "20", match: { path: userName(3) } });
  const startedAt = performance.now();
  for await (const { outcome } of removeProfilePhotos(users(20), await connect(tenant))) {
    assertEquals(outcome, "removed");
    break;
  }
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  assert(seconds < 10, `it took ${seconds} s`);
});
