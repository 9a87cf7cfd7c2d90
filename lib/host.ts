/**
 * The one place that calls the runtime for what a web page has not: environment, files, terminal, signals.
 * The rest of `lib/` rests on web-platform APIs alone.
 */

/** An environment variable; an empty one counts as absent. */
export function readEnv(name: string): string | undefined {
  return Deno.env.get(name) || undefined;
}

/** The text of a file. */
export function readTextFile(path: string): Promise<string> {
  return Deno.readTextFile(path);
}

const REASONS: readonly [new (...args: string[]) => Error, string][] = [
  [Deno.errors.NotFound, "it does not exist"],
  [Deno.errors.IsADirectory, "it is a folder"],
  [Deno.errors.PermissionDenied, "the system denies access"],
  [Deno.errors.AddrInUse, "the port is in use"],
];

/** Why the host refused something, in words. `flag` is the Deno permission that it takes. */
export function describeHostError(error: unknown, flag: string): string {
  if (error instanceof Deno.errors.NotCapable) return `Deno was not permitted to: run it with ${flag}`;
  const known = REASONS.find(([type]) => error instanceof type);
  return known ? known[1] : error instanceof Error ? error.message : String(error);
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

/** Whether an error says that nobody reads what is written. */
export const isBrokenPipe = (error: unknown): boolean => error instanceof Deno.errors.BrokenPipe;

/** One line from the terminal on standard input, without its end; `null` at its end. */
export async function readLine(): Promise<string | null> {
  const decoder = new TextDecoder();
  const byte = new Uint8Array(1);
  let line = "";
  while (await Deno.stdin.read(byte) !== null) {
    const char = decoder.decode(byte, { stream: true });
    if (char === "\n") return line.replace(/\r$/, "");
    line += char;
  }
  return line === "" ? null : line;
}

/** Calls back on each Ctrl-C, until the returned function is called. */
export function onInterrupt(callback: () => void): () => void {
  Deno.addSignalListener("SIGINT", callback);
  return () => Deno.removeSignalListener("SIGINT", callback);
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
