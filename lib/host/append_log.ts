import { openForAppending, type SymlinkPolicy } from "./deno.ts";

/** A file of JSON lines that grows. */
export interface AppendLog extends AsyncDisposable {
  /** Adds a line; it is on disk when the promise resolves. */
  append(value: unknown): Promise<void>;
}

/**
 * Opens a file of JSON lines, or makes it, readable by its owner alone. Lines that are added at the same time share
 * one write and one wait for the disk.
 */
export async function openAppendLog(path: string, links?: SymlinkPolicy): Promise<AppendLog> {
  const file = await openForAppending(path, links);
  let torn = !file.endsWithNewline; // a line that a power cut broke off must not run into the next
  let pending: string[] = [];
  let flushing: Promise<void> | undefined;

  async function flush() {
    await Promise.resolve(); // those that are added in this turn come along
    flushing = undefined;
    const lines = (torn ? "\n" : "") + pending.join("");
    pending = [];
    torn = true;
    await file.append(lines);
    torn = false;
  }
  let last: Promise<void> = Promise.resolve();
  return {
    append(value) {
      pending.push(JSON.stringify(value) + "\n");
      return flushing ??= last = last.catch(() => {}).then(flush);
    },
    async [Symbol.asyncDispose]() {
      await last.catch(() => {});
      file.close();
    },
  };
}
