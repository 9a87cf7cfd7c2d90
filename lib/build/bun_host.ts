/**
 * What `lib/host.ts` is, for Bun in place of Deno: the npm-only build puts this file in its place. Bun restricts
 * nothing, so that no permission is ever missing. Modules of Node.js load when they are used, as each takes time.
 */
import process from "node:process";
import type { GrowingFile, Terminal } from "../host.ts";

export type { GrowingFile, Terminal };

/** What is used of Bun, which writes to a pipe without a thread and without holding up what else goes on. */
declare const Bun: {
  version: string;
} & Readonly<Record<Stream, { writer(): { write(text: string): void; flush(): Promise<number> | number } }>>;

type Stream = "stdout" | "stderr";

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

/** The text of a file. */
export async function readTextFile(path: string): Promise<string> {
  return new TextDecoder().decode(await (await files()).readFile(path));
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
  return REASONS[codeOf(error)] ?? (error instanceof Error ? error.message : String(error));
}

/** Whether a server may listen here. */
export const mayListen = (): Promise<boolean> => Promise.resolve(true);

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

const writers: Partial<Record<Stream, ReturnType<typeof Bun.stdout.writer>>> = {};

/** Writes all of a text. */
export async function write(stream: Stream, text: string): Promise<void> {
  const writer = writers[stream] ??= Bun[stream].writer();
  writer.write(text);
  await writer.flush();
}

/** Whether an error says that nobody reads what is written. */
export const isBrokenPipe = (error: unknown): boolean => ["EPIPE", "EOF"].includes(codeOf(error));

/** Reads some bytes; 0 is the end. */
async function readSome(descriptor: number, bytes: Uint8Array): Promise<number> {
  const { read } = await import("node:fs");
  for (;;) {
    try {
      return await new Promise((resolve, reject) =>
        read(
          descriptor,
          bytes,
          0,
          bytes.length,
          null,
          (error, count) => error ? reject(error) : resolve(count),
        )
      );
    } catch (error) {
      if (codeOf(error) === "EOF") return 0; // how Windows ends a pipe
      if (codeOf(error) !== "EAGAIN") throw error; // whoever shares the terminal may have made it so
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
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
      await write("stderr", question);
      return await readLine(descriptor);
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

/** Removes a file. */
export const removeFile = async (path: string): Promise<void> => await (await files()).unlink(path);

/** Ctrl-C, and what a service manager or a closed console says; Windows has no SIGTERM. */
const INTERRUPTS = ["SIGINT", process.platform === "win32" ? "SIGBREAK" : "SIGTERM"] as const;

/** Calls back on each Ctrl-C, or request to end, until the returned function is called. */
export function onInterrupt(callback: () => void): () => void {
  for (const signal of INTERRUPTS) process.on(signal, callback);
  return () => INTERRUPTS.forEach((signal) => process.off(signal, callback));
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

/** Opens a file to add to it; made where it does not exist, readable by its owner alone. */
export async function openForAppending(path: string): Promise<GrowingFile> {
  const file = await (await files()).open(path, "a+", 0o600);
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
 * Reads a file of a folder. Links are not followed, as they can lead out of it.
 *
 * @throws {Error} If it is not a plain file, or larger than it should be.
 */
export async function readPlainFile(
  folder: string,
  name: string,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { lstat, readFile } = await files();
  const path = `${folder}/${name}`;
  const found = await lstat(path);
  if (!found.isFile()) throw new Error("it is not a plain file");
  if (found.size !== size) throw new Error(`it has ${found.size} bytes, not ${size}`);
  return new Uint8Array(await readFile(path));
}

/** The lines of a text file, one after the other. */
export async function* readLines(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of await openInput(path)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}
