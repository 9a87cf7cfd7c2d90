/**
 * What `lib/host/deno.ts` is, for Bun in place of Deno: the npm-only build puts this file in its place. Bun restricts
 * nothing, so that no permission is ever missing. Modules of Node.js load when they are used, as each takes time.
 */
import process from "node:process";
import type { FileHandle } from "node:fs/promises";
import type { AppendFile, SymlinkPolicy, Terminal } from "./deno.ts";

export type { AppendFile, SymlinkPolicy, Terminal };

type Stream = "stdout" | "stderr";

/** What is used of Bun. */
declare const Bun: {
  version: string;
  /** Writes without a thread, and until it is written. */
  write(to: unknown, bytes: Uint8Array): Promise<number>;
} & Readonly<Record<Stream, unknown>>;

const DESCRIPTORS = { stdin: 0, stdout: 1, stderr: 2 };

const files = () => import("node:fs/promises");

delete process.env.NODE_TLS_REJECT_UNAUTHORIZED; // which would switch off the check of certificates
const { fetch } = globalThis;
/** As `BUN_CONFIG_VERBOSE_FETCH` would print tokens, and Bun ends each request after 5 minutes of its own accord. */
globalThis.fetch = (input: Parameters<typeof fetch>[0], init?: RequestInit) =>
  fetch(input, { ...init, verbose: false, timeout: false } as RequestInit);

/** An environment variable; an empty one counts as absent. */
export function readEnv(name: string): string | undefined {
  return process.env[name] || undefined;
}

/** An environment variable, where it may be read. */
export const readEnvIfPermitted = readEnv;

/** Keeps requests to hosts of this machine out of a proxy. To be called before the first request. */
export function bypassProxy(hosts: readonly string[]): void {
  if (hosts.length === 0) return;
  const given = readEnv("NO_PROXY") ?? readEnv("no_proxy");
  process.env.NO_PROXY = [...given ? [given] : [], ...hosts].join(",");
}

/**
 * The text of a file or pipe.
 *
 * @throws {UnusableFile} If it is longer than what it is for can be; some devices have no end.
 */
export async function readTextFile(path: string, maxBytes: number): Promise<string> {
  const file = await (await files()).open(path);
  try {
    const bytes = new Uint8Array(maxBytes + 1);
    const length = await readInto(file, bytes);
    if (length > maxBytes) throw new UnusableFile(path, `has more than ${maxBytes} bytes`);
    return new TextDecoder().decode(bytes.subarray(0, length));
  } finally {
    await file.close();
  }
}

/** Reads until an array is full or the file ends, and tells how many bytes that was. */
async function readInto(file: FileHandle, bytes: Uint8Array): Promise<number> {
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}

/** A file that is there and can be opened, and is not what it should be. */
class UnusableFile extends Error {
  /** As in "it is a link". */
  readonly reason: string;

  constructor(path: string, reason: string) {
    super(`Cannot use "${path}" as it ${reason}`);
    this.reason = reason;
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  EISDIR: "it is a folder",
  EACCES: "the system denies access",
  EPERM: "the system denies access",
  EADDRINUSE: "the port is in use",
};

/** Why the host refused something, in words. */
export function describeHostError(error: unknown, _flag: string): string {
  if (error instanceof UnusableFile) return `it ${error.reason}`;
  return REASONS[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
}

/** Whether a server may listen here. */
export const mayListen = (_port: number): Promise<boolean> => Promise.resolve(true);

/** Whether an error is the lack of a permission. */
export const isPermissionMissing = (_error: unknown): boolean => false;

/** The arguments of the command. */
export const commandLine = (): readonly string[] => process.argv.slice(2);

/** Ends the process. */
export const exit = (code: number): never => process.exit(code);

/** Whether colors are unwanted (`NO_COLOR`). */
export const noColor = (): boolean => readEnv("NO_COLOR") !== undefined;

/** Whether a stream is a terminal. */
export function isTerminal(stream: keyof typeof DESCRIPTORS): boolean {
  // What node:tty calls, which itself takes 4 to 10 ms to load.
  const { binding } = process as unknown as { binding(name: string): { isTTY(descriptor: number): boolean } };
  return binding("tty_wrap").isTTY(DESCRIPTORS[stream]);
}

/**
 * How much is written without a thread, which takes 3 ms to start: it fits into any pipe. More could wait for its
 * reader, and everything else with it.
 */
const AT_ONCE = 4096;
const written = { stdout: 0, stderr: 0 };

/** Writes all of a text. */
export async function write(stream: Stream, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  written[stream] += bytes.length;
  if (written[stream] <= AT_ONCE) return void await Bun.write(Bun[stream], bytes);
  const fs = await import("node:fs");
  for (let rest = bytes; rest.length > 0;) {
    rest = rest.subarray(await transfer((done) => fs.write(DESCRIPTORS[stream], rest, done)));
  }
}

/** Tells a person something; what cannot be told is dropped, as there is nobody to tell it to. */
export const writeError = (text: string): Promise<void> => write("stderr", text).catch(() => {});

/** Whether an error says that nobody reads what is written. */
export const isBrokenPipe = (error: unknown): boolean => ["EPIPE", "EOF"].includes(codeOf(error));

/** Reads or writes some bytes as soon as that is possible: whoever shares a pipe or terminal may have set it so. */
async function transfer(once: (done: (error: Error | null, count: number) => void) => void): Promise<number> {
  for (;;) {
    try {
      return await new Promise((resolve, reject) =>
        once((error, count) => error ? reject(error) : resolve(count))
      );
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** Reads some bytes; 0 is the end. */
async function readSome(descriptor: number, bytes: Uint8Array): Promise<number> {
  const { read } = await import("node:fs");
  try {
    return await transfer((done) => read(descriptor, bytes, 0, bytes.length, null, done));
  } catch (error) {
    if (codeOf(error) === "EOF") return 0; // how Windows ends a pipe
    throw error;
  }
}

/** The bytes of an open file, from where it stands to its end. */
async function* readAll(descriptor: number, close?: () => Promise<void>): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const bytes = new Uint8Array(2 ** 16);
      const count = await readSome(descriptor, bytes);
      if (count === 0) return;
      yield bytes.subarray(0, count);
    }
  } finally {
    await close?.();
  }
}

/** One line, without its end; `null` at the end of the input. */
async function readLine(descriptor: number): Promise<string | null> {
  const decoder = new TextDecoder();
  const byte = new Uint8Array(1);
  let line = "";
  while (await readSome(descriptor, byte)) {
    const char = decoder.decode(byte, { stream: true });
    if (char === "\n") return line.replace(/\r$/, "");
    line += char;
  }
  return line === "" ? null : line;
}

/**
 * The terminal that the person sits at: standard input, or the terminal itself where standard input is something
 * else.
 *
 * @returns The terminal, or why there is none.
 */
export async function openTerminal(stdinIsFree: boolean): Promise<Terminal | string> {
  const converse = (descriptor: number, close: () => void): Terminal => ({
    async ask(question) {
      try {
        await write("stderr", question);
        return await readLine(descriptor);
      } catch {
        return null; // the terminal is gone
      }
    },
    close,
  });
  if (stdinIsFree && isTerminal("stdin")) return converse(DESCRIPTORS.stdin, () => {});
  try {
    const file = await (await files()).open(process.platform === "win32" ? "\\\\.\\CONIN$" : "/dev/tty");
    return converse(file.fd, () => void file.close());
  } catch {
    return "there is no terminal";
  }
}

/** The bytes of a file, or of standard input for "-". */
export async function openInput(path: string): Promise<AsyncIterable<Uint8Array>> {
  if (path === "-") return readAll(DESCRIPTORS.stdin);
  const file = await (await files()).open(path);
  return readAll(file.fd, () => file.close());
}

/** Whether a path is a file that can be read twice. */
export async function isRegularFile(path: string): Promise<boolean> {
  return path !== "-" && (await (await files()).stat(path)).isFile();
}

/** Whether there is something at a path. */
export const exists = async (path: string): Promise<boolean> =>
  await (await files()).lstat(path).then(() => true, () => false);

/** Removes a file in which nobody has written anything; where it cannot be removed, it stays. */
export async function removeIfEmpty(path: string): Promise<void> {
  const { stat, unlink } = await files();
  const { size } = await stat(path).catch(() => ({ size: NaN }));
  if (size === 0) await unlink(path).catch(() => {});
}

/** Ctrl-C, and what a service manager or a closed console says; Windows has no SIGTERM. */
const INTERRUPTS = ["SIGINT", process.platform === "win32" ? "SIGBREAK" : "SIGTERM"] as const;

/** Calls back on each Ctrl-C or request to end, and once when the terminal goes, which a shell tells its jobs again. */
export function onInterrupt(callback: () => void): void {
  for (const signal of INTERRUPTS) process.on(signal, callback);
  let isGone = false;
  const onHangUp = () => {
    if (!isGone) callback();
    isGone = true;
  };
  if (process.platform !== "win32") process.on("SIGHUP", onHangUp);
}

/** Writes a file that only its owner can read into a new temporary folder. */
export async function writeTemporaryFile(name: string, text: string): Promise<string | undefined> {
  const [{ mkdtemp, writeFile }, { tmpdir }] = await Promise.all([files(), import("node:os")]);
  const path = `${await mkdtemp(`${tmpdir()}/remove-profile-photo-`)}/${name}`;
  await writeFile(path, text, { mode: 0o600, flag: "wx" });
  return path;
}

/** Removes the folder of a temporary file. */
export async function removeTemporaryFile(path: string): Promise<void> {
  await (await files()).rm(path.slice(0, path.lastIndexOf("/")), { recursive: true });
}

/** The runtime, for a report of a fault. */
export const runtime = (): string =>
  `Bun ${Bun.version} (${process.platform}-${process.arch}), without a permission sandbox`;

/** What is at a path, which must be a plain file, or nothing: a pipe could wait for ever, a device has no end. */
async function lookAtPlainFile(path: string, links: SymlinkPolicy) {
  const { lstat, stat } = await files();
  const info = await (links === "follow" ? stat : lstat)(path).catch((error) => {
    if (codeOf(error) !== "ENOENT") throw error;
  });
  if (info?.isDirectory()) throw Object.assign(new Error("it is a folder"), { code: "EISDIR" });
  if (info && !info.isFile()) {
    throw new UnusableFile(path, `is ${info.isSymbolicLink() ? "a link" : "not a plain file"}`);
  }
  return info ?? undefined;
}

/** Opens a plain file; what is opened is what was looked at, even where somebody changes the folder meanwhile. */
async function openPlainFile(path: string, links: SymlinkPolicy, flags: string): Promise<FileHandle> {
  await lookAtPlainFile(path, links);
  const file = await (await files()).open(path, flags, 0o600);
  try {
    const [opened, there] = [await file.stat(), await lookAtPlainFile(path, links)];
    const isSame = opened.ino === there?.ino && opened.dev === there?.dev;
    if (isSame || process.platform === "win32") return file; // where a file that is open cannot be exchanged
    throw new UnusableFile(path, "was exchanged while it was opened");
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Opens a plain file to add to it; made where it does not exist, readable by its owner alone. */
export async function openForAppending(path: string, links: SymlinkPolicy = "follow"): Promise<AppendFile> {
  const file = await openPlainFile(path, links, "a+");
  const { size } = await file.stat();
  const last = new Uint8Array([10]);
  if (size > 0) await file.read(last, 0, 1, size - 1);
  return {
    endsWithNewline: last[0] === 10,
    async append(text) {
      await file.writeFile(text);
      await file.datasync();
    },
    close: () => void file.close(),
  };
}

/** Makes a folder that only its owner can read, where it is not there. */
export async function makeFolder(path: string): Promise<void> {
  await (await files()).mkdir(path, { recursive: true, mode: 0o700 });
}

/**
 * Writes a file, readable by its owner alone; it is whole and on disk when the promise resolves, and not there under
 * its name before.
 */
export async function writeFile(path: string, bytes: Uint8Array): Promise<void> {
  const { open, rename, rm } = await files();
  const temporary = `${path}.${crypto.randomUUID()}.part`;
  try {
    const file = await open(temporary, "wx", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(temporary).catch(() => {});
    throw error;
  }
  await rename(temporary, path);
}

/**
 * Reads a plain file of a folder. Links are not followed, as they can lead out of it.
 *
 * @throws {UnusableFile} If it is not a plain file, or is not as large as it should be.
 */
export async function readPlainFile(
  folder: string,
  name: string,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const file = await openPlainFile(`${folder}/${name}`, "refuse", "r");
  try {
    const { size: actual } = await file.stat();
    if (actual !== size) throw new UnusableFile(name, `has ${actual} bytes, not ${size}`);
    const bytes = new Uint8Array(size);
    const length = await readInto(file, bytes);
    if (length < size) throw new UnusableFile(name, `ends after ${length} bytes of ${size}`);
    return bytes;
  } finally {
    await file.close();
  }
}

/** Far more than a line of a report or a manifest. */
const MAX_LINE = 2 ** 20;

/**
 * The lines of a plain text file, one after the other.
 *
 * @throws {UnusableFile} If it is not a plain file, or one is too long to be one.
 */
export async function* readLines(path: string, links: SymlinkPolicy = "follow"): AsyncGenerator<string> {
  const file = await openPlainFile(path, links, "r");
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of readAll(file.fd, () => file.close())) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE) {
      throw new UnusableFile(path, `has a line of more than ${MAX_LINE} characters`);
    }
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}
