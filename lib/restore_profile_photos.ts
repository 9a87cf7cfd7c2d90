import { type BackupEntry, type BackupStore, sha256 } from "./backup/backup_store.ts";
import { checkManyOptions, type ManyOptions, runBulk } from "./bulk.ts";
import { BackupError, GraphError } from "./errors.ts";
import { LARGEST_PHOTO, photoRequests } from "./graph/photo_requests.ts";
import { requestWithRetries } from "./graph/request_with_retries.ts";
import { orAborted } from "./http/or_aborted.ts";
import { NotSent, signedInUser } from "./remove_target.ts";
import { emptyResult, type RemovalResult } from "./result.ts";
import { type Target, targetKind } from "./target.ts";

/** How to put photos back. */
export interface RestoreOptions extends ManyOptions {
  /** Which of the backup's photos. Default: all. */
  only?: (target: Target) => boolean;
}

/** Whether a photo of the signed-in user was saved for somebody else than who is signed in now. */
const isOfAnother = ({ target, userId }: BackupEntry, signedIn: string | undefined): boolean =>
  target === "me" && userId !== undefined && signedIn !== undefined && userId !== signedIn;

/** The newest entry of each target; for me, that of another user only where there is no other. */
async function* newestEntries(
  store: BackupStore,
  only: (target: Target) => boolean,
  signedIn: () => Promise<string | undefined>,
): AsyncGenerator<BackupEntry> {
  const newest = new Map<string, BackupEntry>();
  for await (const entry of store.entries()) {
    if (!only(entry.target)) continue;
    const key = JSON.stringify(entry.target).toLowerCase();
    const held = newest.get(key);
    const me = held?.target === "me" ? await signedIn() : undefined;
    if (!held || isOfAnother(held, me) || !isOfAnother(entry, me)) newest.set(key, entry);
  }
  yield* newest.values();
}

function ofAnother({ file, userId }: BackupEntry, signedIn: string | undefined): BackupError {
  const message = `The photo ${file} is not put back: it is of user ${userId}, and ${signedIn} is signed in`;
  return new BackupError("BackupOfAnotherUser", message, { hint: "Sign in as the user whose photo it is." });
}

/** A photo from the backup that is what was saved. */
async function readChecked(store: BackupStore, entry: BackupEntry): Promise<Uint8Array<ArrayBuffer>> {
  const damaged = (why: string, cause?: unknown) =>
    new BackupError("BackupDamaged", `The photo ${entry.file} cannot be put back: ${why}`, {
      cause,
      hint: "It is not what was saved. Take it from a copy of the backup, if there is one.",
    });
  if (entry.size > LARGEST_PHOTO) throw damaged("it is larger than a photo can be");
  const bytes = await store.read(entry).catch((cause) => {
    throw damaged(cause instanceof Error ? cause.message : String(cause), cause);
  });
  if (bytes.length === entry.size && await sha256(bytes) === entry.sha256) return bytes;
  throw damaged("its hash is not that of the manifest");
}

/**
 * Puts back the photos that a backup holds, the newest of each target, each checked against its hash first. With
 * `whatIf` they are checked, and nothing is sent.
 *
 * @param store The backup, such as `folderBackup("photos")`.
 * @param options As for removals, and `only` to choose.
 * @returns A result for each photo: `restored`, `planned`, `declined`, `failed` or `notAttempted`. The iteration
 * throws `CredentialError` when there is no usable credential to begin with, what the store throws for its list of
 * entries, and the signal's reason.
 * @throws {TypeError | RangeError} If an option cannot be what it should be.
 * @see https://learn.microsoft.com/graph/api/profilephoto-update
 */
export function restoreProfilePhotos(
  store: BackupStore,
  options: RestoreOptions = {},
): AsyncIterable<RemovalResult> {
  const { only = () => true, whatIf = false } = options;
  const settings = checkManyOptions(options);
  const { session, stop } = settings;
  // The run has its token by then; where it has none, it ends with the reason.
  const signedIn = () => orAborted(signedInUser(session), stop).catch(() => undefined);
  return runBulk(newestEntries(store, only, signedIn), {
    target: ({ target }) => target,
    async work(entry, session, lane) {
      const { target, file, contentType } = entry;
      const startedAt = session.clock.now();
      const signedIn = target === "me" ? await signedInUser(session) : undefined;
      if (isOfAnother(entry, signedIn)) throw ofAnother(entry, signedIn);
      const bytes = await readChecked(store, entry);
      if (whatIf) return { ...emptyResult(target, "planned"), backup: file };
      const request = photoRequests.upload(target, bytes, contentType);
      const settled = await requestWithRetries(request, targetKind(target), session, lane);
      // Only for reading is "no photo" an end that was asked for.
      if ("unsent" in settled) throw new NotSent();
      if ("failure" in settled) throw new GraphError(settled.failure);
      const { done: { status, graphCode, requestId, absent }, attempts } = settled;
      if (absent) {
        const hint = "Check that the user or group still exists, and that the user has a mailbox.";
        throw new BackupError("BackupFailed", `Graph answered ${status} ${graphCode} to the upload`, {
          hint,
        });
      }
      const durationMs = session.clock.now() - startedAt;
      return { ...emptyResult(target, "restored"), status, requestId, attempts, durationMs, backup: file };
    },
  }, settings);
}
