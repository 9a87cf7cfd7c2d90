import { isGuid, parseTarget, type Target, TARGET_KINDS, toKindAndId } from "../target.ts";
import type { BackupEntry } from "./backup_store.ts";

/** Returns an entry as a line of the manifest, flat like the command's records. */
export function formatEntry({ target, ...entry }: BackupEntry): Record<string, unknown> {
  const { kind, id } = toKindAndId(target);
  return { target: kind, id, ...entry };
}

/** The name of a photo's file, as `fileName()` makes it. */
const PHOTO_FILE = new RegExp(`^(${TARGET_KINDS.join("|")})-[a-z0-9-]{1,150}\\.(jpg|png|gif|img)$`);

/** Returns whether this can be the name of a photo's file. */
export const isPhotoFile = (name: string): boolean => PHOTO_FILE.test(name);

/** What each field of an entry must look like: anybody may have edited the manifest. */
const FIELDS: { readonly [name in keyof Omit<BackupEntry, "target" | "size">]: RegExp } = {
  file: PHOTO_FILE,
  contentType: /^image\/[\w.+-]{1,60}$/,
  sha256: /^[0-9a-f]{64}$/,
  time: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
};

function parseOwner(kind: unknown, id: unknown): Target {
  return kind === "me" ? "me" : parseTarget({ [String(kind)]: id });
}

/** Returns the entry of a manifest line; `undefined` if it is not one: cut short, or edited. */
export function parseEntry(line: string): BackupEntry | undefined {
  try {
    const { target, id, userId, size, ...rest } = JSON.parse(line);
    for (const [name, form] of Object.entries(FIELDS)) {
      if (typeof rest[name] !== "string" || !form.test(rest[name])) return undefined;
    }
    if (!Number.isSafeInteger(size) || size <= 0) return undefined;
    if (userId !== undefined && (typeof userId !== "string" || !isGuid(userId))) return undefined;
    const { file, contentType, sha256, time } = rest;
    const user = userId === undefined ? {} : { userId: userId.toLowerCase() }; // older backups do not have it
    return { target: parseOwner(target, id), ...user, file, contentType, size, sha256, time };
  } catch {
    return undefined;
  }
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/gif": "gif",
};

/**
 * Returns a name for a photo's file: readable, safe on Windows (no reserved name, no difference in case alone) and
 * unique by the photo's hash.
 *
 * @param ownerHash The SHA-256 of the target's key, in hexadecimal.
 */
export function fileName(
  { target, contentType, sha256 }: Omit<BackupEntry, "file">,
  ownerHash: string,
): string {
  const { kind, id } = toKindAndId(target);
  const readable = (id ?? "").toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 60);
  const parts = [kind, readable, ownerHash.slice(0, 8), sha256.slice(0, 16)].filter((part) => part);
  return `${parts.join("-")}.${EXTENSIONS[contentType] ?? "img"}`;
}
