import { GraphError, ProfilePhotoError } from "./errors.ts";
import {
  emptyResult,
  type Outcome,
  type RemovalResult,
  removeOne,
  type RemoveOptions,
} from "./remove_profile_photo.ts";
import { getToken, numberOption, openSession, type Session } from "./session.ts";
import { parseTarget, type Target } from "./target.ts";

/** An answer to a question about one target. */
export type Answer = "yes" | "no" | "quit";

/** How to remove many photos. */
export interface BulkOptions extends RemoveOptions {
  /** How many requests are in flight at most. Default: 4, which is what Graph allows an app. */
  concurrency?: number;
  /** Whether to go on after a failure, or begin no further target. Default: "continue". */
  errorAction?: "continue" | "stop";
  /** Asked before each target: "no" declines this one, "quit" begins no further one. */
  confirm?: (target: Target) => Answer | Promise<Answer>;
  /** Once it aborts, no further target is begun; those in flight end. */
  stop?: AbortSignal;
}

interface Run extends Pick<BulkOptions, "confirm" | "stop"> {
  session: Session;
  whatIf: boolean;
  concurrency: number;
  stopOnFailure: boolean;
}

/** A failure of one target as its result; what fails the run (an abort, a fault of the program) is thrown on. */
function failedResult(target: Target, error: unknown): RemovalResult {
  if (!(error instanceof ProfilePhotoError)) throw error;
  const { code, message, hint } = error;
  const result: RemovalResult = { ...emptyResult(target, "failed"), code, message, hint };
  if (!(error instanceof GraphError)) return result;
  const { status, graphCode, requestId, attempts } = error;
  return { ...result, status, graphCode, requestId, attempts };
}

async function removeOrFail(given: Target, { session, whatIf }: Run): Promise<RemovalResult> {
  const startedAt = session.clock.now();
  let target: Target;
  try {
    target = parseTarget(given);
  } catch (error) {
    return { ...emptyResult(given, "failed"), code: "InvalidTarget", message: (error as TypeError).message };
  }
  try {
    return await removeOne(target, session, whatIf);
  } catch (error) {
    return { ...failedResult(target, error), durationMs: session.clock.now() - startedAt };
  }
}

/** The one way to read either kind of source. */
async function* iterate<T>(source: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T> {
  yield* source;
}

async function* run(
  targets: Iterable<Target> | AsyncIterable<Target>,
  options: Run,
): AsyncGenerator<RemovalResult> {
  const { session: { signal }, session, concurrency, stopOnFailure, confirm, stop } = options;
  await getToken(session); // no credential, or a refused one, ends the run before it begins
  const source = iterate(targets);
  const inFlight = new Set<Promise<void>>();
  const finished: RemovalResult[] = [];
  let reading: Promise<void> | undefined;
  let ended = false;
  let stopped = false;
  let failure: { error: unknown } | undefined;
  const fail = (error: unknown) => void (failure ??= { error });

  const begin = (target: Target) => {
    const work = removeOrFail(target, options).then((result) => {
      stopped ||= stopOnFailure && result.outcome === "failed";
      finished.push(result);
    }).catch(fail).finally(() => inFlight.delete(work));
    inFlight.add(work);
  };
  const decide = async (target: Target): Promise<Outcome | undefined> => {
    if (stopped || stop?.aborted) return "notAttempted";
    const answer = await confirm?.(target) ?? "yes";
    stopped ||= answer === "quit";
    return stopped || stop?.aborted ? "notAttempted" : answer === "no" ? "declined" : undefined;
  };
  const read = async () => {
    const { done, value } = await source.next();
    if (done) {
      ended = true;
      return;
    }
    const outcome = await decide(value);
    if (outcome) finished.push(emptyResult(value, outcome));
    else begin(value);
  };

  const over = new AbortController();
  const aborted = new Promise<void>((resolve) => {
    const onAbort = () => resolve(fail(signal?.reason));
    signal?.addEventListener("abort", onAbort, { signal: over.signal });
  });
  try {
    for (;;) {
      for (let result = finished.shift(); result; result = finished.shift()) yield result;
      if (failure) throw failure.error;
      if (ended && inFlight.size === 0) return;
      if (!ended && !reading && inFlight.size < concurrency) {
        reading = read().catch(fail).finally(() => reading = undefined);
      }
      await Promise.race([aborted, ...(reading ? [reading] : []), ...inFlight]);
    }
  } finally {
    over.abort();
    await Promise.all(inFlight); // what was begun is not left half-done
    const returned = source.return(undefined);
    if (reading) returned.catch(() => {}); // it may wait for input that never comes
    else await returned;
  }
}

function isIterable(value: unknown): boolean {
  return typeof value === "object" && value !== null &&
    (Symbol.iterator in value || Symbol.asyncIterator in value);
}

/**
 * Removes the profile photos of many targets. Every target comes out once, as its outcome is known, not in the
 * order given; a failure is a result, not an exception. Targets are read as they are needed.
 *
 * @example Remove many, and see what failed
 * ```ts
 * import { removeProfilePhotos } from "@graph-admin/remove-profile-photo";
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using tenant = await startEmulator(); // a tenant to try it on
 * const leavers = [{ user: "alex@contoso.com" }, { user: "nobody@contoso.com" }];
 * const results = removeProfilePhotos(leavers, { credential: await tenant.issueToken(), cloud: tenant.cloud });
 * for await (const { target, outcome, message } of results) console.log(target, outcome, message);
 * ```
 *
 * @param targets The targets, from any iterable, also an asynchronous one.
 * @param options As for one target, and concurrency, error action, confirmation, stop.
 * @returns A result for each target. The iteration throws `CredentialError` when there is no usable credential to
 * begin with, and the signal's reason.
 * @throws {TypeError | RangeError} If an option cannot be what it should be.
 * @throws {CredentialError} If the environment holds no credential and none is given.
 */
export function removeProfilePhotos(
  targets: Iterable<Target> | AsyncIterable<Target>,
  options: BulkOptions = {},
): AsyncIterable<RemovalResult> {
  const { errorAction = "continue", confirm, stop } = options;
  if (!isIterable(targets)) {
    throw new TypeError("Cannot remove photos as the targets must be an iterable of targets");
  }
  if (errorAction !== "continue" && errorAction !== "stop") {
    throw new RangeError(
      `Cannot use errorAction as it must be "continue" or "stop": current value is ${
        JSON.stringify(errorAction)
      }`,
    );
  }
  return run(targets, {
    session: openSession(options),
    whatIf: options.whatIf ?? false,
    concurrency: numberOption("the concurrency", options.concurrency, {
      default: 4,
      least: 1,
      integer: true,
    }),
    stopOnFailure: errorAction === "stop",
    confirm,
    stop,
  });
}
