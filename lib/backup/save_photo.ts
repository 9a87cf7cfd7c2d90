import { BackupError } from "../errors.ts";
import type { HttpResponse } from "../http/send.ts";
import { parsePhoto, type Photo } from "./parse_photo.ts";
import { type BackupEntry, type BackupStore, sha256 } from "./backup_store.ts";

/**
 * Saves a downloaded photo.
 *
 * @param now Milliseconds since 1970.
 * @param next What is done to the photo in Graph once it is saved, for the message of an error.
 * @returns The name of its file in the backup.
 * @throws {BackupError} If it cannot be saved, or is not an image.
 */
export async function savePhoto(
  owner: Pick<BackupEntry, "target" | "userId">,
  response: HttpResponse,
  store: BackupStore,
  now: number,
  next: "removed" | "replaced",
): Promise<string> {
  const failed = (cause: unknown, advice: string) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    const { code, hint } = cause instanceof BackupError
      ? cause
      : { code: "BackupFailed" as const, hint: null };
    const message = `The photo could not be saved, so it was not ${next}: ${why}`;
    return new BackupError(code, message, { cause, hint: hint ?? advice });
  };
  let photo: Photo;
  try {
    photo = parsePhoto(response);
  } catch (cause) {
    throw failed(cause, "Try again; a proxy may stand in between.");
  }
  try {
    const { bytes, contentType } = photo;
    const time = new Date(now).toISOString();
    const entry = { ...owner, contentType, size: bytes.length, sha256: await sha256(bytes), time };
    return await store.save(entry, bytes);
  } catch (cause) {
    throw failed(cause, "Check that the backup is writable and has room, then run the command again.");
  }
}
