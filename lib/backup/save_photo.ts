import { decodeBase64 } from "../base64.ts";
import { BackupError } from "../errors.ts";
import type { HttpResponse } from "../http/send.ts";
import { type BackupEntry, type BackupStore, sha256 } from "./backup_store.ts";

/** Returns the bytes of a photo; in a batch they arrive as base64. */
function photoBytes(
  { body, header, truncated }: HttpResponse,
): { bytes: Uint8Array<ArrayBuffer>; contentType: string } {
  if (truncated) throw new RangeError("Graph's answer is longer than a photo can be");
  const contentType = (header("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
  const bytes = typeof body === "string" ? decodeBase64(body) : body;
  if (!(bytes instanceof Uint8Array) || bytes.length === 0 || !/^image\/[\w.+-]{1,60}$/.test(contentType)) {
    throw new TypeError("Graph's answer is not an image");
  }
  return { bytes: new Uint8Array(bytes), contentType };
}

/**
 * Saves a downloaded photo.
 *
 * @param now Milliseconds since 1970.
 * @returns The name of its file in the backup.
 * @throws {BackupError} If it cannot be saved, or is not an image.
 */
export async function savePhoto(
  owner: Pick<BackupEntry, "target" | "userId">,
  response: HttpResponse,
  store: BackupStore,
  now: number,
): Promise<string> {
  try {
    const { bytes, contentType } = photoBytes(response);
    const time = new Date(now).toISOString();
    const entry = { ...owner, contentType, size: bytes.length, sha256: await sha256(bytes), time };
    return await store.save(entry, bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BackupError("BackupFailed", `The photo could not be saved, so it was not removed: ${why}`, {
      cause,
      hint: "Check that the backup is writable and has room, then run the command again.",
    });
  }
}
