import { type BackupEntry, type BackupStore, sha256 } from "./backup/backup_store.ts";
import { checkBackup } from "./check_options.ts";
import { BackupError } from "./errors.ts";
import type { GraphClient } from "./graph/client.ts";
import { type GraphRequest, LARGEST_PHOTO, photoRequests } from "./graph/photo_requests.ts";
import {
  directly,
  requestWithRetries,
  type Succeeded,
  type Transport,
} from "./graph/request_with_retries.ts";
import { orAborted } from "./http/clock.ts";
import { look, targetExists, unknownTarget } from "./remove_target.ts";
import { outcomeResult, type PhotoResult } from "./result.ts";
import { type RunOptions, runTargets, validateRunOptions } from "./run_targets.ts";
import { signedInUser } from "./signed_in_user.ts";
import { type Target, targetKey, toKindAndId } from "./target.ts";

/**
 * How to put photos back, besides the options of {@link RunOptions} (`concurrency`, `errorAction`, `confirm`, `whatIf`,
 * `stopSignal`, `onStart`, `onResult`, `onRetry`) and of {@link GraphOptions} (`credential`, `cloud`, …).
 */
export interface RestoreOptions extends RunOptions {
  /** Chooses among the backup's photos. Default: all. */
  only?: (target: Target) => boolean;
  /** Chooses photos that were saved at this time or later. Default: all. */
  since?: Date;
  /** Chooses the newest photos that were saved before this time. Default: the newest of all. */
  before?: Date;
  /** Whether to replace a photo that is there now, which is saved in the same backup first. Default: false, to keep it. */
  overwrite?: boolean;
}

/** Returns whether an entry is a photo of `me` that was saved for another user than the one who is signed in now. */
const isOfAnother = ({ target, userId }: BackupEntry, signedIn: string | undefined): boolean =>
  target === "me" && userId !== undefined && userId !== signedIn;

/** Yields the newest entry of each target; for `me`, another user's entry is used only if there is no other one. */
async function* newestEntries(
  backup: BackupStore,
  isChosen: (entry: BackupEntry) => boolean,
  signedIn: () => Promise<string | undefined>,
): AsyncGenerator<BackupEntry> {
  const newest = new Map<string, BackupEntry>();
  for await (const entry of backup.entries()) {
    if (!isChosen(entry)) continue;
    const key = targetKey(entry.target);
    const held = newest.get(key);
    const me = held?.target === "me" ? await signedIn() : undefined;
    if (!held || isOfAnother(held, me) || !isOfAnother(entry, me)) newest.set(key, entry);
  }
  yield* newest.values();
}

function ofAnotherUser({ file, userId }: BackupEntry, signedIn: string | undefined): BackupError {
  const who = signedIn === undefined
    ? "neither the token nor Graph tells who is signed in"
    : `${signedIn} is signed in`;
  const message = `The photo ${file} was not put back: it belongs to user ${userId}, but ${who}`;
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
 * Reads a photo and does something with it, as soon as the memory that photos may take allows it.
 *
 * @param size The most that it takes, in bytes.
 */
async function readWithinBudget<T>(
  entry: BackupEntry,
  backup: BackupStore,
  client: GraphClient,
  size: number,
  use: (bytes: Uint8Array<ArrayBuffer>) => T | Promise<T>,
): Promise<T> {
  const room = await client.photoBudget.take(size);
  try {
    return await use(await readChecked(backup, entry));
  } finally {
    room[Symbol.dispose]();
  }
}

/** Returns the time that an option gives, in ms since 1970. */
function parseTime(name: string, time: Date | undefined, fallback: number): number {
  const ms = time === undefined ? fallback : time instanceof Date ? time.getTime() : NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new TypeError(`Cannot use ${name} as it must be a valid Date: current value is ${String(time)}`);
}

/**
 * Puts back the photos of a backup: the newest of each target, after checking its hash. Looks first whether there is a
 * photo, and keeps it unless it should be overwritten. With `whatIf` it changes nothing.
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
 * @param options As for removals; `only`, `since` and `before` to choose; `overwrite`.
 * @returns A result for each photo: `restored`, `kept`, `planned`, `declined`, `failed` or `notAttempted`. The iteration throws
 * `CredentialError` if there is no usable credential to begin with, what the backup throws when it lists its entries,
 * and the signal's reason.
 * @throws {TypeError | RangeError} If the backup or an option is not valid, or an option does not exist.
 * @see https://learn.microsoft.com/graph/api/profilephoto-update
 */
export function restoreProfilePhotos(
  backup: BackupStore,
  options?: RestoreOptions,
): AsyncIterable<PhotoResult> {
  checkBackup(backup, ["entries", "read"]);
  const { only = () => true, since, before, overwrite = false, whatIf = false } = options ?? {};
  const settings = validateRunOptions(options ?? {}, ["only", "since", "before", "overwrite"]);
  const { client, stopSignal } = settings;
  const [from, to] = [parseTime("since", since, -Infinity), parseTime("before", before, Infinity)];
  const isChosen = ({ target, time }: BackupEntry) =>
    only(target) && !(Date.parse(time) < from || Date.parse(time) >= to);
  // The run has its token by then; without one, it ends with the reason.
  const signedIn = () => orAborted(signedInUser(client, directly(client)), stopSignal).catch(() => undefined);
  return runTargets(newestEntries(backup, isChosen, signedIn), {
    parse: ({ target }) => target,
    work: (entry, client, transport) => restorePhoto(entry, backup, client, transport, { overwrite, whatIf }),
  }, settings);
}

/** Throws a {@linkcode GraphError} if there is no photo because there is no such user or group. */
async function checkExistence(
  target: Target,
  { success: { status, graphCode, requestId }, attempts }: Succeeded,
  client: GraphClient,
  transport: Transport,
): Promise<void> {
  if (status !== 404 || await targetExists(target, client, transport) !== false) return;
  const message = `Graph answered ${status} ${graphCode}, and knows no such ${toKindAndId(target).kind}`;
  throw unknownTarget({ message, status, graphCode, requestId, clientRequestId: null, attempts });
}

/** Puts one photo back; a failure is thrown. */
async function restorePhoto(
  entry: BackupEntry,
  backup: BackupStore,
  client: GraphClient,
  transport: Transport,
  { overwrite, whatIf }: { overwrite: boolean; whatIf: boolean },
): Promise<PhotoResult> {
  const { target, file, contentType } = entry;
  const startedAt = client.clock.monotonicNow();
  const send = async (request: GraphRequest) => {
    const outcome = await requestWithRetries(request, client, transport);
    if (outcome.kind === "failed") throw outcome.error;
    return outcome;
  };
  const notAttempted = () => outcomeResult(target, "notAttempted", null);
  const toResult = <O extends "kept" | "planned" | "restored">(
    outcome: O,
    { success, attempts }: Succeeded,
    replaces: boolean,
  ) => {
    const { status, requestId } = success;
    const durationMs = client.clock.monotonicNow() - startedAt;
    return outcomeResult(target, outcome, status, {
      requestId,
      attempts,
      durationMs,
      backup: file,
      replaces,
    });
  };

  const userId = target === "me" ? await signedInUser(client, transport) : undefined;
  if (isOfAnother(entry, userId)) throw ofAnotherUser(entry, userId);
  if (whatIf) await readWithinBudget(entry, backup, client, entry.size, () => {});
  const seen = await look(target, (request) => requestWithRetries(request, client, transport));
  if (seen.kind === "notSent") return notAttempted();
  if (seen.kind === "failed") throw seen.error;
  const hasPhoto = !seen.success.absent;
  if (hasPhoto && !overwrite) return toResult("kept", seen, false);
  if (whatIf) {
    if (!hasPhoto) await checkExistence(target, seen, client, transport);
    return toResult("planned", seen, hasPhoto);
  }
  const size = hasPhoto ? 2 * entry.size : entry.size;
  return await readWithinBudget(entry, backup, client, size, async (bytes) => {
    if (hasPhoto) {
      const download = await send(photoRequests.download(target));
      if (download.kind === "notSent") return notAttempted();
      const { savePhoto } = await import("./backup/save_photo.ts");
      const now = client.clock.now();
      if (!download.success.absent) {
        await savePhoto({ target, userId }, download.response, backup, now, "replaced");
      }
    }
    const upload = await send(photoRequests.upload(target, bytes, contentType));
    return upload.kind === "notSent" ? notAttempted() : toResult("restored", upload, hasPhoto);
  });
}
