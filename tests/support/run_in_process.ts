import type { Host } from "../../lib/cli/host.ts";
import { dispatch } from "../../lib/cli/main.ts";
import type { Emulator } from "../../lib/emulator/mod.ts";
import { bySecret } from "./command.ts";
import { assertShortError } from "./messages.ts";
import { recordsOf, type Run } from "./run_cli.ts";

/** What the command line finds in place of a process. */
export interface HostOptions {
  /** Its whole environment. Default: no variables. */
  env?: Readonly<Record<string, string>>;
  /** Standard input. Default: empty. */
  stdin?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Whether standard output and standard error are a terminal. */
  isTerminal?: boolean;
  /** How wide the terminal is. */
  columns?: number;
  /** Answers a question at the terminal; `null` is the end of input. Default: there is no terminal to ask at. */
  answer?: (question: string) => string | null | Promise<string | null>;
  /** Acts as Ctrl-C when it aborts. */
  interrupt?: AbortSignal;
  /** Called with each text that is written, to either stream. */
  onOutput?: (text: string) => void;
}

/** A run in this process, with both streams in the order in which they were written, and the questions. */
export interface RunInProcess extends Run {
  screen: string;
}

async function* toStream(input: Required<HostOptions>["stdin"]): AsyncGenerator<Uint8Array> {
  if (typeof input === "string") yield new TextEncoder().encode(input);
  else if (input instanceof Uint8Array) yield input;
  else yield* input;
}

/** Runs a command line in this process, as far as it is not about the process itself. */
export async function runInProcess(
  args: readonly string[],
  { env = {}, stdin = "", isTerminal = false, columns, answer, interrupt, onOutput }: HostOptions = {},
): Promise<RunInProcess> {
  const written = { stdout: "", stderr: "", screen: "" };
  const show = (stream: "stdout" | "stderr", text: string) => {
    written[stream] += text;
    written.screen += text;
    onOutput?.(text);
  };
  const readEnv = (name: string) => env[name] || undefined;
  const host: Host = {
    readEnv,
    readEnvIfPermitted: readEnv,
    readStdin: () => toStream(stdin),
    async write(text) {
      await new Promise((resolve) => setTimeout(resolve, 0)); // a pipe takes a moment
      show("stdout", text);
    },
    writeError: (text) => Promise.resolve(show("stderr", text)),
    isTerminal: () => isTerminal,
    columns: () => columns,
    isDumb: () => readEnv("TERM") === "dumb",
    noColor: () => readEnv("NO_COLOR") !== undefined,
    openTerminal: () =>
      Promise.resolve(
        answer === undefined ? "there is no terminal" : {
          async ask(question) {
            written.screen += question;
            return await answer(question);
          },
          close() {},
        },
      ),
    onInterrupt: (callback) =>
      Promise.resolve(interrupt?.addEventListener("abort", () => callback("SIGINT"))),
    exit(code) {
      throw new Error(`exit(${code})`);
    },
  };
  const code = await dispatch(args, host);
  if (columns === undefined) assertShortError(written.stderr);
  return { code, ...written, records: () => recordsOf(written.stdout) };
}

/** Runs a command line in this process, as a tenant's app. */
export function runAsApp(
  tenant: Emulator,
  args: readonly string[],
  options: HostOptions = {},
): Promise<RunInProcess> {
  return runInProcess(args, { ...options, env: { ...bySecret(tenant), ...options.env } });
}
