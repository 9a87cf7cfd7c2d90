import {
  type Input,
  isTerminal,
  isWindows,
  open,
  refusalOf,
  SCREEN_PATH,
  stdin,
  TERMINAL_PATH,
  write,
} from "./deno.ts";

/** The terminal at which questions are asked. */
export interface Terminal {
  /**
   * Writes a question to standard error, or to the terminal if that is redirected, and returns the line that is typed;
   * `null` at the end of input, or if the terminal is gone.
   */
  ask(question: string): Promise<string | null>;
  close(): void;
}

/**
 * Returns a function that reads a line, without its end; it returns `null` at the end of input. Takes no byte beyond
 * the line. A terminal in raw mode, such as another program may leave, ends lines with CR and sends Ctrl-C as a byte.
 */
function lineReader(input: Input): () => Promise<string | null> {
  let endedWithCr = false;
  return async () => {
    const decoder = new TextDecoder();
    const byte = new Uint8Array(1);
    let line = "";
    while (await input.read(byte)) {
      const char = decoder.decode(byte, { stream: true });
      const isRestOfEnd = endedWithCr && char === "\n";
      endedWithCr = char === "\r";
      if (isRestOfEnd) continue; // of Windows' CR LF
      if (char === "\n" || char === "\r") return line;
      if (char === "\x03" || char === "\x04") return null;
      line += char;
    }
    return line === "" ? null : line;
  };
}

/** Where a question is written. */
interface Screen {
  write(text: string): Promise<void>;
  close(): void;
}

/** Returns where a person sees a question; if there is no such place, standard error, like all messages. */
async function openScreen(): Promise<Screen> {
  const streamed = (stream: "stdout" | "stderr"): Screen => ({
    write: (text) => write(stream, text),
    close() {},
  });
  if (isTerminal("stderr")) return streamed("stderr");
  try {
    const file = await open(SCREEN_PATH, "append"); // for which Deno takes --allow-all
    return {
      write: (text) => file.write(new TextEncoder().encode(text)),
      close: () => void file[Symbol.asyncDispose](),
    };
  } catch {
    return streamed(isTerminal("stdout") ? "stdout" : "stderr");
  }
}

async function toTerminal(input: Input): Promise<Terminal> {
  const readLine = lineReader(input);
  const screen = await openScreen();
  return {
    async ask(question) {
      try {
        await screen.write(question);
        return await readLine();
      } catch {
        return null;
      }
    },
    close() {
      void input[Symbol.asyncDispose]();
      screen.close();
    },
  };
}

/**
 * Opens the terminal of this process.
 *
 * @param stdinIsFree Whether answers may be read from standard input if that is the terminal.
 * @returns The terminal, or why there is none.
 */
export async function openTerminal(stdinIsFree: boolean): Promise<Terminal | string> {
  if (stdinIsFree && isTerminal("stdin")) return await toTerminal(stdin);
  try {
    const file = await open(TERMINAL_PATH, "read");
    if (isWindows || file.isTerminal()) return await toTerminal(file);
    await file[Symbol.asyncDispose]();
  } catch (error) {
    if (refusalOf(error) === "notPermitted") return `Deno may not open ${TERMINAL_PATH} (--allow-read)`;
  }
  return "there is no terminal";
}
