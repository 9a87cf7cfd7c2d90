import { createGraphClient } from "../../lib/graph/client.ts";
import { outcomeResult } from "../../lib/result.ts";
import { runTargets, validateRunOptions } from "../../lib/run_targets.ts";
import { type Confirmation, CredentialError, type Target } from "../../mod.ts";
import { fc } from "../deps/fast_check.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { property } from "./property.ts";

interface Item {
  waits: number;
  /** Whether it fails in a way that no later target can succeed after. */
  endsRun: boolean;
  answer: Confirmation;
  /** Whether its result cannot be recorded. */
  unrecorded: boolean;
  /** Whether the work on it is a fault of the program. */
  faulty: boolean;
}

const rarely = fc.nat({ max: 19 }).map((number) => number === 0);
const ITEM: fc.Arbitrary<Item> = fc.record({
  waits: fc.nat({ max: 2 }),
  endsRun: rarely,
  answer: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom<Confirmation>("yes", "no") },
    { weight: 1, arbitrary: fc.constantFrom<Confirmation>("all", "quit") },
  ),
  unrecorded: rarely,
  faulty: rarely,
});

/** How a run goes, besides what happens to its items. */
const RUN = fc.record({
  items: fc.array(ITEM, { maxLength: 15 }),
  concurrency: fc.integer({ min: 1, max: 3 }),
  asks: fc.boolean(),
  /** After how many results it is stopped or aborted, or its consumer leaves; never by default. */
  stopAfter: fc.option(fc.nat({ max: 15 })),
  abortAfter: fc.option(fc.nat({ max: 15 }), { freq: 5 }),
  leaveAfter: fc.option(fc.nat({ max: 15 }), { freq: 5 }),
  sourceFails: rarely,
  slowReader: fc.boolean(),
  scheduler: fc.scheduler(),
});

const userOf = (at: number): Target => ({ user: `${at}@contoso.com` });
const atOf = (target: Target) => Number.parseInt((target as { user: string }).user);

Deno.test(property(
  "runTargets() gives each item once, in whatever order things happen, and leaves none half-done",
  RUN,
  async (
    { items, concurrency, asks, stopAfter, abortAfter, leaveAfter, sourceFails, slowReader, scheduler },
  ) => {
    const turn = (what: string) => scheduler.schedule(Promise.resolve(), what);
    const stop = new AbortController();
    const abort = new AbortController();
    const begun = new Map<number, number>();
    const ended = new Set<number>();
    let taken = 0;
    let asking = 0;
    const source = async function* () {
      for (const at of items.keys()) {
        await turn(`take ${at}`);
        taken++;
        yield at;
      }
      if (sourceFails) throw new Error("the source broke off");
    };
    const sleep = (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        const end = () => signal?.aborted ? reject(signal.reason) : resolve();
        signal?.addEventListener("abort", end);
        void turn("wake").then(end);
        if (signal?.aborted) end();
      });
    const options = {
      credential: "token",
      concurrency,
      batchSize: 1,
      stopSignal: stop.signal,
      signal: abort.signal,
      onResult: async ({ target }: { target: Target }) => {
        await turn(`record ${atOf(target)}`);
        if (items[atOf(target)]!.unrecorded) throw new Error("the disk is full");
      },
      confirm: asks
        ? async (target: Target) => {
          assertEquals(++asking, 1, "one question at a time");
          await turn(`answer ${atOf(target)}`);
          asking--;
          return items[atOf(target)]!.answer;
        }
        : undefined,
    };
    const client = createGraphClient(options, { ...fakeClock(), sleep });
    const running = runTargets(source(), {
      parse: userOf,
      async work(at, _client, { waitForRetry }) {
        begun.set(at, (begun.get(at) ?? 0) + 1);
        let isCutShort = false;
        try {
          for (let count = 0; count < items[at]!.waits; count++) {
            await turn(`work ${at}`);
            const retry = { attempts: 1, delay: 1000, status: null };
            if (!await waitForRetry(retry, userOf(at))) isCutShort = true;
          }
          await turn(`finish ${at}`);
          if (items[at]!.faulty) throw new Error("a fault of the program");
        } finally {
          ended.add(at);
        }
        if (items[at]!.endsRun && !isCutShort) throw new CredentialError("SignInRefused", "no");
        return outcomeResult(userOf(at), isCutShort ? "absent" : "removed", 200);
      },
    }, { ...validateRunOptions(options, []), client });

    const results: { at: number; outcome: string }[] = [];
    const read = async () => {
      for await (const { target, outcome } of running) {
        results.push({ at: atOf(target), outcome });
        if (slowReader) await turn("read");
        if (results.length === stopAfter) stop.abort();
        if (results.length === abortAfter) abort.abort(new Error("aborted"));
        if (results.length === leaveAfter) break;
      }
    };
    if (stopAfter === 0) stop.abort();
    const outcome = await scheduler.waitFor(read().then(() => null, (error: Error) => error.message));

    const seen = results.map(({ at }) => at).sort((a, b) => a - b);
    assertEquals(new Set(seen).size, seen.length, "an item came out twice");
    assert([...begun.values()].every((times) => times === 1), "an item was begun twice");
    assertEquals(ended.size, begun.size, "an item was left half-done");
    for (const { at, outcome } of results) {
      assertEquals(begun.has(at), ["removed", "absent", "failed"].includes(outcome), `${at} ${outcome}`);
      if (outcome === "declined") assert(asks && items[at]!.answer === "no", `${at} was not asked about`);
      else assert(["removed", "absent", "failed", "notAttempted"].includes(outcome), outcome);
    }
    const wasAborted = outcome === "aborted" || outcome === "a fault of the program";
    const hasLeft = leaveAfter !== null && results.length === leaveAfter;
    if (wasAborted || hasLeft) return;
    assertEquals(seen, [...items.keys()], "an item did not come out");
    assertEquals(taken, items.length);
    const recorded = !items.some(({ unrecorded }) => unrecorded);
    assertEquals(outcome, recorded ? sourceFails ? "the source broke off" : null : outcome);
    assert(recorded || ["the disk is full", "the source broke off"].includes(outcome!), String(outcome));
  },
));
