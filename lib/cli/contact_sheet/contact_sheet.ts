import { checkAccess } from "../../check_access.ts";
import type { FoundThumbnail } from "../../find_profile_photos.ts";
import { type HostFile, open, refusalOf } from "../../host/deno.ts";
import { describeFileError, removeQuietly } from "../../host/files.ts";
import type { PhotoResult } from "../../result.ts";
import type { RunOptions } from "../../run_targets.ts";
import { toKindAndId } from "../../target.ts";
import { planWithThumbnails, type Thumbnail } from "../../thumbnails.ts";
import type { Connection } from "../connection.ts";
import { RunError, UsageError } from "../errors.ts";
import type { TargetSource } from "../input/targets.ts";
import { formatCountOf, quotePath } from "../text.ts";
import { pageEnd, pageEntry, pageStart, type SheetEntry, type SheetFacts } from "./page.ts";

/** In characters: as much is gathered for one write. */
const WRITE_SIZE = 2 ** 18;

/** A contact sheet that is being written. Disposing closes it; one that has nothing in it and no end is removed. */
export interface ContactSheet extends AsyncDisposable {
  /** Begins the page. */
  begin(
    connection: Connection,
    facts: Pick<SheetFacts, "kind" | "isPlan">,
    signal: AbortSignal,
  ): Promise<void>;
  /** Adds what was found. */
  addFound(found: FoundThumbnail): Promise<void>;
  /** Runs as `removeProfilePhotos()` with `whatIf`, and adds each photo before its result is yielded. */
  plan(
    targets: TargetSource["targets"],
    options: RunOptions,
    nameOf: TargetSource["nameOf"],
  ): AsyncIterable<PhotoResult>;
  /**
   * Ends the page.
   *
   * @returns What to say about it.
   */
  end(isStopped: boolean): Promise<string>;
}

async function create(path: string): Promise<HostFile> {
  try {
    return await open(path, "create");
  } catch (cause) {
    const why = describeFileError(cause, "--allow-write");
    const hint = refusalOf(cause) === "exists"
      ? "Nothing was sent. Name another file, or delete this one first: it is never overwritten."
      : "Nothing was sent. The file is created, its folder is not.";
    throw new UsageError(`Cannot create the contact sheet ${quotePath(path)}: ${why}`, hint, { cause });
  }
}

/**
 * Creates the file of a contact sheet, which only its owner can read. It is written as photos come in, so that memory
 * does not grow with their number.
 *
 * @throws {UsageError} If it exists, or cannot be created.
 */
export async function openContactSheet(path: string): Promise<ContactSheet> {
  const file = await create(path);
  let buffer = "";
  let entries = 0;
  let isPartial = false;
  let isEnded = false;
  let photos = 0;
  let withoutPhoto = 0;

  async function flush(): Promise<void> {
    const bytes = new TextEncoder().encode(buffer);
    buffer = "";
    await file.write(bytes).catch((cause) => {
      const why = describeFileError(cause, "--allow-write");
      const message = `Cannot write the contact sheet ${quotePath(path)}: ${why}`;
      throw new RunError(message, "Nothing was removed.", { cause });
    });
  }
  async function write(text: string): Promise<void> {
    buffer += text;
    if (buffer.length >= WRITE_SIZE) await flush();
  }
  async function add(entry: SheetEntry): Promise<void> {
    entries++;
    if (entry.thumbnail) photos++;
    await write(pageEntry(entry));
  }
  async function addResult(
    { target, outcome, message }: PhotoResult,
    thumbnail: Thumbnail | undefined,
    name: string | null,
  ) {
    const id = toKindAndId(target).id ?? "me";
    if (outcome === "absent") withoutPhoto++;
    else if (outcome === "planned") await add({ id, names: [name], thumbnail: thumbnail! });
    else if (outcome === "failed") await add({ id, names: [name], thumbnail: null, message });
    else if (outcome === "notAttempted") isPartial = true;
  }

  return {
    async begin({ credential, cloud }, facts, signal) {
      const access = await checkAccess({ credential, cloud, signal }).catch((error) => {
        if (!signal.aborted) throw error;
      });
      const tenantId = access?.claims?.tenantId;
      const tenant = tenantId ? `Tenant ${tenantId}` : cloud.graph;
      const time = new Date().toISOString().replace("T", " ").replace(/\.\d+Z/, " UTC");
      await write(await pageStart({ ...facts, tenant, time }));
    },
    async addFound({ id, displayName, userPrincipalName, photo, synced, enabled, thumbnail, message }) {
      if (photo === false) return void withoutPhoto++;
      isPartial ||= photo === null && message === null; // the run ended before
      const notes = [enabled === false && "disabled", synced && "synced"].filter((note) => note !== false);
      await add({
        id,
        names: [displayName, userPrincipalName],
        notes,
        thumbnail: thumbnail ?? null,
        message,
      });
    },
    plan(targets, options, nameOf) {
      const planned = planWithThumbnails(targets, options);
      return (async function* () {
        for await (const { result, thumbnail } of planned) {
          await addResult(result, thumbnail, nameOf?.(toKindAndId(result.target).id) ?? null);
          yield result;
        }
      })();
    },
    async end(isStopped) {
      await write(pageEnd({ withoutPhoto, isStopped: isStopped || isPartial }));
      await flush();
      await file.sync();
      isEnded = true;
      return `Contact sheet: ${quotePath(path)}, with ${formatCountOf(photos, "photo")}. ` +
        "It is personal data: delete it when you are done\n";
    },
    async [Symbol.asyncDispose]() {
      const isUsed = isEnded || entries > 0;
      if (isUsed) await flush().catch(() => {});
      await file[Symbol.asyncDispose]();
      if (!isUsed) await removeQuietly(path);
    },
  };
}
