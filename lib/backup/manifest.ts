import { isGuid, parseTarget, type Target } from "../target.ts";
import type { BackupEntry } from "./backup_store.ts";

/** An entry as a line of the manifest, flat like the records of the command. */
export function formatEntry({ target, ...entry }: BackupEntry): Record<string, unknown> {
  if (target === "me") return { target, id: null, ...entry };
  return "user" in target
    ? { target: "user", id: target.user, ...entry }
    : { target: "group", id: target.group, ...entry };
}

/** What each field of an entry must look like: the manifest is a file that anybody may have changed. */
const FIELDS: { readonly [name in keyof Omit<BackupEntry, "target" | "size">]: RegExp } = {
  file: /^(me|user|group)-[a-z0-9-]{1,150}\.(jpg|png|gif|img)$/, // as `fileName()` makes them, and nothing else
  contentType: /^image\/[\w.+-]{1,60}$/,
  sha256: /^[0-9a-f]{64}$/,
  time: /^\d{4}-\d\d-\d\dT[\d:.]+Z$/,
};

function parseOwner(kind: unknown, id: unknown): Target {
  return kind === "me" ? "me" : parseTarget({ [String(kind)]: id });
}

/** The entry of a manifest's line, or `undefined` where it is none: torn, or changed into something else. */
export function parseEntry(line: string): BackupEntry | undefined {
  try {
    const { target, id, userId, size, ...rest } = JSON.parse(line);
    for (const [name, form] of Object.entries(FIELDS)) {
      if (typeof rest[name] !== "string" || !form.test(rest[name])) return undefined;
    }
    if (!Number.isSafeInteger(size) || size <= 0) return undefined;
    if (userId !== undefined && (typeof userId !== "string" || !isGuid(userId))) return undefined;
    const { file, contentType, sha256, time } = rest;
    const user = userId === undefined ? {} : { userId: userId.toLowerCase() }; // older backups do not tell
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
 * A name for a photo's file: readable, safe on Windows (no reserved name, no case to tell two apart) and unique by
 * the photo's hash.
 */
export function fileName(
  { target, contentType, sha256 }: Omit<BackupEntry, "file">,
  ownerHash: string,
): string {
  const [kind, id] = target === "me" ? ["me", ""] : Object.entries(target)[0]!;
  const readable = id.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, 60);
  const extension = EXTENSIONS[contentType] ?? "img";
  return `${
    [kind, readable, ownerHash.slice(0, 8), sha256.slice(0, 16)].filter((part) => part).join("-")
  }.${extension}`;
}
