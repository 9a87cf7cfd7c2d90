import { printableJson } from "../printable.ts";
import { leadsTo, openPlainFile, type SymlinkPolicy } from "./files.ts";

const LINE_FEED = 10;

/** A file of JSON lines that is appended to; disposing closes it. */
export interface AppendLog extends AsyncDisposable {
  /** Appends a line, without unprintable characters. It is on disk when the promise resolves. */
  append(value: unknown): Promise<void>;
  /** Returns whether the path still leads to the file: it may have been moved, removed or replaced. */
  isInPlace(): Promise<boolean>;
}

/**
 * Opens a file of JSON lines, creating it if necessary; only the owner can read a new file. Lines that are appended
 * at the same time share one write and one wait for the disk.
 *
 * @param links Whether the path may be a link.
 * @throws If the path leads to something other than a plain file, or cannot be opened.
 */
export async function openAppendLog(path: string, links: SymlinkPolicy = "follow"): Promise<AppendLog> {
  const file = await openPlainFile(path, links, "append");
  const last = await file.readLast();
  let isTorn = last !== undefined && last !== LINE_FEED; // after a power cut; the next line must not be joined to it
  let pending: string[] = [];
  let flushing: Promise<void> | undefined;

  async function flush() {
    await Promise.resolve(); // lines that are appended in this turn join in
    flushing = undefined;
    const lines = (isTorn ? "\n" : "") + pending.join("");
    pending = [];
    isTorn = true;
    await file.write(new TextEncoder().encode(lines));
    await file.syncData();
    isTorn = false;
  }
  let flushed: Promise<void> = Promise.resolve();
  return {
    append(value) {
      pending.push(printableJson(value) + "\n");
      return flushing ??= flushed = flushed.catch(() => {}).then(flush);
    },
    isInPlace: () => leadsTo(path, links, file).catch(() => false),
    async [Symbol.asyncDispose]() {
      await flushed.catch(() => {});
      await file[Symbol.asyncDispose]();
    },
  };
}
