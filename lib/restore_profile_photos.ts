import { type BackupEntry, type BackupStore, sha256 } from "./backup/backup_store.ts";
import { BackupError } from "./errors.ts";
import { LARGEST_PHOTO, photoRequests } from "./graph/photo_requests.ts";
import { requestWithRetries } from "./graph/request_with_retries.ts";
import { orAborted } from "./http/clock.ts";
import { signedInUser } from "./remove_target.ts";
import { outcomeResult, type PhotoResult } from "./result.ts";
import { type RunOptions, runTargets, validateRunOptions } from "./run_targets.ts";
import { type Target, targetKey } from "./target.ts";

/**
 * How to put photos back, besides the options of {@link RunOptions} (`concurrency`, `errorAction`, `confirm`, `whatIf`,
 * `stopSignal`, `onResult`, `onRetry`) and of {@link GraphOptions} (`credential`, `cloud`, …).
 */
export interface RestoreOptions extends RunOptions {
  /** Chooses among the backup's photos. Default: all. */
  only?: (target: Target) => boolean;
}

/** Returns whether an entry is a photo of `me` that was saved for another user than the one signed in now. */
const isOfAnother = ({ target, userId }: BackupEntry, signedIn: string | undefined): boolean =>
  target === "me" && userId !== undefined && signedIn !== undefined && userId !== signedIn;

/** Yields the newest entry of each target; for `me`, another user's entry is used only if there is no other one. */
async function* newestEntries(
  backup: BackupStore,
  only: (target: Target) => boolean,
  signedIn: () => Promise<string | undefined>,
): AsyncGenerator<BackupEntry> {
  const newest = new Map<string, BackupEntry>();
  for await (const entry of backup.entries()) {
    if (!only(entry.target)) continue;
    const key = targetKey(entry.target);
    const held = newest.get(key);
    const me = held?.target === "me" ? await signedIn() : undefined;
    if (!held || isOfAnother(held, me) || !isOfAnother(entry, me)) newest.set(key, entry);
  }
  yield* newest.values();
}

function ofAnotherUser({ file, userId }: BackupEntry, signedIn: string | undefined): BackupError {
  const message =
    `The photo ${file} was not put back: it belongs to user ${userId}, but ${signedIn} is signed in`;
  return new BackupError("BackupOfAnotherUser", message, { hint: "Sign in as the user whose photo it is." });
}

/**
 * Reads a photo from the backup.
 *
 * @throws {BackupError} If it is not what was saved.
 */
async function readChecked(backup: BackupStore, entry: BackupEntry): Promise<Uint8Array<ArrayBuffer>> {
  const damaged = (why: string, cause?: unknown) =>
    new BackupError("BackupDamaged", `The photo ${entry.file} cannot be put back: ${why}`, {
      cause,
      hint: "The file has changed since it was saved. Use a copy of the backup if you have one.",
    });
  if (entry.size > LARGEST_PHOTO) throw damaged("it is larger than a photo can be");
  const bytes = await backup.read(entry).catch((cause) => {
    throw damaged(cause instanceof Error ? cause.message : String(cause), cause);
  });
  if (bytes.length === entry.size && await sha256(bytes) === entry.sha256) return bytes;
  throw damaged("its hash is not that of the manifest");
}

/**
 * Puts back the photos of a backup: the newest of each target, after checking its hash. With `whatIf` it only checks
 * them, and sends nothing.
 *
 * @example Put back what a run removed
 * ```ts
 * import { openFolderBackup, removeProfilePhotos, restoreProfilePhotos } from "@graph-admin/remove-profile-photo";
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using tenant = await startEmulator(); // a tenant to try it on
 * const connection = { credential: await tenant.issueToken(), cloud: tenant.cloud };
 * await using backup = await openFolderBackup(await Deno.makeTempDir());
 * await Array.fromAsync(removeProfilePhotos([{ user: "alex@contoso.com" }], { ...connection, backup }));
 *
 * for await (const { target, outcome } of restoreProfilePhotos(backup, connection)) console.log(target, outcome);
 * ```
 *
 * @param backup The backup, such as `await openFolderBackup("photos")`.
 * @param options As for removals, and `only` to choose.
 * @returns A result for each photo: `restored`, `planned`, `declined`, `failed` or `notAttempted`. The iteration throws
 * `CredentialError` if there is no usable credential to begin with, what the backup throws when it lists its entries,
 * and the signal's reason.
 * @throws {TypeError | RangeError} If an option is not valid or does not exist.
 * @see https://learn.microsoft.com/graph/api/profilephoto-update
 */
export function restoreProfilePhotos(
  backup: BackupStore,
  options?: RestoreOptions,
): AsyncIterable<PhotoResult> {
  const { only = () => true, whatIf = false } = options ?? {};
  const settings = validateRunOptions(options ?? {}, ["only"]);
  const { client, stopSignal } = settings;
  // The run has its token by then; without one, it ends with the reason.
  const signedIn = () => orAborted(signedInUser(client), stopSignal).catch(() => undefined);
  return runTargets(newestEntries(backup, only, signedIn), {
    parse: ({ target }) => target,
    async work(entry, client, transport) {
      const { target, file, contentType } = entry;
      const startedAt = client.clock.now();
      const signedIn = target === "me" ? await signedInUser(client) : undefined;
      if (isOfAnother(entry, signedIn)) throw ofAnotherUser(entry, signedIn);
      const bytes = await readChecked(backup, entry);
      if (whatIf) return outcomeResult(target, "planned", null, { backup: file });
      const upload = photoRequests.upload(target, bytes, contentType);
      const outcome = await requestWithRetries(upload, client, transport);
      if (outcome.kind === "notSent") return outcomeResult(target, "notAttempted", null);
      if (outcome.kind === "failed") throw outcome.error;
      const { success: { status, requestId }, attempts } = outcome;
      const durationMs = client.clock.now() - startedAt;
      return outcomeResult(target, "restored", status, { requestId, attempts, durationMs, backup: file });
    },
  }, settings);
}
