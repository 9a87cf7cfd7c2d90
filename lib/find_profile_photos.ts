import { jsonOf } from "./graph/interpret_reply.ts";
import { photoRequests } from "./graph/photo_requests.ts";
import { requestWithRetries } from "./graph/request_with_retries.ts";
import { type DirectoryObject, textOf } from "./graph/read_list.ts";
import type { ErrorCode } from "./errors.ts";
import { outcomeResult } from "./result.ts";
import { type RunOptions, runTargets, validateRunOptions } from "./run_targets.ts";
import { checkSelection, readSelection, type Selection, targetOf } from "./selection.ts";
import type { Target } from "./target.ts";
import type { Thumbnail } from "./thumbnails.ts";

/**
 * How to look for photos, besides the options of {@link GraphOptions} (`credential`, `cloud`, …): how many requests at
 * once, when to stop, whom to tell about retries.
 */
export type FindOptions = Omit<RunOptions, "whatIf" | "confirm" | "onResult" | "errorAction">;

const NOT_TAKEN = ["whatIf", "confirm", "onResult", "errorAction"] as const satisfies readonly Exclude<
  keyof RunOptions,
  keyof FindOptions
>[];

/** A user or group of the directory, and what there is to know about its photo. */
export interface FoundPhoto {
  /** The user or group, by object id. */
  target: Target;
  /** Object id. */
  id: string;
  /** Sign-in name; `null` for a group. */
  userPrincipalName: string | null;
  /** Display name. */
  displayName: string | null;
  /** Whether there is a photo; `null` if that is not known. */
  photo: boolean | null;
  /** Width in pixels, or `null`. */
  width: number | null;
  /** Height in pixels, or `null`. */
  height: number | null;
  /** Media type, such as `image/jpeg`, or `null`. */
  contentType: string | null;
  /** Whether it is synced from on premises, which can bring a removed photo back. */
  synced: boolean;
  /** Whether the account is enabled; `null` for a group. */
  enabled: boolean | null;
  /** Why it is not known whether there is a photo, or `null`. */
  code: ErrorCode | null;
  /** The same in words, or `null`. */
  message: string | null;
}

const PROPERTIES = {
  user: ["id", "userPrincipalName", "displayName", "accountEnabled", "onPremisesSyncEnabled"],
  group: ["id", "displayName", "onPremisesSyncEnabled"],
};

const numberOf = (value: unknown): number | null => typeof value === "number" ? value : null;

/** Somebody to look at, and the metadata of the photo once it is known. */
interface Item {
  target: Target;
  entry: DirectoryObject;
  metadata?: Record<string, unknown>;
  thumbnail?: Thumbnail;
}

/** What was found, with a small picture of the photo if there is one and it was asked for. */
export type FoundThumbnail = FoundPhoto & { thumbnail?: Thumbnail };

/**
 * Looks for the photos of users or groups that a selection chooses, in batches. Entries come as they are known, not in
 * the order of the directory.
 *
 * @example List who has a photo
 * ```ts
 * import { findProfilePhotos } from "@graph-admin/remove-profile-photo";
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using tenant = await startEmulator(); // a tenant to try it on
 * const connection = { credential: await tenant.issueToken(), cloud: tenant.cloud };
 * for await (const { displayName, photo, width } of findProfilePhotos({ kind: "user", all: true }, connection)) {
 *   if (photo) console.log(displayName, width);
 * }
 * ```
 *
 * @param selection Which users or groups.
 * @param options Credential, cloud, signals, timeout, retries, concurrency, batch size.
 * @returns An entry for each user or group; a failure is an entry, too. The iteration throws what {@link selectTargets}
 * throws.
 * @throws {TypeError | RangeError} If the selection or an option is not valid.
 * @see https://learn.microsoft.com/graph/api/profilephoto-get
 */
export function findProfilePhotos(selection: Selection, options?: FindOptions): AsyncIterable<FoundPhoto> {
  checkSelection(selection);
  return find(selection, validateRunOptions(options ?? {}, [], NOT_TAKEN));
}

/** Looks for photos as `findProfilePhotos()` does, and reads a small picture of each. */
export function findWithThumbnails(
  selection: Selection,
  options: FindOptions,
): AsyncIterable<FoundThumbnail> {
  checkSelection(selection);
  return find(selection, validateRunOptions(options, []), true);
}

async function* find(
  selection: Selection,
  options: ReturnType<typeof validateRunOptions>,
  withThumbnails = false,
): AsyncGenerator<FoundThumbnail> {
  const { kind } = selection;
  const { readThumbnail } = withThumbnails ? await import("./thumbnails.ts") : {};
  const { client, stopSignal } = options;
  const signals = [client.signal, stopSignal].filter((given) => given !== undefined);
  const reading = { ...client, signal: AbortSignal.any(signals) }; // a page can be waited for for minutes
  const items = new Map<Target, Item>();
  const readItems = async function* () {
    try {
      for await (const page of readSelection(selection, PROPERTIES[kind], reading)) {
        if (stopSignal?.aborted) return;
        for (const entry of page) {
          const item = { target: targetOf(kind, entry), entry };
          items.set(item.target, item);
          yield item;
        }
      }
    } catch (error) {
      if (!stopSignal?.aborted || client.signal?.aborted) throw error;
    }
  };
  const results = runTargets<Item>(readItems(), {
    parse: ({ target }) => target,
    async work(item, client, transport) {
      const outcome = await requestWithRetries(photoRequests.getMetadata(item.target), client, transport);
      if (outcome.kind === "failed") throw outcome.error;
      if (outcome.kind === "notSent") return outcomeResult(item.target, "notAttempted", null);
      const { success: { absent, status } } = outcome;
      if (!absent) {
        item.metadata = jsonOf(outcome.response);
        item.thumbnail = await readThumbnail?.(item.target, item.metadata, client, transport);
      }
      return outcomeResult(item.target, absent ? "absent" : "planned", status);
    },
  }, options);
  for await (const { target, outcome, code, message } of results) {
    const { entry, metadata, thumbnail } = items.get(target)!;
    items.delete(target);
    yield {
      ...{ target, id: entry.id },
      userPrincipalName: textOf(entry.userPrincipalName),
      displayName: textOf(entry.displayName),
      photo: outcome === "planned" ? true : outcome === "absent" ? false : null,
      width: numberOf(metadata?.width),
      height: numberOf(metadata?.height),
      contentType: textOf(metadata?.["@odata.mediaContentType"]),
      synced: entry.onPremisesSyncEnabled === true,
      enabled: typeof entry.accountEnabled === "boolean" ? entry.accountEnabled : null,
      ...{ code, message },
      ...(thumbnail ? { thumbnail } : {}),
    };
  }
}
