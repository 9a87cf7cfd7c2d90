import { decodeBase64 } from "../base64.ts";
import { BackupError } from "../errors.ts";
import type { HttpResponse } from "../http/send.ts";
import { parseImage } from "./parse_image.ts";
import { type BackupEntry, type BackupStore, sha256 } from "./backup_store.ts";

/** Returns the bytes of a photo, which arrive as base64 in a batch; what is no image, or not whole, is refused. */
function photoBytes(
  { body, truncated }: HttpResponse,
): { bytes: Uint8Array<ArrayBuffer>; contentType: string } {
  if (truncated) throw new RangeError("Graph's answer is longer than a photo can be");
  const bytes = typeof body === "string" ? decodeBase64(body) : body;
  const image = bytes instanceof Uint8Array ? parseImage(bytes) : undefined;
  if (!image) throw new TypeError("Graph's answer is not an image");
  if (!image.isComplete) throw new TypeError("the photo did not arrive whole");
  return { bytes: new Uint8Array(bytes as Uint8Array), contentType: image.contentType };
}

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
  let photo: ReturnType<typeof photoBytes>;
  try {
    photo = photoBytes(response);
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
