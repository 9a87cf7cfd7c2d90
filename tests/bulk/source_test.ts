import { sampleDirectory } from "../../lib/emulator/mod.ts";
import { type PhotoResult, removeProfilePhotos, type Target } from "../../mod.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../deps/assert.ts";
import { batches } from "../support/command.ts";
import { photoRequests } from "../support/emulated.ts";
import { NONE } from "../support/test.ts";
import { bulkTest, byId, collect, connect, removeMany, tally } from "../support/bulk.ts";
import { userName, users } from "../support/users.ts";

/** Four batches in flight, four more at hand. */
const WINDOW = 160;

/** All users there are, and then those there are not, without end; counts how many were taken. */
function endless() {
  const source = { pulled: 0, closed: 0 };
  const targets = function* () {
    try {
      for (;;) yield { user: userName(++source.pulled) };
    } finally {
      source.closed++;
    }
  };
  return Object.assign(source, { targets });
}

async function* asynchronous<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

const FORMS: Record<string, (targets: Target[]) => Iterable<Target> | AsyncIterable<Target>> = {
  "an array": (targets) => targets,
  "a set": (targets) => new Set(targets),
  "an iterator": (targets) => targets.values(),
  "an asynchronous generator": asynchronous,
  "a stream": (targets) => ReadableStream.from(targets),
  "an object with an asynchronous iterator": (targets) => ({
    [Symbol.asyncIterator]: () => {
      const iterator = targets.values();
      return { next: () => Promise.resolve(iterator.next()) };
    },
  }),
};

for (const [form, make] of Object.entries(FORMS)) {
  Deno.test(bulkTest(`removeProfilePhotos() takes targets from ${form}`, { users: 102 }, async (tenant) => {
    for (const [count, from] of [[0, 1], [1, 1], [100, 2]] as const) {
      const results = await removeMany(tenant, make(users(count, from)));
      assertEquals(Object.keys(byId(results)).sort(), users(count, from).map(({ user }) => user));
      assertEquals(tally(results).removed ?? 0, count);
    }
  }));
}

Deno.test(bulkTest("removeProfilePhotos() throws for targets that are not iterable", {}, async (tenant) => {
  const options = await connect(tenant);
  for (const targets of [undefined, null, 5, "me", { user: "alex@contoso.com" }, () => {}]) {
    // deno-lint-ignore no-explicit-any
    assertThrows(() => removeProfilePhotos(targets as any, options), TypeError, "must be an iterable");
  }
}));

Deno.test(bulkTest("removeProfilePhotos() reads a bounded distance ahead", { users: 100 }, async (tenant) => {
  const full = batches(tenant, 4);
  tenant.fault({ kind: "stall", on: "batch", rate: 1 });
  const source = endless();
  const aborting = new AbortController();
  const options = { ...await connect(tenant), timeout: 60_000, signal: aborting.signal };
  const running = collect(removeProfilePhotos(source.targets(), options));
  await full;
  assert(source.pulled >= 80 && source.pulled <= WINDOW + 1, `${source.pulled} targets were read`);
  aborting.abort(new Error("enough"));
  await assertRejects(() => running, Error, "enough");
  assertEquals(source.closed, 1);
  assert(source.pulled <= WINDOW + 1, `${source.pulled} targets were read`);
}));

Deno.test(
  bulkTest("removeProfilePhotos() finishes requests after a break", { users: 5000 }, async (tenant) => {
    const source = endless();
    const recorded: PhotoResult[] = [];
    const onResult = (result: PhotoResult) => void recorded.push(result);
    const options = { ...await connect(tenant), onResult };
    let seen = 0;
    for await (const { outcome } of removeProfilePhotos(source.targets(), options)) {
      assertEquals(outcome, "removed");
      if (++seen === 1000) break;
    }
    assertEquals(source.closed, 1);
    const left = sampleDirectory({ users: 5000 }).photoCount - tenant.directory.photoCount;
    assertEquals([tally(recorded).removed, photoRequests(tenant)], [left, left]);
    assert(source.pulled <= 1000 + 3 * WINDOW, `${source.pulled} targets were read`);
  }),
);

Deno.test(
  bulkTest("removeProfilePhotos() gives results while its source waits", { users: 100 }, async (tenant) => {
    const more = Promise.withResolvers<void>();
    const targets = async function* () {
      yield* users(3);
      await more.promise;
      yield* users(2, 4);
    };
    const results = removeProfilePhotos(targets(), await connect(tenant))[Symbol.asyncIterator]();
    const early = [await results.next(), await results.next(), await results.next()];
    assertEquals(early.map(({ value }) => value.outcome), ["removed", "removed", "removed"]);
    more.resolve();
    const late = [await results.next(), await results.next(), await results.next()];
    assertEquals(late.map(({ done, value }) => done || value.outcome), ["removed", "removed", true]);
  }),
);

for (const form of ["a synchronous", "an asynchronous"]) {
  Deno.test(bulkTest(
    `${form} source that fails ends a run after its results`,
    { users: 100, latency: 20 },
    async (tenant) => {
      const targets = function* () {
        yield* users(50);
        throw new Error("the list has an end");
      };
      const results: PhotoResult[] = [];
      const running = async () => {
        const source = form === "a synchronous" ? targets() : asynchronous(targets());
        for await (const result of removeProfilePhotos(source, await connect(tenant))) results.push(result);
      };
      await assertRejects(running, Error, "the list has an end");
      assertEquals(tally(results), { removed: 50 });
      assertEquals(photoRequests(tenant), 50);
    },
  ));
}

Deno.test("removeProfilePhotos() reads nothing before it is iterated", NONE, () => {
  const source = endless();
  removeProfilePhotos(source.targets(), { credential: "token" });
  assertEquals(source.pulled, 0);
});
