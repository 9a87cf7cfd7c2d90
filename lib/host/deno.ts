/**
 * The Deno runtime: environment, files, terminal and signals, which a web page lacks. `bun.ts` exports the same for
 * Bun, and replaces this file in that build. What both share is in `files.ts` and `terminal.ts`.
 */
import type { EnvironmentVariable } from "../environment_variables.ts";

/** The oldest Deno that works. `.ci/run` and `tests/distribution/oldest_deno_test.ts` read it here. */
const OLDEST_DENO = "2.5.0";

// Node 22 gets here only if it can parse every file that mod.ts imports statically: those declare nothing with `using`.
if (!("Deno" in globalThis && "toBase64" in Uint8Array.prototype)) {
  const { navigator, process } = globalThis as {
    navigator?: Navigator;
    process?: { argv: string[]; version: string; exit(code: number): never };
  };
  const runtime = navigator?.userAgent ?? (process ? `Node.js ${process.version}` : "another runtime");
  const needed = `remove-profile-photo needs Deno ${OLDEST_DENO} or later: this is ${runtime}`;
  const main = process?.argv[1]?.replaceAll("\\", "/");
  const commands = [import.meta.url, new URL("../../cli.ts", import.meta.url).href]; // the bundle, the source
  if (!main || !commands.some((url) => url.endsWith(main))) throw new Error(needed);
  console.error(`error: ${needed}`);
  process!.exit(2);
}

/** Returns an environment variable; `undefined` if it is unset or empty. */
export const readEnv = (name: EnvironmentVariable): string | undefined => Deno.env.get(name) || undefined;

const isEnvPermitted = (variable: string): boolean =>
  Deno.permissions.querySync({ name: "env", variable }).state === "granted";

/** Returns an environment variable; `undefined` also if Deno may not read it. */
export const readEnvIfPermitted = (name: EnvironmentVariable): string | undefined =>
  isEnvPermitted(name) ? readEnv(name) : undefined;

/** Variables by which Deno sends http: requests through a proxy. It obeys them even if the program may not read them. */
const PROXY_VARIABLES = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

const mayHaveProxy = (): boolean =>
  PROXY_VARIABLES.some((name) => !isEnvPermitted(name) || Deno.env.get(name));

/**
 * Sends a request like `fetch()`, but http: requests never through a proxy: they are for this machine, and their tokens
 * are not encrypted. Redirects of those are not followed.
 */
export const fetchDirectly: typeof fetch = async (input, init) => {
  const { protocol } = new URL(input instanceof Request ? input.url : input);
  if (protocol !== "http:" || !mayHaveProxy()) return await fetch(input, init);
  return await (await import("./node_fetch.ts")).fetchByNode(input, init);
};

/**
 * Returns whether a server may listen on a port of 127.0.0.1 (`0`: on any). Deno asks at the terminal if it was not
 * told.
 */
export async function mayListen(port: number): Promise<boolean> {
  const host = port === 0 ? "127.0.0.1" : `127.0.0.1:${port}`;
  return (await Deno.permissions.request({ name: "net", host })).state === "granted";
}

/** Why the system or the runtime refused something. `notPermitted`: a Deno permission is missing. */
export type Refusal =
  | "notFound"
  | "folder"
  | "denied"
  | "exists"
  | "portInUse"
  | "brokenPipe"
  | "notPermitted";

const REFUSALS: readonly [Refusal, new (...args: string[]) => Error][] = [
  ["notFound", Deno.errors.NotFound],
  ["folder", Deno.errors.IsADirectory],
  ["denied", Deno.errors.PermissionDenied],
  ["exists", Deno.errors.AlreadyExists],
  ["portInUse", Deno.errors.AddrInUse],
  ["brokenPipe", Deno.errors.BrokenPipe],
  ["notPermitted", Deno.errors.NotCapable],
];

/** Returns which refusal an error stands for; `undefined` for any other error. */
export const refusalOf = (error: unknown): Refusal | undefined =>
  REFUSALS.find(([, type]) => error instanceof type)?.[0] ??
    (error instanceof Error && "code" in error && error.code === "EADDRINUSE" ? "portInUse" : undefined); // of node:http

export const commandLine = (): readonly string[] => Deno.args;

export const exit = (code: number): never => Deno.exit(code);

/** The runtime with its version and system, for bug reports. */
export const runtime = (): string => `Deno ${Deno.version.deno} (${Deno.build.target})`;

export const isWindows = Deno.build.os === "windows";

export const isMac = Deno.build.os === "darwin";

/**
 * Starts a program of the desktop, which goes on by itself. Deno never asks for the permission.
 *
 * @throws What {@link refusalOf} calls "notPermitted" or "notFound".
 */
export function startProgram(program: string, args: readonly string[]): Promise<void> {
  if (Deno.permissions.querySync({ name: "run", command: program }).state !== "granted") {
    return Promise.reject(new Deno.errors.NotCapable(`--allow-run=${program}`));
  }
  return Promise.resolve().then(() => {
    const stdio = { stdin: "null", stdout: "null", stderr: "null" } as const;
    // Detached, as Ctrl-C here must not end the browser.
    new Deno.Command(program, { args: [...args], detached: true, ...stdio }).spawn().unref();
  });
}

/** Returns whether `NO_COLOR` is set, which takes no permission. */
export const noColor = (): boolean => Deno.noColor;

/** Returns whether a standard stream is a terminal. */
export const isTerminal = (stream: "stdin" | "stdout" | "stderr"): boolean => Deno[stream].isTerminal();

/** Returns how wide the terminal of a standard stream is, in characters; `undefined` if it is none. */
export const columns = (stream: "stdout" | "stderr"): number | undefined =>
  isTerminal(stream) ? Deno.consoleSize().columns || undefined : undefined;

/** Returns whether the terminal cannot move its cursor, as far as Deno may know. */
export const isDumb = (): boolean => isEnvPermitted("TERM") && Deno.env.get("TERM") === "dumb";

/** Writes a whole text to a standard stream. */
export async function write(stream: "stdout" | "stderr", text: string): Promise<void> {
  await writeAll(Deno[stream], new TextEncoder().encode(text));
}

async function writeAll(
  to: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await to.write(rest));
}

/** A stream of bytes that is read from where it stands. */
export interface Input extends AsyncDisposable {
  /** Reads at most `bytes.length` bytes. Returns their number, or 0 at the end. */
  read(bytes: Uint8Array): Promise<number>;
}

/** Standard input; disposing leaves it open. */
export const stdin: Input = {
  read: async (bytes) => await Deno.stdin.read(bytes) ?? 0,
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

/** The path under which the system opens the terminal of this process. */
export const TERMINAL_PATH: string = isWindows ? "CONIN$" : "/dev/tty";

/** The same, to write to it. */
export const SCREEN_PATH: string = isWindows ? "CONOUT$" : "/dev/tty";

/** A signal that can be listened for. `SIGBREAK` exists on Windows alone, `SIGTERM` and `SIGHUP` everywhere else. */
export type Signal = "SIGINT" | "SIGBREAK" | "SIGTERM" | "SIGHUP";

/**
 * Returns what Linux tells of this process; an empty text elsewhere, and where Deno may not read it without asking. By
 * reading it as a file, Deno would require all permissions.
 */
export async function readProcessStatus(path = "/proc/self/status"): Promise<string> {
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") return "";
  return await import(`file://${path}`, { with: { type: "text" } }).then(
    (module) => module.default,
    () => "",
  );
}

/** Calls back on each signal of a kind, in place of ending the process. */
export const onSignal = (signal: Signal, callback: () => void): void =>
  Deno.addSignalListener(signal, callback);

/** What is at a path. */
export interface FileInfo {
  /** Bytes. */
  size: number;
  kind: "file" | "folder" | "link" | "other";
  /** Device and inode: equal for two names of one file. Not to be relied on under Windows. */
  identity: string;
}

const toFileInfo = ({ size, isFile, isDirectory, isSymlink, dev, ino }: Deno.FileInfo): FileInfo => ({
  size,
  kind: isFile ? "file" : isDirectory ? "folder" : isSymlink ? "link" : "other",
  identity: `${dev}:${ino}`,
});

/** Returns what a path leads to, following links. */
export const stat = async (path: string): Promise<FileInfo> => toFileInfo(await Deno.stat(path));

/** Returns what is at a path, which can be a link. */
export const lstat = async (path: string): Promise<FileInfo> => toFileInfo(await Deno.lstat(path));

/** An open file; disposing closes it. */
export interface HostFile extends Input {
  /** Returns the last byte; `undefined` if the file is empty. */
  readLast(): Promise<number | undefined>;
  /** Writes all bytes. */
  write(bytes: Uint8Array): Promise<void>;
  info(): Promise<FileInfo>;
  isTerminal(): boolean;
  /** Waits until contents and metadata are on disk. */
  sync(): Promise<void>;
  /** Waits until the contents are on disk. */
  syncData(): Promise<void>;
}

const OPEN_OPTIONS = {
  read: { read: true },
  append: { read: true, append: true, create: true, mode: 0o600 },
  create: { write: true, createNew: true, mode: 0o600 },
} as const satisfies Record<string, Deno.OpenOptions>;

/**
 * Opens a file: to `read` it, to `append` to it, creating it if necessary, or to `create` it, which fails if it
 * exists. Only the owner can read a new file.
 */
export async function open(path: string, mode: keyof typeof OPEN_OPTIONS): Promise<HostFile> {
  const file = await Deno.open(path, OPEN_OPTIONS[mode]);
  return {
    read: async (bytes) => await file.read(bytes) ?? 0,
    async readLast() {
      const last = new Uint8Array(1);
      if (await file.seek(0, Deno.SeekMode.End) === 0) return undefined;
      await file.seek(-1, Deno.SeekMode.End);
      await file.read(last);
      return last[0];
    },
    write: (bytes) => writeAll(file, bytes),
    info: async () => toFileInfo(await file.stat()),
    isTerminal: () => file.isTerminal(),
    sync: () => file.sync(),
    syncData: () => file.syncData(),
    [Symbol.asyncDispose]: () => Promise.resolve(file.close()),
  };
}

/** Renames a file, replacing one of the new name. */
export const rename = (from: string, to: string): Promise<void> => Deno.rename(from, to);

export const remove = (path: string): Promise<void> => Deno.remove(path);

/** Removes a folder with everything in it. */
export const removeFolder = (path: string): Promise<void> => Deno.remove(path, { recursive: true });

/** Creates a folder, and those above it, if they do not exist; only the owner can read a new one. */
export const makeFolder = (path: string): Promise<void> => Deno.mkdir(path, { recursive: true, mode: 0o700 });

/** Returns the names of what is in a folder. */
export const readFolder = (path: string): Promise<string[]> =>
  Array.fromAsync(Deno.readDir(path), ({ name }) => name);

/** Creates a temporary folder that only its owner can read; `undefined` if Deno may not write everywhere. */
export async function makeTemporaryFolder(): Promise<string | undefined> {
  if ((await Deno.permissions.query({ name: "write" })).state !== "granted") return undefined;
  return await Deno.makeTempDir({ prefix: "remove-profile-photo-" });
}
