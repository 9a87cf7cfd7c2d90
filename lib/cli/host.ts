import type { Signal } from "../host/deno.ts";
import type { Terminal } from "../host/terminal.ts";

/** What a command uses of the process that it runs in. Tests provide their own, to run without a process. */
export interface Host {
  /** Returns an environment variable; `undefined` if it is not set or empty. Throws if it may not be read. */
  readEnv(name: string): string | undefined;
  /** Returns `undefined`, too, for a variable that may not be read. */
  readEnvIfPermitted(name: string): string | undefined;
  /** Returns standard input. */
  readStdin(): AsyncIterable<Uint8Array>;
  /** Writes records or other output to standard output. */
  write(text: string): Promise<void>;
  /** Writes a message to standard error; ignores failures. */
  writeError(text: string): Promise<void>;
  /** Returns whether a stream is a terminal. */
  isTerminal(stream: "stdin" | "stdout" | "stderr"): boolean;
  /** Returns how wide the terminal of a stream is, in characters; `undefined` if it is none. */
  columns(stream: "stdout" | "stderr"): number | undefined;
  /** Returns whether the terminal cannot move its cursor (`TERM=dumb`). */
  isDumb(): boolean;
  /** Returns whether the environment asks for no colors (`NO_COLOR`). */
  noColor(): boolean;
  /**
   * Opens the terminal to ask questions at: standard input if it is free and a terminal, else the terminal device.
   * Returns the reason if there is none.
   */
  openTerminal(isStdinFree: boolean): Promise<Terminal | string>;
  /** Calls back on each Ctrl-C, SIGTERM or hang-up, unless the parent of the process has it ignore that. */
  onInterrupt(callback: (signal: Signal) => void): Promise<void>;
  /** Ends the process. */
  exit(code: number): never;
}
