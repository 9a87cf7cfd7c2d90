import type { BackupStore } from "./backup/backup_store.ts";
import { checkManyOptions, type ManyOptions, runBulk } from "./bulk.ts";
import { removeTarget } from "./remove_target.ts";
import type { RemovalResult } from "./result.ts";
import { type InvalidTarget, parseTarget, type Target } from "./target.ts";

/** How to remove many photos. */
export interface BulkOptions extends ManyOptions {
  /** Where to save each photo before it is removed; one that cannot be saved is not removed. */
  backup?: BackupStore;
  /** Whether to look after each removal that there is no photo. Default: false. */
  verify?: boolean;
}

function isIterable(value: unknown): boolean {
  return typeof value === "object" && value !== null &&
    (Symbol.iterator in value || Symbol.asyncIterator in value);
}

const isBadRow = (given: Target | InvalidTarget): given is InvalidTarget =>
  typeof given === "object" && given !== null && "problem" in given;

/** What is wrong with a target, before anything is asked or sent. */
function problem(given: Target | InvalidTarget): string | undefined {
  if (isBadRow(given)) return given.problem;
  try {
    parseTarget(given);
  } catch (error) {
    return (error as TypeError).message;
  }
}

/**
 * Removes the profile photos of many targets, in batches where Graph takes them. Every target comes out once, as its
 * outcome is known, not in the order given; a failure is a result, not an exception. Targets are read as they are
 * needed, so that there can be any number.
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
 * @param targets The targets, from any iterable, also an asynchronous one; a row that names none can be handed in as
 * `{ target, problem }`, and comes out as `failed` with the code `InvalidTarget`.
 * @param options As for one target; and how many at once, what to do after a failure, backup, verification.
 * @returns A result for each target. The iteration throws `CredentialError` when there is no usable credential to
 * begin with, what `record` throws, and the signal's reason.
 * @throws {TypeError | RangeError} If an option cannot be what it should be.
 * @throws {CredentialError} If the environment holds no credential and none is given.
 */
export function removeProfilePhotos(
  targets: Iterable<Target | InvalidTarget> | AsyncIterable<Target | InvalidTarget>,
  options: BulkOptions = {},
): AsyncIterable<RemovalResult> {
  if (!isIterable(targets)) {
    throw new TypeError("Cannot remove photos as the targets must be an iterable of targets");
  }
  const steps = { whatIf: options.whatIf ?? false, backup: options.backup, verify: options.verify ?? false };
  return runBulk(targets, {
    target: (given) => isBadRow(given) ? given.target : given,
    problem,
    work: (given, session, lane) => removeTarget(given as Target, session, lane, steps),
  }, checkManyOptions(options));
}
