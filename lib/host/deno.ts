/**
 * The one place that calls the runtime for what a web page has not: environment, files, terminal, signals.
 * The rest of `lib/` rests on web-platform APIs alone.
 */

/** An environment variable; an empty one counts as absent. */
export function readEnv(name: string): string | undefined {
  return Deno.env.get(name) || undefined;
}

/** An environment variable, where it may be read. */
export function readEnvIfPermitted(name: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? readEnv(name) : undefined;
}

/**
 * Keeps requests to hosts of this machine out of a proxy, which could not reach them. To be called before the first
 * request; without effect where the environment may not be changed.
 */
export function bypassProxy(hosts: readonly string[]): void {
  const may = (variable: string) => Deno.permissions.querySync({ name: "env", variable }).state === "granted";
  if (hosts.length === 0 || !may("NO_PROXY") || !may("no_proxy")) return;
  const given = readEnv("NO_PROXY") ?? readEnv("no_proxy");
  Deno.env.set("NO_PROXY", [...given ? [given] : [], ...hosts].join(","));
}

/**
 * The text of a file or pipe.
 *
 * @throws {UnusableFile} If it is longer than what it is for can be; some devices have no end.
 */
export async function readTextFile(path: string, maxBytes: number): Promise<string> {
  using file = await Deno.open(path);
  const bytes = new Uint8Array(maxBytes + 1);
  const length = await readInto(file, bytes);
  if (length > maxBytes) throw new UnusableFile(path, `has more than ${maxBytes} bytes`);
  return new TextDecoder().decode(bytes.subarray(0, length));
}

/** Reads until an array is full or the file ends, and tells how many bytes that was. */
async function readInto(file: Deno.FsFile, bytes: Uint8Array): Promise<number> {
  let length = 0;
  while (length < bytes.length) {
    const count = await file.read(bytes.subarray(length));
    if (count === null) break;
    length += count;
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

const REASONS: readonly [new (...args: string[]) => Error, string][] = [
  [Deno.errors.NotFound, "it does not exist"],
  [Deno.errors.IsADirectory, "it is a folder"],
  [Deno.errors.PermissionDenied, "the system denies access"],
  [Deno.errors.AddrInUse, "the port is in use"],
];

/** Why the host refused something, in words. `flag` is the Deno permission that it takes. */
export function describeHostError(error: unknown, flag: string): string {
  if (error instanceof UnusableFile) return `it ${error.reason}`;
  if (error instanceof Deno.errors.NotCapable) return `Deno was not permitted to: run it with ${flag}`;
  const known = REASONS.find(([type]) => error instanceof type);
  return known ? known[1] : error instanceof Error ? error.message : String(error);
}

/**
 * Whether a server may listen on a port, `0` for any free one; a person at a terminal is asked by Deno where that is
 * open.
 */
export async function mayListen(port: number): Promise<boolean> {
  const host = port === 0 ? "127.0.0.1" : `127.0.0.1:${port}`;
  return (await Deno.permissions.request({ name: "net", host })).state === "granted";
}

/** Whether an error is the lack of a Deno permission. */
export function isPermissionMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotCapable;
}

/** The arguments of the command. */
export const commandLine = (): readonly string[] => Deno.args;

/** Ends the process. */
export const exit = (code: number): never => Deno.exit(code);

/** Whether colors are unwanted (`NO_COLOR`), without asking for permission to read the environment. */
export const noColor = (): boolean => Deno.noColor;

type Stream = "stdout" | "stderr";

/** Whether a stream is a terminal. */
export const isTerminal = (stream: Stream | "stdin"): boolean => Deno[stream].isTerminal();

/** Writes all of a text. */
export async function write(stream: Stream, text: string): Promise<void> {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(await Deno[stream].write(bytes));
}

/** Tells a person something; what cannot be told is dropped, as there is nobody to tell it to. */
export const writeError = (text: string): Promise<void> => write("stderr", text).catch(() => {});

/** Whether an error says that nobody reads what is written. */
export const isBrokenPipe = (error: unknown): boolean => error instanceof Deno.errors.BrokenPipe;

/** A person at a terminal. */
export interface Terminal {
  /** Writes a question and reads the answer's line; `null` when there is none to come. */
  ask(question: string): Promise<string | null>;
  close(): void;
}

/** One line, without its end; `null` at the end of the input. */
async function readLine(input: { read(bytes: Uint8Array): Promise<number | null> }): Promise<string | null> {
  const decoder = new TextDecoder();
  const byte = new Uint8Array(1);
  let line = "";
  while (await input.read(byte)) {
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
  const converse = (input: Parameters<typeof readLine>[0], close: () => void): Terminal => ({
    async ask(question) {
      try {
        await write("stderr", question);
        return await readLine(input);
      } catch {
        return null; // the terminal is gone
      }
    },
    close,
  });
  if (stdinIsFree && isTerminal("stdin")) return converse(Deno.stdin, () => {});
  const path = Deno.build.os === "windows" ? "CONIN$" : "/dev/tty";
  try {
    const file = await Deno.open(path);
    if (file.isTerminal()) return converse(file, () => file.close());
    file.close();
  } catch (error) {
    if (isPermissionMissing(error)) return `Deno may not open ${path} (--allow-read)`;
  }
  return "there is no terminal";
}

/** The bytes of a file, or of standard input for "-". */
export async function openInput(path: string): Promise<AsyncIterable<Uint8Array>> {
  if (path === "-") return Deno.stdin.readable;
  const file = await Deno.open(path); // which opens a folder too
  if (!(await file.stat()).isDirectory) return file.readable;
  file.close();
  throw new Deno.errors.IsADirectory();
}

/** Whether a path is a file that can be read twice. */
export async function isRegularFile(path: string): Promise<boolean> {
  return path !== "-" && (await Deno.stat(path)).isFile;
}

/** Whether there is something at a path. */
export const exists = (path: string): Promise<boolean> => Deno.lstat(path).then(() => true, () => false);

/** Removes a file in which nobody has written anything; where it cannot be removed, it stays. */
export async function removeIfEmpty(path: string): Promise<void> {
  const { size } = await Deno.stat(path).catch(() => ({ size: NaN }));
  if (size === 0) await Deno.remove(path).catch(() => {});
}

/** Ctrl-C, and what a service manager or a closed console says; Windows has no SIGTERM. */
const INTERRUPTS: readonly Deno.Signal[] = ["SIGINT", Deno.build.os === "windows" ? "SIGBREAK" : "SIGTERM"];

/** Calls back on each Ctrl-C or request to end, and once when the terminal goes, which a shell tells its jobs again. */
export function onInterrupt(callback: () => void): void {
  for (const signal of INTERRUPTS) Deno.addSignalListener(signal, callback);
  let isGone = false;
  const onHangUp = () => {
    if (!isGone) callback();
    isGone = true;
  };
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGHUP", onHangUp);
}

/** Writes a file that only its owner can read into a new temporary folder; `undefined` where that is not permitted. */
export async function writeTemporaryFile(name: string, text: string): Promise<string | undefined> {
  if ((await Deno.permissions.query({ name: "write" })).state !== "granted") return undefined;
  const path = `${await Deno.makeTempDir({ prefix: "remove-profile-photo-" })}/${name}`;
  await Deno.writeTextFile(path, text, { mode: 0o600, createNew: true });
  return path;
}

/** Removes the folder of a temporary file. */
export const removeTemporaryFile = (path: string): Promise<void> =>
  Deno.remove(path.slice(0, path.lastIndexOf("/")), { recursive: true });

/** The runtime, for a report of a fault. */
export const runtime = (): string => `Deno ${Deno.version.deno} (${Deno.build.target})`;

/** A file that grows. */
export interface AppendFile {
  /** Whether it was empty or ended with a line's end when it was opened. */
  endsWithNewline: boolean;
  /** Adds text; it is on disk when the promise resolves. */
  append(text: string): Promise<void>;
  close(): void;
}

/** Writes all bytes to a file. */
async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
}

/** Whether a link at a path is followed, or refused as it can lead out of its folder. */
export type SymlinkPolicy = "follow" | "refuse";

/** What is at a path, which must be a plain file, or nothing: a pipe could wait for ever, a device has no end. */
async function lookAtPlainFile(path: string, links: SymlinkPolicy): Promise<Deno.FileInfo | undefined> {
  const look = links === "follow" ? Deno.stat : Deno.lstat;
  const info = await look(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  if (info?.isDirectory) throw new Deno.errors.IsADirectory();
  if (info && !info.isFile) {
    throw new UnusableFile(path, `is ${info.isSymlink ? "a link" : "not a plain file"}`);
  }
  return info ?? undefined;
}

/** Opens a plain file; what is opened is what was looked at, even where somebody changes the folder meanwhile. */
async function openPlainFile(
  path: string,
  links: SymlinkPolicy,
  options: Deno.OpenOptions,
): Promise<Deno.FsFile> {
  await lookAtPlainFile(path, links);
  const file = await Deno.open(path, options);
  try {
    const [opened, there] = [await file.stat(), await lookAtPlainFile(path, links)];
    const isSame = opened.ino === there?.ino && opened.dev === there?.dev;
    if (isSame || Deno.build.os === "windows") return file; // where a file that is open cannot be exchanged
    throw new UnusableFile(path, "was exchanged while it was opened");
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Opens a plain file to add to it; made where it does not exist, readable by its owner alone. */
export async function openForAppending(path: string, links: SymlinkPolicy = "follow"): Promise<AppendFile> {
  const file = await openPlainFile(path, links, { read: true, append: true, create: true, mode: 0o600 });
  const size = await file.seek(0, Deno.SeekMode.End);
  const last = new Uint8Array([10]);
  if (size > 0) {
    await file.seek(-1, Deno.SeekMode.End);
    await file.read(last);
  }
  return {
    endsWithNewline: last[0] === 10,
    async append(text) {
      await writeAll(file, new TextEncoder().encode(text));
      await file.syncData();
    },
    close: () => file.close(),
  };
}

/** Makes a folder that only its owner can read, where it is not there. */
export const makeFolder = (path: string): Promise<void> => Deno.mkdir(path, { recursive: true, mode: 0o700 });

/**
 * Writes a file, readable by its owner alone; it is whole and on disk when the promise resolves, and not there under
 * its name before.
 */
export async function writeFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${crypto.randomUUID()}.part`;
  try {
    using file = await Deno.open(temporary, { write: true, createNew: true, mode: 0o600 });
    await writeAll(file, bytes);
    await file.sync();
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
  await Deno.rename(temporary, path);
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
  using file = await openPlainFile(`${folder}/${name}`, "refuse", { read: true });
  const { size: actual } = await file.stat();
  if (actual !== size) throw new UnusableFile(name, `has ${actual} bytes, not ${size}`);
  const bytes = new Uint8Array(size);
  const length = await readInto(file, bytes);
  if (length < size) throw new UnusableFile(name, `ends after ${length} bytes of ${size}`);
  return bytes;
}

/** Far more than a line of a report or a manifest. */
const MAX_LINE = 2 ** 20;

/**
 * The lines of a plain text file, one after the other.
 *
 * @throws {UnusableFile} If it is not a plain file, or one is too long to be one.
 */
export async function* readLines(path: string, links: SymlinkPolicy = "follow"): AsyncGenerator<string> {
  const file = await openPlainFile(path, links, { read: true });
  let rest = "";
  for await (const chunk of file.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE) {
      throw new UnusableFile(path, `has a line of more than ${MAX_LINE} characters`);
    }
    yield* lines;
  }
  if (rest !== "") yield rest;
}
