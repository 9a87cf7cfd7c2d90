import { type Many, runMany } from "../lib/run_many.ts";
import { assert, assertEquals, assertRejects } from "./deps/assert.ts";
import { fakeClock } from "./support/fake_clock.ts";
import { PENDING, settledNow } from "./support/promises.ts";
import { test } from "./support/test.ts";

const WINDOW = 10;

/** A run that doubles numbers. */
function doubling(parts: Partial<Many<number, number | string>> = {}): Many<number, number | string> {
  return {
    work: (item) => Promise.resolve(item * 2),
    skip: (item, outcome) => `${item} ${outcome}`,
    endsRun: () => false,
    window: WINDOW,
    clock: fakeClock(),
    ...parts,
  };
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

test("runMany() takes no more than its window of items that are at work", "none", async () => {
  const source = numbers();
  const running = runMany(source.items(), doubling({ work: never }));
  assertEquals(await settledNow(running.next()), PENDING);
  assert(source.taken <= WINDOW + 1, `${source.taken} were taken`);
});

test("runMany() takes more while items wait, up to a bound", "none", async () => {
  const source = numbers();
  const clock = { ...fakeClock(), sleep: never };
  const work = (_: number, wait: (delay: number) => Promise<boolean>) => wait(1000).then(() => 0);
  const running = runMany(source.items(), doubling({ work, clock }));
  assertEquals(await settledNow(running.next()), PENDING);
  assert(source.taken > 2 * WINDOW && source.taken <= 20 * WINDOW + 1, `${source.taken} were taken`);
});

test("runMany() takes no more than it can hold for a consumer that does not read", "none", async () => {
  const source = numbers();
  const running = runMany(source.items(), doubling());
  await running.next();
  await settledNow(never());
  assert(source.taken <= 4 * WINDOW, `${source.taken} were taken`);
  await running.return(undefined);
});

test("runMany() gives each result as it is known, whatever began before", "none", async () => {
  const first = Promise.withResolvers<number>();
  const work = (item: number) => item === 1 ? first.promise : Promise.resolve(item);
  const running = runMany([1, 2, 3], doubling({ work }));
  assertEquals([(await running.next()).value, (await running.next()).value], [2, 3]);
  first.resolve(1);
  assertEquals([(await running.next()).value, (await running.next()).done], [1, true]);
});

test("runMany() takes nothing while a question is open", "none", async () => {
  const source = numbers();
  const answer = Promise.withResolvers<"yes">();
  const running = runMany(source.items(), doubling({ confirm: () => answer.promise }));
  const first = running.next();
  assertEquals([await settledNow(first), source.taken], [PENDING, 1]);
  answer.resolve("yes");
  assertEquals((await first).value, 2);
  await running.return(undefined);
});

test("runMany() throws an error of the work once what else was begun has ended", "none", async () => {
  let begun = 0;
  let ended = 0;
  const work = async (item: number) => {
    begun++;
    await Promise.resolve();
    ended++;
    if (item === 3) throw new Error("a fault of the program");
    return item;
  };
  const running = runMany([1, 2, 3, 4, 5], doubling({ work }));
  await assertRejects(() => Array.fromAsync(running), Error, "a fault of the program");
  assertEquals(ended, begun);
});

test("runMany() throws an error of a question", "none", async () => {
  const confirm = (item: number) => {
    if (item === 3) throw new Error("the terminal is gone");
    return "yes" as const;
  };
  const seen: unknown[] = [];
  await assertRejects(
    async () => {
      for await (const result of runMany([1, 2, 3, 4], doubling({ confirm }))) seen.push(result);
    },
    Error,
    "the terminal is gone",
  );
  assertEquals(seen, [2, 4]);
});

test("runMany() skips the rest after a result that ends the run", "none", async () => {
  const endsRun = (result: number | string) => result === 6;
  const results = await Array.fromAsync(runMany([1, 2, 3, 4, 5], doubling({ endsRun, window: 1 })));
  assertEquals(results, [2, 4, 6, "4 notAttempted", "5 notAttempted"]);
});

test("runMany() does not wait for a source that has no more to say after an abort", "none", async () => {
  const aborting = new AbortController();
  const items = { [Symbol.asyncIterator]: () => ({ next: never, return: never }) };
  const running = Array.fromAsync(
    runMany<number, number | string>(items, doubling({ signal: aborting.signal })),
  );
  assertEquals(await settledNow(running), PENDING);
  const reason = new Error("no longer wanted");
  aborting.abort(reason);
  assertEquals<unknown>(await assertRejects(() => running), reason);
});
