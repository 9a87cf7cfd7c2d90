import type { Target } from "../target.ts";

/** One photo in a backup. */
export interface BackupEntry {
  /** Whose it is. */
  target: Target;
  /**
   * For `me`: the object id of the user who was signed in, in lower case, if the token told it. The photo is put back
   * for nobody else.
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

/** Where photos are saved before they are removed: `openFolderBackup()`, or a database or cloud store of your own. */
export interface BackupStore {
  /**
   * Saves a photo. Resolve only once the photo is stored durably: Graph's copy is deleted next. If the promise
   * rejects, the photo is not removed. Called for several targets at once.
   *
   * @param entry Whose photo it is, and what it is.
   * @param bytes The photo.
   * @returns The name of its file, which the store chooses.
   */
  save(entry: Omit<BackupEntry, "file">, bytes: Uint8Array<ArrayBuffer>): Promise<string>;
  /** Yields the saved photos, in the order in which they were saved. */
  entries(): AsyncIterable<BackupEntry>;
  /** Returns the bytes of a photo. The caller checks them against the entry's size and hash. */
  read(entry: BackupEntry): Promise<Uint8Array<ArrayBuffer>>;
}

/** Returns the SHA-256 of bytes, in lower-case hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
