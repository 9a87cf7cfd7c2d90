import type { Clock } from "../lib/http/clock.ts";
import { createGraphClient } from "../lib/graph/client.ts";
import type { Transport } from "../lib/graph/request_with_retries.ts";
import { outcomeResult, type PhotoResult } from "../lib/result.ts";
import { type RunOptions, runTargets, validateRunOptions } from "../lib/run_targets.ts";
import type { Confirmation, Target } from "../mod.ts";
import { assert, assertEquals, assertRejects } from "./deps/assert.ts";
import { fakeClock } from "./support/fake_clock.ts";
import { PENDING, settledNow } from "./support/promises.ts";
import { NONE } from "./support/test.ts";

/** Items at work at once: 1 × 5 × 2 that are prefetched. */
const WINDOW = 10;

type Work = (item: number, wait: () => Promise<boolean>) => Promise<PhotoResult>;

const userOf = (item: number): Target => ({ user: `${item}@contoso.com` });
const removed = (item: number) => outcomeResult(userOf(item), "removed", 200);
const removes: Work = (item) => Promise.resolve(removed(item));
/** A result as "3" or "3 notAttempted". */
const inShort = ({ target, outcome }: PhotoResult) =>
  `${Number.parseInt((target as { user: string }).user)}${outcome === "removed" ? "" : ` ${outcome}`}`;

/** A run over numbers; `work` is what is done for each. */
async function* run(
  items: Iterable<number> | AsyncIterable<number>,
  work: Work = removes,
  options: RunOptions = {},
  clock: Clock = fakeClock(),
): AsyncGenerator<string> {
  const given = { credential: "token", concurrency: 1, batchSize: 5, ...options };
  const settings = { ...validateRunOptions(given, []), client: createGraphClient(given, clock) };
  const results = runTargets(items, {
    parse: userOf,
    work(item, _client, { waitForRetry }: Transport) {
      return work(item, () => waitForRetry({ attempts: 1, delay: 1000, status: 429 }, userOf(item)));
    },
  }, settings);
  for await (const result of results) yield inShort(result);
}

/** The numbers from 1 without end, and how many were taken. */
function numbers() {
  const source = { taken: 0 };
  const items = function* () {
    for (;;) yield ++source.taken;
  };
  return Object.assign(source, { items });
}

const never = () => new Promise<never>(() => {});

Deno.test("runTargets() takes no more than its window of items that are at work", NONE, async () => {
  const source = numbers();
  const running = run(source.items(), never);
  assertEquals(await settledNow(running.next()), PENDING);
  assertEquals(source.taken, WINDOW);
});

Deno.test("runTargets() takes more while items wait, up to a bound", NONE, async () => {
  const source = numbers();
  const running = run(source.items(), (item, wait) => wait().then(() => removed(item)), {}, {
    ...fakeClock(),
    sleep: never,
  });
  assertEquals(await settledNow(running.next()), PENDING);
  assertEquals(source.taken, 20 * WINDOW);
});

Deno.test("runTargets() takes no more than it can hold for a consumer that does not read", NONE, async () => {
  const source = numbers();
  const running = run(source.items());
  await running.next();
  await settledNow(never());
  assert(source.taken <= 4 * WINDOW, `${source.taken} were taken`);
  await running.return(undefined);
});

Deno.test("runTargets() gives each result as it is known, whatever began before", NONE, async () => {
  const first = Promise.withResolvers<PhotoResult>();
  const running = run([1, 2, 3], (item) => item === 1 ? first.promise : removes(item, never));
  assertEquals([(await running.next()).value, (await running.next()).value], ["2", "3"]);
  first.resolve(removed(1));
  assertEquals([(await running.next()).value, (await running.next()).done], ["1", true]);
});

/** Reads a run that throws: what it yielded before. */
async function yieldedBefore(
  running: AsyncIterable<string>,
  type: typeof Error,
  said: string,
): Promise<string[]> {
  const seen: string[] = [];
  await assertRejects(
    async () => {
      for await (const result of running) seen.push(result);
    },
    type,
    said,
  );
  return seen;
}

const numberOf = (target: Target) => Number.parseInt((target as { user: string }).user);

Deno.test("runTargets() throws an error of a question", NONE, async () => {
  const confirm = (target: Target) => {
    if (numberOf(target) === 3) throw new Error("the terminal is gone");
    return "yes" as const;
  };
  const running = run([1, 2, 3, 4], removes, { confirm });
  assertEquals(await yieldedBefore(running, Error, "the terminal is gone"), ["1", "2"]);
});

Deno.test("runTargets() takes no other answer than its words, and removes nothing by it", NONE, async () => {
  for (const answer of [false, true, undefined, null, "No", "n", "cancel", "YES", 1]) {
    const begun: number[] = [];
    const work: Work = (item) => {
      begun.push(item);
      return removes(item, never);
    };
    const running = run([1, 2], work, { confirm: () => answer as Confirmation });
    const said = `confirm must return one of "yes", "all", "no", "quit": it returned `;
    assertEquals([await yieldedBefore(running, TypeError, said), begun], [[], []], String(answer));
  }
});

Deno.test(
  "runTargets() does not wait for a source that has no more to say after an abort",
  NONE,
  async () => {
    const aborting = new AbortController();
    const items = { [Symbol.asyncIterator]: () => ({ next: never, return: never }) };
    const running = Array.fromAsync(run(items, removes, { signal: aborting.signal }));
    assertEquals(await settledNow(running), PENDING);
    const reason = new Error("no longer wanted");
    aborting.abort(reason);
    assertEquals<unknown>(await assertRejects(() => running), reason);
  },
);
