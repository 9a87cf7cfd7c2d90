import type { Dispatcher } from "./graph/dispatcher.ts";
import { sendDirectly } from "./graph/exchange.ts";
import { orAborted } from "./http/or_aborted.ts";
import type { Retry, Transport } from "./graph/request_with_retries.ts";
import type { RemoveOptions } from "./remove_profile_photo.ts";
import { NotSent } from "./remove_target.ts";
import { emptyResult, endsRun, failedResult, type RemovalResult } from "./result.ts";
import { type Confirmation, runMany } from "./run_many.ts";
import { createGraphClient, getToken, type GraphClient, parseNumberOption } from "./graph/client.ts";
import type { Target } from "./target.ts";

/** How to work on many targets. */
export interface ManyOptions extends RemoveOptions {
  /** How many requests are in flight at most. Default: 4, which is what Graph allows an app; 1 with `errorAction: "stop"`. */
  concurrency?: number;
  /** How many targets travel in one request where Graph takes them together; 1 means one by one. Default: 20; 1 with `errorAction: "stop"`. */
  batchSize?: number;
  /** Whether to go on after a failure, or begin no further target. Default: "continue". */
  errorAction?: "continue" | "stop";
  /** Asked before each target, one after the other: "no" declines this one, "quit" begins no further one. */
  confirm?: (target: Target) => Confirmation | Promise<Confirmation>;
  /** Once it aborts, no further target is begun, and those in flight end without waiting for another attempt. */
  stop?: AbortSignal;
  /** Keeps a result; awaited before the result counts as known. When it rejects, no further target is begun. */
  record?: (result: RemovalResult) => void | Promise<void>;
  /** Told of each request that is to be sent again. */
  onRetry?: (retry: Retry) => void;
}

/** How many requests a batch may hold. */
const MAX_BATCH = 20;

/** Checked options. */
interface Settings extends Omit<ManyOptions, "concurrency" | "batchSize"> {
  session: GraphClient;
  concurrency: number;
  batchSize: number;
}

/**
 * Checks the options of a run.
 *
 * @throws {TypeError | RangeError} If one cannot be what it should be.
 * @throws {CredentialError} If the environment holds no credential and none is given.
 */
export function checkManyOptions(options: ManyOptions): Settings {
  const { errorAction = "continue" } = options;
  if (errorAction !== "continue" && errorAction !== "stop") {
    throw new RangeError(
      `Cannot use errorAction as it must be "continue" or "stop": current value is ${
        JSON.stringify(errorAction)
      }`,
    );
  }
  const whole = { least: 1, integer: true };
  const stops = errorAction === "stop"; // so that nothing is in flight beside the one that fails
  return {
    ...options,
    errorAction,
    concurrency: parseNumberOption("the concurrency", options.concurrency, {
      ...whole,
      default: stops ? 1 : 4,
      most: 1000,
    }),
    batchSize: parseNumberOption("the batch size", options.batchSize, {
      ...whole,
      default: stops ? 1 : MAX_BATCH,
      most: MAX_BATCH,
    }),
    session: createGraphClient(options),
  };
}

/** What is done for each item of a run. */
export interface Job<T> {
  /** Whose photo the item is about. */
  target(item: T): Target;
  /** What is wrong with the item, so that nothing is to be done for it. */
  problem?(item: T): string | undefined;
  /** Does it; a failure is thrown. */
  work(item: T, session: GraphClient, lane: Transport): Promise<RemovalResult>;
}

/** How many batches' worth of targets are at hand for each request in flight, so that batches leave full. */
const AHEAD = 2;

/** What sends the requests of a run, until it is over. One item alone needs no queue, and does not load it. */
async function openDispatcher(
  items: Iterable<unknown> | AsyncIterable<unknown>,
  { session, concurrency, batchSize, stop }: Settings,
  over: AbortSignal,
): Promise<Dispatcher> {
  if (Array.isArray(items) && items.length === 1) {
    return { send: (request) => sendDirectly(session, request), [Symbol.dispose]() {} };
  }
  const { createDispatcher } = await import("./graph/dispatcher.ts");
  const cut = stop ? AbortSignal.any([over, stop]) : over;
  return createDispatcher(session, { concurrency, batchSize, cut });
}

/** Runs a job for many items; a failure of one is its result. */
export async function* runBulk<T>(
  items: Iterable<T> | AsyncIterable<T>,
  job: Job<T>,
  settings: Settings,
): AsyncGenerator<RemovalResult> {
  const { session, concurrency, batchSize, errorAction, confirm, stop, record, onRetry } = settings;
  const { clock, signal } = session;
  // No credential, or a refused one, ends the run before it begins.
  await orAborted(getToken(session), stop).catch((error) => {
    if (!stop?.aborted) throw error;
  });
  const over = new AbortController();
  using dispatcher = await openDispatcher(items, settings, over.signal);
  yield* runMany(items, {
    async work(item, wait) {
      const message = job.problem?.(item);
      if (message !== undefined) {
        return { ...emptyResult(job.target(item), "failed"), code: "InvalidTarget", message };
      }
      const startedAt = clock.now();
      const lane: Transport = {
        send: dispatcher.send,
        waitForRetry: (retry) => {
          onRetry?.(retry);
          return wait(retry.delay);
        },
      };
      try {
        return await job.work(item, session, lane);
      } catch (error) {
        if (error instanceof NotSent) return emptyResult(job.target(item), "notAttempted");
        return { ...failedResult(job.target(item), error), durationMs: clock.now() - startedAt };
      }
    },
    skip: (item, outcome) => emptyResult(job.target(item), outcome),
    endsRun: (result) => endsRun(result) || (errorAction === "stop" && result.outcome === "failed"),
    record,
    confirm: confirm && ((item) => job.problem?.(item) === undefined ? confirm(job.target(item)) : "yes"),
    window: errorAction === "stop" ? concurrency * batchSize : concurrency * batchSize * AHEAD,
    stop,
    signal,
    over,
    clock,
  });
}
