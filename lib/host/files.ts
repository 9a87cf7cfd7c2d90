/** Files, the terminal and interrupts, the same under every runtime. */
import {
  type HostFile,
  type Input,
  isWindows,
  lstat,
  makeTemporaryFolder,
  onSignal,
  open,
  readProcessStatus,
  type Refusal,
  refusalOf,
  remove,
  removeFolder,
  rename,
  type Signal,
  stat,
  stdin,
  write,
} from "./deno.ts";

/** The file exists but is not usable: a link, a device, too large. */
class UnusableFile extends Error {
  override readonly name = "UnusableFile";
  /** Such as "is a link". */
  readonly reason: string;

  constructor(path: string, reason: string) {
    super(`Cannot use "${path}" as it ${reason}`);
    this.reason = reason;
  }
}

const REASONS: Readonly<Partial<Record<Refusal, string>>> = {
  notFound: "it does not exist",
  folder: "it is a folder",
  denied: "the system denies access",
  exists: "it exists already",
  portInUse: "the port is in use",
};

/**
 * Returns why a file, a stream or a port cannot be used, such as "it does not exist".
 *
 * @param flag The Deno permission that this takes.
 */
export function describeFileError(error: unknown, flag: string): string {
  if (error instanceof UnusableFile) return `it ${error.reason}`;
  const refusal = refusalOf(error);
  if (refusal === "notPermitted") return `Deno lacks the permission: run it with ${flag}`;
  const reason = refusal && REASONS[refusal];
  if (reason) return reason;
  // Without the path, which runtimes append and the caller names in its own way.
  return String(error instanceof Error ? error.message : error).replace(/[:,] \w+ '[^]*$/, "");
}

/** Whether a link is followed, or refused because it can lead out of its folder. */
export type SymlinkPolicy = "follow" | "refuse";

/**
 * Returns what is at a path; `undefined` if there is nothing.
 *
 * @throws {UnusableFile} If it is not a plain file: a pipe could block forever, a device may have no end.
 */
async function statPlainFile(path: string, links: SymlinkPolicy) {
  const info = await (links === "follow" ? stat : lstat)(path).catch((error) => {
    if (refusalOf(error) !== "notFound") throw error;
  });
  if (!info || info.kind === "file") return info;
  const kinds = { folder: "a folder", link: "a link", other: "not a plain file" };
  throw new UnusableFile(path, `is ${kinds[info.kind]}`);
}

/**
 * Returns whether a path leads to an open file; not if that was moved, removed or replaced.
 *
 * @throws {UnusableFile} If it leads to something other than a plain file.
 */
export async function leadsTo(path: string, links: SymlinkPolicy, file: HostFile): Promise<boolean> {
  const [there, opened] = [await statPlainFile(path, links), await file.info()];
  return there !== undefined && (isWindows || opened.identity === there.identity); // Windows lets none be swapped
}

/**
 * Opens a plain file to read it, or to append to it, creating it if necessary; only the owner can read a new file.
 * Guards against the path being swapped between check and open.
 *
 * @throws {UnusableFile} If it is not a plain file.
 */
export async function openPlainFile(
  path: string,
  links: SymlinkPolicy,
  mode: "read" | "append",
): Promise<HostFile> {
  await statPlainFile(path, links);
  const file = await open(path, mode);
  try {
    if (await leadsTo(path, links, file)) return file;
    throw new UnusableFile(path, "was swapped for another while it was opened");
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw error;
  }
}

/** Does something with an open file, and closes it. */
async function useAndClose<T>(file: HostFile, use: (file: HostFile) => Promise<T>): Promise<T> {
  try {
    return await use(file);
  } finally {
    await file[Symbol.asyncDispose]();
  }
}

const createFile = async (path: string, bytes: Uint8Array): Promise<void> =>
  await useAndClose(await open(path, "create"), async (file) => {
    await file.write(bytes);
    await file.sync();
  });

/** Returns whether this is the name of a file that `writeFile()` has not finished. */
export const isPartial = (name: string): boolean =>
  /\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.part$/.test(name);

/** Removes a file. Ignores errors. */
export const removeQuietly = (path: string): Promise<void> => remove(path).catch(() => {});

/**
 * Writes a file that only its owner can read. The file gets its name when all of it is on disk, so that it is never
 * seen incomplete.
 */
export async function writeFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}.part`;
  try {
    await createFile(temporary, bytes);
  } catch (error) {
    await removeQuietly(temporary);
    throw error;
  }
  await rename(temporary, path);
}

/** Reads until the array is full or the input ends. Returns how many bytes were read. */
async function readFully(input: Input, bytes: Uint8Array): Promise<number> {
  let length = 0;
  while (length < bytes.length) {
    const count = await input.read(bytes.subarray(length));
    if (count === 0) break;
    length += count;
  }
  return length;
}

/**
 * Reads a plain file in a folder, without following links, which could lead out of the folder.
 *
 * @throws {UnusableFile} If it is not a plain file of this size.
 */
export async function readPlainFile(
  folder: string,
  name: string,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  return await useAndClose(await openPlainFile(`${folder}/${name}`, "refuse", "read"), async (file) => {
    const { size: actual } = await file.info();
    if (actual !== size) throw new UnusableFile(name, `has ${actual} bytes, not ${size}`);
    const bytes = new Uint8Array(size);
    const length = await readFully(file, bytes);
    if (length < size) throw new UnusableFile(name, `ends after ${length} bytes of ${size}`);
    return bytes;
  });
}

/**
 * Reads a file or pipe.
 *
 * @throws {UnusableFile} If it has more than `maxBytes`; some devices have no end.
 */
export async function readFile(path: string, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  return await useAndClose(await open(path, "read"), async (file) => {
    const bytes = new Uint8Array(maxBytes + 1);
    const length = await readFully(file, bytes);
    if (length > maxBytes) throw new UnusableFile(path, `has more than ${maxBytes} bytes`);
    return bytes.slice(0, length);
  });
}

/** Yields the bytes of an input up to its end, and disposes of it. */
async function* readAll(input: Input): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  try {
    for (;;) {
      const bytes = new Uint8Array(2 ** 16);
      const count = await input.read(bytes);
      if (count === 0) return;
      yield bytes.subarray(0, count);
    }
  } finally {
    await input[Symbol.asyncDispose]();
  }
}

/** In characters: far more than a line of a report or a manifest has. */
const MAX_LINE = 2 ** 20;

/** Returns whether a line was read to its end. */
export const isWholeLine = (line: string): boolean => line.length <= MAX_LINE;

/**
 * Yields the lines of a plain text file; of one that is longer than any of a report or a manifest, only the beginning.
 *
 * @throws {UnusableFile} If it is not a plain file.
 */
export async function* readLines(path: string, links: SymlinkPolicy = "follow"): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of readAll(await openPlainFile(path, links, "read"))) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!.slice(0, MAX_LINE + 1);
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}

/** Opens a file or pipe, or standard input for "-", and returns its bytes. */
export async function openInput(path: string): Promise<AsyncIterable<Uint8Array>> {
  if (path === "-") return readAll(stdin);
  const file = await open(path, "read");
  if ((await file.info()).kind !== "folder") return readAll(file);
  await file[Symbol.asyncDispose]();
  throw new UnusableFile(path, "is a folder");
}

/** Returns whether a path leads to a file, which unlike a pipe can be read twice; `false` for "-". */
export const isRegularFile = async (path: string): Promise<boolean> =>
  path !== "-" && (await stat(path)).kind === "file";

/** Returns a path as a system does that does not tell files apart by number. */
const plainPath = (path: string): string => {
  const slashed = isWindows ? path.replaceAll("\\", "/").toLowerCase() : path;
  return slashed.replace(/\/(\.?\/)+/g, "/").replace(/^(\.\/)+/, "");
};

/**
 * Returns what two paths to one file have in common, also if one leads through links, or the file does not exist yet;
 * `undefined` if a path leads to something else than a file.
 */
export async function fileIdentity(path: string): Promise<string | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (info && info.kind !== "file") return undefined;
  if (isWindows) return plainPath(path);
  if (info) return info.identity;
  const [, folder = ".", name] = /^(?:(.*)\/)?([^/]*)$/s.exec(plainPath(path)) ?? [];
  const parent = await stat(folder || "/").catch(() => undefined);
  return `${parent?.identity ?? folder}/${name}`;
}

/** Returns whether there is anything at a path, even a broken link. */
export const exists = (path: string): Promise<boolean> => lstat(path).then(() => true, () => false);

/** Removes a file if it is empty. Ignores errors. */
export async function removeIfEmpty(path: string): Promise<void> {
  const info = await stat(path).catch(() => undefined);
  if (info?.size === 0) await removeQuietly(path);
}

/**
 * Writes a file that only its owner can read into a new temporary folder.
 *
 * @returns Its path; `undefined` if Deno may not write there.
 */
export async function writeTemporaryFile(name: string, text: string): Promise<string | undefined> {
  const folder = await makeTemporaryFolder();
  if (folder === undefined) return undefined;
  const path = `${folder}/${name}`;
  await createFile(path, new TextEncoder().encode(text));
  return path;
}

/** Removes a temporary file and its folder. */
export const removeTemporaryFile = (path: string): Promise<void> =>
  removeFolder(path.slice(0, path.lastIndexOf("/")));

/** Writes to standard error; ignores failures. */
export const writeError = (text: string): Promise<void> => write("stderr", text).catch(() => {});

/** The signals by which a process is asked to end. */
const POSIX_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const WINDOWS_SIGNALS = ["SIGINT", "SIGBREAK"] as const;

/** The numbers of the signals that a parent can have this process ignore. */
const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Returns the signals that the parent of this process has it ignore, as `nohup` does; none where that cannot be told.
 * Must be called first thing: half a second later, Deno listens for some of them itself.
 */
export async function readIgnoredSignals(): Promise<ReadonlySet<Signal>> {
  const mask = parseInt(
    /^SigIgn:\s*[0-9a-f]*([0-9a-f]{4})$/m.exec(await readProcessStatus())?.[1] ?? "0",
    16,
  );
  const signals = Object.keys(SIGNAL_NUMBERS) as (keyof typeof SIGNAL_NUMBERS)[];
  return new Set(signals.filter((signal) => mask & (1 << (SIGNAL_NUMBERS[signal] - 1))));
}

/**
 * Calls back on each Ctrl-C or request to end, such as a service manager's, and on the first SIGHUP, as shells can
 * send it twice when the terminal closes. Not on those that are `ignored`.
 */
export function onInterrupt(callback: (signal: Signal) => void, ignored: ReadonlySet<Signal>): void {
  let isHungUp = false;
  for (const signal of isWindows ? WINDOWS_SIGNALS : POSIX_SIGNALS) {
    onSignal(signal, () => {
      if (ignored.has(signal) || (signal === "SIGHUP" && isHungUp)) return; // heard, or Deno would end the process
      isHungUp ||= signal === "SIGHUP";
      callback(signal);
    });
  }
}
