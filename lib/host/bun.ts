/**
 * The Bun runtime: what `deno.ts` exports, which this file replaces in the executable that carries Bun. Bun has no
 * permissions, so that none is ever missing. Modules of Node.js are imported on first use, as each takes time to load.
 */
import process from "node:process";
import type { Stats } from "node:fs";
import type { EnvironmentVariable } from "../environment_variables.ts";
import type { FileInfo, HostFile, Input, Refusal, Signal } from "./deno.ts";

export type { FileInfo, HostFile, Input, Refusal, Signal };

/** The part of Bun's API that is used. */
declare const Bun: {
  version: string;
  /** Writes without starting a thread; resolves when everything is written. */
  write(to: unknown, bytes: Uint8Array): Promise<number>;
  stdout: unknown;
  stderr: unknown;
};

const DESCRIPTORS = { stdin: 0, stdout: 1, stderr: 2 };

const files = () => import("node:fs/promises");

delete process.env.NODE_TLS_REJECT_UNAUTHORIZED; // it would disable the check of certificates
const { fetch } = globalThis;
/**
 * BUN_CONFIG_VERBOSE_FETCH would print tokens, and Bun aborts a request after 5 minutes by default. It decompresses a
 * body that has arrived as a whole, so that a few bytes could fill the memory: none is asked for, or decompressed.
 */
const FETCH_OPTIONS = { verbose: false, timeout: false, decompress: false };
globalThis.fetch = (input: Parameters<typeof fetch>[0], init?: RequestInit) => {
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
  headers.set("accept-encoding", "identity");
  return fetch(input, { ...init, headers, ...FETCH_OPTIONS });
};

export const readEnv = (name: EnvironmentVariable): string | undefined => process.env[name] || undefined;

export const readEnvIfPermitted = readEnv;

/** Adds a host to those that bypass the proxy. */
function bypassProxy(host: string): void {
  for (const name of ["no_proxy", "NO_PROXY"]) { // the first is read first
    const hosts = process.env[name]?.split(",") ?? [];
    if (!hosts.includes(host)) process.env[name] = [...hosts, host].join(",");
  }
}

export const fetchDirectly: typeof globalThis.fetch = (input, init) => {
  const { protocol, hostname } = new URL(input instanceof Request ? input.url : input);
  if (protocol === "http:") bypassProxy(hostname.replace(/^\[|\]$/g, ""));
  return globalThis.fetch(input, init);
};

export const mayListen = (_port: number): Promise<boolean> => Promise.resolve(true);

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "";

const REFUSALS: Readonly<Record<string, Refusal>> = {
  ENOENT: "notFound",
  EISDIR: "folder",
  EACCES: "denied",
  EPERM: "denied",
  EEXIST: "exists",
  EADDRINUSE: "portInUse",
  EPIPE: "brokenPipe",
  EOF: "brokenPipe", // on Windows
};

export const refusalOf = (error: unknown): Refusal | undefined => REFUSALS[codeOf(error)];

export const commandLine = (): readonly string[] => process.argv.slice(2);

export const exit = (code: number): never => process.exit(code);

export const runtime = (): string =>
  `Bun ${Bun.version} (${process.platform}-${process.arch}), without a permission sandbox`;

export const isWindows = process.platform === "win32";

export const isMac = process.platform === "darwin";

export async function startProgram(program: string, args: readonly string[]): Promise<void> {
  const { spawn } = await import("node:child_process");
  const child = spawn(program, [...args], { detached: true, stdio: "ignore" });
  await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  child.unref();
}

export const noColor = (): boolean => Boolean(process.env.NO_COLOR);

function isTerminalDescriptor(descriptor: number): boolean {
  // What node:tty calls, which itself takes 4 to 10 ms to load.
  const { binding } = process as unknown as { binding(name: string): { isTTY(descriptor: number): boolean } };
  return binding("tty_wrap").isTTY(descriptor);
}

export const isTerminal = (stream: keyof typeof DESCRIPTORS): boolean =>
  isTerminalDescriptor(DESCRIPTORS[stream]);

export const columns = (stream: "stdout" | "stderr"): number | undefined =>
  isTerminal(stream) ? process[stream].columns || undefined : undefined;

export const isDumb = (): boolean => process.env.TERM === "dumb";

/**
 * How many bytes are written without a thread, which takes 3 ms to start: they fit into any pipe. More could block
 * the process until its reader takes them.
 */
const DIRECT_BYTES = 4096;
const written = { stdout: 0, stderr: 0 };

export async function write(stream: "stdout" | "stderr", text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  written[stream] += bytes.length;
  if (written[stream] <= DIRECT_BYTES) return void await Bun.write(Bun[stream], bytes);
  const fs = await import("node:fs");
  for (let rest = bytes; rest.length > 0;) {
    rest = rest.subarray(await transfer((done) => fs.write(DESCRIPTORS[stream], rest, done)));
  }
}

/** Reads or writes, and tries again while a pipe or terminal is busy that another process has set to non-blocking. */
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

async function readFrom(descriptor: number, bytes: Uint8Array): Promise<number> {
  const { read } = await import("node:fs");
  try {
    return await transfer((done) => read(descriptor, bytes, 0, bytes.length, null, done));
  } catch (error) {
    if (codeOf(error) === "EOF") return 0; // the end of a pipe on Windows
    throw error;
  }
}

export const stdin: Input = {
  read: (bytes) => readFrom(DESCRIPTORS.stdin, bytes),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};

export const TERMINAL_PATH: string = isWindows ? "\\\\.\\CONIN$" : "/dev/tty";

export const SCREEN_PATH: string = isWindows ? "\\\\.\\CONOUT$" : "/dev/tty";

export const readProcessStatus = (path = "/proc/self/status"): Promise<string> =>
  import(path, { with: { type: "text" } }).then((module) => module.default, () => ""); // sooner than by node:fs

export const onSignal = (signal: Signal, callback: () => void): void => void process.on(signal, callback);

const toFileInfo = (stats: Stats): FileInfo => ({
  size: stats.size,
  kind: stats.isFile() ? "file" : stats.isDirectory() ? "folder" : stats.isSymbolicLink() ? "link" : "other",
  identity: `${stats.dev}:${stats.ino}`,
});

export const stat = async (path: string): Promise<FileInfo> => toFileInfo(await (await files()).stat(path));

export const lstat = async (path: string): Promise<FileInfo> => toFileInfo(await (await files()).lstat(path));

const OPEN_FLAGS = { read: "r", append: "a+", create: "wx" };

export async function open(path: string, mode: keyof typeof OPEN_FLAGS): Promise<HostFile> {
  const file = await (await files()).open(path, OPEN_FLAGS[mode], 0o600);
  return {
    read: (bytes) => readFrom(file.fd, bytes),
    async readLast() {
      const last = new Uint8Array(1);
      const { size } = await file.stat();
      if (size === 0) return undefined;
      await file.read(last, 0, 1, size - 1);
      return last[0];
    },
    write: (bytes) => file.writeFile(bytes),
    info: async () => toFileInfo(await file.stat()),
    isTerminal: () => isTerminalDescriptor(file.fd),
    sync: () => file.sync(),
    syncData: () => file.datasync(),
    [Symbol.asyncDispose]: () => file.close(),
  };
}

export const rename = async (from: string, to: string): Promise<void> => (await files()).rename(from, to);

export const remove = async (path: string): Promise<void> => (await files()).unlink(path);

export const removeFolder = async (path: string): Promise<void> =>
  (await files()).rm(path, { recursive: true });

export async function makeFolder(path: string): Promise<void> {
  await (await files()).mkdir(path, { recursive: true, mode: 0o700 });
}

export const readFolder = async (path: string): Promise<string[]> => (await files()).readdir(path);

export async function makeTemporaryFolder(): Promise<string | undefined> {
  const [{ mkdtemp }, { tmpdir }] = await Promise.all([files(), import("node:os")]);
  return await mkdtemp(`${tmpdir()}/remove-profile-photo-`);
}
