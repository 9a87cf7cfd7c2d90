import type { Target } from "../target.ts";

/** One photo in a backup. */
export interface BackupEntry {
  /** Whose it is. */
  target: Target;
  /**
   * The object id of the user who was signed in, in lower case, where the target is "me" and the token told it: the
   * photo is put back for nobody else.
   */
  userId?: string;
  /** The name of its file in the backup. */
  file: string;
  /** Its media type, such as `image/jpeg`. */
  contentType: string;
  /** Its size in bytes. */
  size: number;
  /** The SHA-256 of its bytes, in lower-case hexadecimal. */
  sha256: string;
  /** When it was saved (ISO 8601). */
  time: string;
}

/**
 * Where photos are kept before they are removed. `folderBackup()` is the one supplied; a database or a cloud store
 * fits as well.
 */
export interface BackupStore {
  /**
   * Keeps a photo. It is removed from Graph once the promise resolves, so it must be safe by then; when the promise
   * rejects, it is not removed. Called for several targets at once.
   *
   * @param entry Whose photo it is and what it is; the store names the file.
   * @param bytes The photo.
   * @returns The name of the file.
   */
  save(entry: Omit<BackupEntry, "file">, bytes: Uint8Array<ArrayBuffer>): Promise<string>;
  /** The photos kept, in the order in which they were saved. */
  entries(): AsyncIterable<BackupEntry>;
  /** The bytes of a photo; the caller checks them against the entry's size and hash. */
  read(entry: BackupEntry): Promise<Uint8Array<ArrayBuffer>>;
}

/** The SHA-256 of bytes, in lower-case hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
