import type { BackupStore } from "./backup/backup_store.ts";
import { checkBackup } from "./check_options.ts";
import { removeTarget } from "./remove_target.ts";
import type { PhotoResult } from "./result.ts";
import { isInvalid, type RunOptions, runTargets, validateRunOptions } from "./run_targets.ts";
import { type InvalidTarget, parseTarget, shownId, type Target } from "./target.ts";

/**
 * How to remove many photos, besides the options of {@link RunOptions} (`concurrency`, `batchSize`, `errorAction`,
 * `confirm`, `whatIf`, `stopSignal`, `onStart`, `onResult`, `onRetry`) and of {@link GraphOptions} (`credential`, `cloud`, …).
 */
export interface BulkOptions extends RunOptions {
  /** Where to save each photo before it is removed. A photo that cannot be saved is not removed. */
  backup?: BackupStore;
  /** Whether to check after each removal that Graph shows no photo. Default: false. */
  verify?: boolean;
}

function isIterable(value: unknown): boolean {
  return typeof value === "object" && value !== null &&
    (Symbol.iterator in value || Symbol.asyncIterator in value);
}

/** Returns what stands in the place of a target, as much of it as may be shown. */
function shorten(given: unknown): Target {
  const isObject = typeof given === "object" && given !== null;
  const [kind, id] = (isObject && Object.entries(given)[0]) || ["user", given];
  const text = typeof id === "object" || typeof id === "function" ? typeof id : String(id);
  if (given === "me" || (isObject && shownId(text) === id)) return given as Target;
  return kind === "group" ? { group: shownId(text) } : { user: shownId(text) };
}

/** Validates what stands in the place of a target, also from code without types. */
export function parseGiven(given: Target | InvalidTarget): Target | InvalidTarget {
  try {
    return isInvalid(given) ? { ...given, target: shorten(given.target) } : parseTarget(given);
  } catch (error) {
    return { target: shorten(given), problem: (error as TypeError).message };
  }
}

/**
 * Removes the profile photos of many targets, in batches. Every target yields one result, as soon as its outcome is
 * known and not in the order given; a failure is a result, not an exception. Targets are read as they are needed, so
 * that there can be any number.
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
 * @param targets The targets, from any iterable, also an asynchronous one. An {@link InvalidTarget} yields a failed
 * result.
 * @param options As for one target; and how many at once, what to do after a failure, whom to ask, where to record.
 * @returns A result for each target. Nothing is removed before the iteration begins. The iteration throws
 * `CredentialError` if there is no usable credential to begin with, what `onResult` and `confirm` throw, and the
 * signal's reason.
 * @throws {TypeError | RangeError} If an option is not valid or does not exist.
 * @throws {CredentialError} If no credential is given and the environment has none.
 */
export function removeProfilePhotos(
  targets: Iterable<Target | InvalidTarget> | AsyncIterable<Target | InvalidTarget>,
  options?: BulkOptions,
): AsyncIterable<PhotoResult> {
  if (!isIterable(targets)) {
    throw new TypeError("Cannot remove photos as the targets must be an iterable of targets");
  }
  const { backup, verify, whatIf } = options ?? {};
  if (backup !== undefined) checkBackup(backup, ["save"]);
  return runTargets(targets, {
    parse: parseGiven,
    work: (given, client, transport) =>
      removeTarget(given as Target, client, transport, { whatIf, backup, verify }),
  }, validateRunOptions(options ?? {}, ["backup", "verify"]));
}
