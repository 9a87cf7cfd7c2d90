import { type Emulator, sampleDirectory } from "../../lib/emulator/mod.ts";
import { type PhotoResult, removeProfilePhotos, type Target } from "../../mod.ts";
import { assert, assertEquals, assertRejects } from "../deps/assert.ts";
import { batches } from "../support/command.ts";
import { userName, users } from "../support/users.ts";
import { bulkTest, byId, collect, connect, keyOf, removeMany, tally } from "../support/bulk.ts";

const COUNT = 1000;
const TENANT = { users: COUNT };
const removedFrom = (tenant: Emulator) =>
  sampleDirectory({ users: COUNT }).photoCount - tenant.directory.photoCount;

function assertAll(results: readonly PhotoResult[], targets: readonly Target[]): void {
  assertEquals(results.map(({ target }) => keyOf(target)).sort(), targets.map(keyOf).sort());
}

Deno.test(bulkTest('errorAction "stop" starts no further target after a failure', TENANT, async (tenant) => {
  const targets = [...users(100), { user: "nobody@contoso.com" }, ...users(COUNT - 100, 101)];
  const results = await removeMany(tenant, targets, { errorAction: "stop", concurrency: 1 });
  assertAll(results, targets);
  const { removed, failed, notAttempted } = tally(results);
  assertEquals([failed, removed], [1, removedFrom(tenant)]);
  assert(removed! >= 100 && removed! <= 200, `${removed} removed`);
  assertEquals(removed! + 1 + notAttempted!, targets.length);
  const rest = results.filter(({ outcome }) => outcome === "notAttempted");
  assert(rest.every(({ status, code, attempts }) => status === null && code === null && attempts === 0));
}));

Deno.test(
  bulkTest("stopSignal lets requests in flight finish, and starts no others", TENANT, async (tenant) => {
    const stopping = new AbortController();
    tenant.fault({ kind: "stall", on: "batch", match: () => (stopping.abort(), false) });
    const results = await removeMany(tenant, users(COUNT), { stopSignal: stopping.signal });
    assertAll(results, users(COUNT));
    const { removed = 0, notAttempted = 0 } = tally(results);
    assertEquals([removed, removed + notAttempted], [removedFrom(tenant), COUNT]);
    assert(removed >= 20, `${removed} removed`);
    assert(tenant.counts.batch <= 4, `${tenant.counts.batch} batches were sent, of 4 in flight`);
  }),
);

for (const on of ["item", "batch"] as const) {
  Deno.test(
    bulkTest(`stopSignal ends the wait after a throttled ${on}, which then fails`, TENANT, async (tenant) => {
      const stopping = new AbortController();
      const match = on === "item" ? { path: userName(3) } : undefined;
      tenant.fault({ kind: "status", on, status: 429, retryAfter: "60", match });
      const options = { stopSignal: stopping.signal, onRetry: () => stopping.abort(), concurrency: 1 };
      const startedAt = performance.now();
      const results = await removeMany(tenant, users(COUNT), options);
      assert(performance.now() - startedAt < 30_000, "the wait did not end");
      assertAll(results, users(COUNT));
      const { outcome, code, attempts } = byId(results)[userName(3)]!;
      assertEquals([outcome, code, attempts], ["failed", "Throttled", 1]);
      assertEquals(tally(results).failed, on === "item" ? 1 : 20);
      if (on === "batch") assertEquals(tally(results).notAttempted, COUNT - 20);
    }),
  );
}

Deno.test(bulkTest("stopSignal starts nothing if it is aborted before", {}, async (tenant) => {
  const results = await removeMany(tenant, users(50), { stopSignal: AbortSignal.abort() });
  assertEquals([tally(results), tenant.counts.graph], [{ notAttempted: 50 }, 0]);
}));

for (const when of ["before", "in flight", "in a wait", "between results"] as const) {
  Deno.test(
    bulkTest(`an abort ${when} throws the signal's reason and closes the source`, TENANT, async (tenant) => {
      const reason = new Error("no longer wanted");
      const aborting = new AbortController();
      const abort = () => aborting.abort(reason);
      if (when === "before") abort();
      if (when === "in flight") {
        void batches(tenant, 2).then(abort);
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
    }),
  );
}

Deno.test(
  bulkTest("an abort before throws the signal's reason even if no request is needed", {}, async (tenant) => {
    const reason = new Error("no longer wanted");
    const targets = [{ target: { user: "" }, problem: "line 1: it is empty" }];
    const run = () => removeMany(tenant, targets, { signal: AbortSignal.abort(reason) });
    assertEquals<unknown>(await assertRejects(run), reason);
  }),
);

Deno.test(bulkTest("break does not wait for a target that waits", TENANT, async (tenant) => {
  tenant.fault({ kind: "status", on: "item", status: 429, retryAfter: "20", match: { path: userName(3) } });
  const startedAt = performance.now();
  for await (const { outcome } of removeProfilePhotos(users(20), await connect(tenant))) {
    assertEquals(outcome, "removed");
    break;
  }
  assert(performance.now() - startedAt < 10_000, "it waited");
}));

Deno.test(bulkTest("onResult is called with each result before it is yielded", TENANT, async (tenant) => {
  const kept = new Set<PhotoResult>();
  const onResult = async (result: PhotoResult) => {
    await Promise.resolve();
    kept.add(result);
  };
  let seen = 0;
  for await (const result of removeProfilePhotos(users(COUNT), { ...await connect(tenant), onResult })) {
    assert(kept.has(result));
    seen++;
  }
  assertEquals([seen, kept.size], [COUNT, COUNT]);
}));

for (const form of ["throws", "rejects"] as const) {
  Deno.test(
    bulkTest(`if onResult ${form}, what is in flight comes out, then its error`, TENANT, async (tenant) => {
      let calls = 0;
      const full = new Error("the disk is full");
      const onResult = () => {
        if (++calls <= 100) return;
        if (form === "throws") throw full;
        return Promise.reject(full);
      };
      const results: PhotoResult[] = [];
      const error = await assertRejects(async () => {
        const options = { ...await connect(tenant), onResult };
        for await (const result of removeProfilePhotos(users(COUNT), options)) results.push(result);
      });
      assertEquals<unknown>(error, full);
      assertAll(results, users(COUNT));
      const { removed, notAttempted } = tally(results);
      const gone = removedFrom(tenant);
      assertEquals([removed, notAttempted], [gone, COUNT - gone]);
      assert(gone >= 100 && gone <= 100 + 160 + 80, `${gone} removed`);
    }),
  );
}

Deno.test(
  bulkTest("onResult is called with what was declined or not attempted, too", TENANT, async (tenant) => {
    const kept: PhotoResult[] = [];
    let asked = 0;
    const results = await collect(removeProfilePhotos(users(10), {
      ...await connect(tenant),
      onResult: (result) => void kept.push(result),
      confirm: () => ++asked === 1 ? "no" : "quit",
    }));
    assertEquals(kept, results);
    assertEquals(tally(kept), { declined: 1, notAttempted: 9 });
  }),
);

Deno.test(
  bulkTest(
    "onStart is called with each target that is taken up, before its result",
    TENANT,
    async (tenant) => {
      const calls: string[] = [];
      const results = await removeMany(tenant, [{ user: "no id" }, ...users(10)], {
        confirm: (target) => keyOf(target) === keyOf(users(1)[0]!) ? "yes" : "quit",
        onStart: (target) => void calls.push(`start ${keyOf(target)}`),
        onResult: ({ target, outcome }) => void calls.push(`${outcome} ${keyOf(target)}`),
      });
      const first = keyOf(users(1)[0]!);
      assertEquals(calls.filter((call) => /start|removed/.test(call)), [
        `start ${first}`,
        `removed ${first}`,
      ]);
      assertEquals(tally(results), { failed: 1, removed: 1, notAttempted: 9 });
    },
  ),
);
