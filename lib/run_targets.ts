import { describeValue } from "./describe_value.ts";
import { checkOptionNames, parseNumberOption } from "./check_options.ts";
import {
  createGraphClient,
  getToken,
  GRAPH_OPTIONS,
  type GraphClient,
  type GraphOptions,
} from "./graph/client.ts";
import type { Dispatcher } from "./graph/dispatcher.ts";
import { type Retry, sendDirectly, type Transport } from "./graph/request_with_retries.ts";
import { endsRun, failedResult, invalidTargetResult, outcomeResult, type PhotoResult } from "./result.ts";
import type { InvalidTarget, Target } from "./target.ts";

/** What `confirm` answers: yes, yes to this and all later targets, no, or no and start no further targets. */
export type Confirmation = "yes" | "all" | "no" | "quit";

const CONFIRMATIONS: readonly Confirmation[] = ["yes", "all", "no", "quit"];

/** Options of a run over many targets, besides those of {@link GraphOptions}: `credential`, `cloud`, `signal`, … */
export interface RunOptions extends GraphOptions {
  /** Whether only to look and change nothing. Default: false. */
  whatIf?: boolean;
  /** Requests in flight at most. Default: 4, Graph's limit for an app; 1 with `errorAction: "stop"`. */
  concurrency?: number;
  /** Targets in one request at most, from 1 (no `$batch`) to 20. Default: 20; 1 with `errorAction: "stop"`. */
  batchSize?: number;
  /** After a failure: continue, or start no further targets. Default: "continue". */
  errorAction?: "continue" | "stop";
  /**
   * Asked before each target, one after the other. "no" declines the target; "all" means yes to it and to all later
   * ones; "quit" starts no further targets. Anything else ends the run with a `TypeError`.
   */
  confirm?: (target: Target) => Confirmation | Promise<Confirmation>;
  /**
   * Stops gracefully: requests in flight finish, nothing is repeated or started, and the rest is reported as
   * `notAttempted`.
   */
  stopSignal?: AbortSignal;
  /** Called with each target that is taken up, before anything is sent about it. */
  onStart?: (target: Target) => void;
  /**
   * Called with each result, and awaited, before the result is yielded. If it rejects, no further targets are
   * started and the iteration throws its error.
   */
  onResult?: (result: PhotoResult) => void | Promise<void>;
  /** Called before each retry. */
  onRetry?: (retry: Retry) => void;
}

/** Graph's limit for a batch. */
const MAX_BATCH_SIZE = 20;

const RUN_OPTIONS = [
  ...GRAPH_OPTIONS,
  "whatIf",
  "concurrency",
  "batchSize",
  "errorAction",
  "confirm",
  "stopSignal",
  "onStart",
  "onResult",
  "onRetry",
] as const satisfies readonly (keyof RunOptions)[];

/** Validated options. */
export interface ValidatedRunOptions extends Omit<RunOptions, "concurrency" | "batchSize"> {
  client: GraphClient;
  concurrency: number;
  batchSize: number;
}

/**
 * Validates the options of a run.
 *
 * @param further The names of options that the caller takes besides those of {@link RunOptions}.
 * @param without The names of those that it does not take.
 * @throws {TypeError | RangeError} If an option does not exist, has a wrong type or is out of its range.
 * @throws {CredentialError} If no credential is given and the environment has none.
 */
export function validateRunOptions(
  options: RunOptions,
  further: readonly string[],
  without: readonly string[] = [],
): ValidatedRunOptions {
  checkOptionNames(options, [...RUN_OPTIONS, ...further].filter((name) => !without.includes(name)));
  const { errorAction = "continue" } = options;
  if (errorAction !== "continue" && errorAction !== "stop") {
    throw new RangeError(
      `Cannot use errorAction as it must be "continue" or "stop": current value is ${
        describeValue(errorAction, "name")
      }`,
    );
  }
  const stops = errorAction === "stop"; // nothing else must be in flight when a target fails
  const count = (name: string, value: number | undefined, fallback: number, most: number) =>
    parseNumberOption(name, value, { default: stops ? 1 : fallback, least: 1, most, integer: true });
  return {
    ...options,
    errorAction,
    concurrency: count("the concurrency", options.concurrency, 4, 1000),
    batchSize: count("the batch size", options.batchSize, MAX_BATCH_SIZE, MAX_BATCH_SIZE),
    client: createGraphClient(options),
  };
}

/** What is done for each item of a run. */
export interface TargetJob<T> {
  /** Returns whose photo the item is about, or why it is about none. */
  parse(item: T): Target | InvalidTarget;
  /** Does the work for an item whose target is valid; a failure is thrown. */
  work(item: T, client: GraphClient, transport: Transport): Promise<PhotoResult>;
}

/** Batches to prefetch per in-flight request, so that every batch is full. */
const PREFETCH_BATCHES = 2;
/** Upper bound for running and waiting items, as a multiple of the window: waiting items do not hold back others. */
const MAX_WAITING_FACTOR = 20;

/** A condition variable. Every change re-checks all conditions, so they must be cheap. */
function createMonitor() {
  const pending = new Set<() => void>();
  return {
    changed() {
      for (const check of pending) check();
    },
    async until(condition: () => boolean) {
      if (condition()) return;
      await new Promise<void>((resolve) => {
        const check = () => {
          if (condition() && pending.delete(check)) resolve();
        };
        pending.add(check);
      });
    },
  };
}

/** Creates the dispatcher. A single target is sent directly; the queue is not even loaded. */
async function createRunDispatcher(
  items: Iterable<unknown> | AsyncIterable<unknown>,
  { client, concurrency, batchSize, stopSignal }: ValidatedRunOptions,
  finished: AbortSignal,
): Promise<Dispatcher> {
  if (Array.isArray(items) && items.length === 1) {
    return { send: (request) => sendDirectly(client, request), [Symbol.dispose]() {} };
  }
  const { createDispatcher } = await import("./graph/dispatcher.ts");
  const drainSignal = stopSignal ? AbortSignal.any([finished, stopSignal]) : finished;
  return createDispatcher(client, { concurrency, batchSize, drainSignal });
}

/**
 * Does a job for many items, and yields their results as they are known. Each item comes out once; a failure of one is
 * its result. Items are read as there is room, so that memory does not grow with their number.
 */
export async function* runTargets<T>(
  items: Iterable<T> | AsyncIterable<T>,
  job: TargetJob<T>,
  options: ValidatedRunOptions,
): AsyncGenerator<PhotoResult> {
  const { client, concurrency, batchSize, errorAction, confirm, stopSignal } = options;
  const { onStart, onResult, onRetry } = options;
  const { clock, signal } = client;
  const window = concurrency * batchSize * (errorAction === "stop" ? 1 : PREFETCH_BATCHES);
  // Without a credential, or with a refused one, the run ends before it begins.
  await getToken(client, stopSignal).catch((error) => {
    if (!stopSignal?.aborted) throw error;
  });

  const finished = new AbortController(); // also when the consumer has gone
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const results: PhotoResult[] = [];
  const monitor = createMonitor();
  let waitSignal: AbortSignal | undefined; // created lazily: most single removals never wait
  let running = 0;
  let waiting = 0;
  let sourceEnded = false;
  let asking = confirm !== undefined;
  let stopped = false;
  let error: { reason: unknown } | undefined; // ends the run now
  let errorAtEnd: { reason: unknown } | undefined; // thrown once what is running has ended

  const fail = (reason: unknown) => {
    error ??= { reason };
    monitor.changed();
  };
  /** If recording fails, the result is still yielded; then the run ends with that error. */
  const emit = async (result: PhotoResult) => {
    try {
      await onResult?.(result);
    } catch (reason) {
      errorAtEnd ??= { reason };
      stopped = true;
    }
    results.push(result);
    monitor.changed();
  };
  const waitForRetry: Transport["waitForRetry"] = async (retry, target) => {
    if (target !== null) onRetry?.({ target, ...retry });
    waiting++;
    monitor.changed();
    try {
      waitSignal ??= AbortSignal.any(
        [finished.signal, stopSignal, signal].filter((given) => given !== undefined),
      );
      await clock.sleep(retry.delay, waitSignal);
      return true;
    } catch {
      signal?.throwIfAborted();
      return false;
    } finally {
      waiting--;
    }
  };
  const dispatcher = await createRunDispatcher(items, options, finished.signal);
  const transport: Transport = { send: dispatcher.send, waitForRetry };

  const work = async (item: T, parsed: Target | InvalidTarget): Promise<PhotoResult> => {
    if (isInvalid(parsed)) return invalidTargetResult(parsed);
    const startedAt = clock.monotonicNow();
    try {
      return await job.work(item, client, transport);
    } catch (reason) {
      return failedResult(parsed, reason, clock.monotonicNow() - startedAt);
    }
  };
  const begin = async (item: T, parsed: Target | InvalidTarget) => {
    running++;
    try {
      if (!isInvalid(parsed)) onStart?.(parsed);
      const result = await work(item, parsed);
      stopped ||= endsRun(result) || (errorAction === "stop" && result.outcome === "failed");
      await emit(result);
    } catch (reason) {
      fail(reason);
    } finally {
      running--;
      monitor.changed();
    }
  };
  const ask = async (parsed: Target | InvalidTarget): Promise<Confirmation> => {
    if (!asking || isInvalid(parsed)) return "yes";
    const answer = await confirm!(parsed);
    if (!CONFIRMATIONS.includes(answer)) {
      throw new TypeError(
        `confirm must return one of ${CONFIRMATIONS.map((word) => `"${word}"`).join(", ")}: it returned ${
          typeof answer === "string" ? describeValue(answer, "name") : String(answer)
        }`,
      );
    }
    asking = answer !== "all";
    stopped ||= answer === "quit";
    return answer;
  };
  const hasRoom = () => {
    if (error) return true;
    if (asking) return running === 0 && results.length === 0; // the outcome of one is known before the next question
    return running - waiting < window && running < window * MAX_WAITING_FACTOR && results.length < window;
  };
  const isStopped = () => stopped || stopSignal?.aborted;
  const readItems = async () => {
    for (;;) {
      await monitor.until(hasRoom);
      if (error || finished.signal.aborted) return;
      const { done, value } = await source.next();
      if (done) break;
      const parsed = job.parse(value);
      const answer = isStopped() ? "yes" : await ask(parsed);
      if (error || finished.signal.aborted) return;
      const target = isInvalid(parsed) ? parsed.target : parsed;
      if (isStopped()) await emit(outcomeResult(target, "notAttempted", null));
      else if (answer === "no") await emit(outcomeResult(target, "declined", null));
      else void begin(value, parsed);
    }
    sourceEnded = true;
    monitor.changed();
  };

  const onAbort = () => fail(signal!.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    signal?.throwIfAborted();
    readItems().catch((reason) => {
      errorAtEnd ??= { reason };
      sourceEnded = true;
      monitor.changed();
    });
    for (;;) {
      await monitor.until(() => results.length > 0 || error !== undefined || (sourceEnded && running === 0));
      while (results.length > 0) {
        yield results[0]!;
        results.shift();
      }
      monitor.changed(); // there is room again
      if (error) throw error.reason;
      if (sourceEnded && running === 0 && results.length === 0) break;
    }
    if (errorAtEnd) throw errorAtEnd.reason;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    finished.abort();
    await monitor.until(() => running === 0); // nothing is left half-done
    dispatcher[Symbol.dispose]();
    if (!sourceEnded) void Promise.resolve(source.return?.()).catch(() => {}); // it may wait for input that never comes
  }
}

/** Returns whether an item is an input row from which no target could be read. */
export function isInvalid(item: Target | InvalidTarget): item is InvalidTarget {
  return typeof item === "object" && item !== null && "problem" in item;
}
