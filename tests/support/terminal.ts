import { commandLine, environment, type RunOptions } from "./run_cli.ts";

/** The command in a terminal of its own, where standard output and standard error are one screen. */
export interface Terminal {
  /** Types keys; `"\n"` is Enter, `"\x03"` Ctrl-C, `"\x04"` the end of input. */
  type(keys: string): Promise<void>;
  /** Waits for a text to appear after what was awaited before; gives what appeared in between. */
  see(text: string): Promise<string>;
  /** Waits for the command to end; what was typed is on the screen too. */
  end(): Promise<{ code: number; screen: string }>;
  /** Takes the terminal away from under the command. */
  vanish(): Promise<void>;
}

/** Whether util-linux's `script` is there, which runs a command in a pseudo-terminal. */
function hasScript(): boolean {
  try {
    const { stdout } = new Deno.Command("script", { args: ["--version"], stderr: "null" }).outputSync();
    return new TextDecoder().decode(stdout).includes("util-linux");
  } catch {
    return false;
  }
}

/** Why no terminal can be had, or `undefined`. */
export const NO_TERMINAL = hasScript()
  ? undefined
  : "there is no script of util-linux to make a terminal with";

/** How long a text or the end is waited for, in ms, before the command is taken to hang. */
const PATIENCE = 15_000;

/** How a program such as PowerShell asks a terminal where the cursor is, and waits for the answer. */
const WHERE = "\x1b[6n";

const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

/** Starts the command in a terminal; `wrap` makes the shell's line of it. */
export const startInTerminal = (
  args: readonly string[],
  options: RunOptions = {},
  wrap?: (line: string) => string,
): Terminal => startProgramInTerminal(commandLine(args, options), options, wrap);

export function startProgramInTerminal(
  words: readonly string[],
  options: Pick<RunOptions, "env" | "cwd"> = {},
  wrap: (line: string) => string = (line) => line,
): Terminal {
  const line = wrap(words.map(quote).join(" "));
  const child = new Deno.Command("script", {
    args: ["-qec", line, "/dev/null"],
    clearEnv: true,
    env: { ...environment(options.env), SHELL: "/bin/sh", TERM: "xterm-256color" },
    cwd: options.cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const keyboard = child.stdin.getWriter();
  let screen = "";
  let seen = 0;
  let answered = 0;
  let ended = false;
  let onChange = () => {};

  const reading = (async () => {
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      screen += chunk;
      // Each question is answered once, also one that comes in two chunks: until then no key is a signal.
      for (const questions = screen.split(WHERE).length - 1; answered < questions; answered++) {
        await keyboard.write(new TextEncoder().encode("\x1b[1;1R"));
      }
      onChange();
    }
    ended = true;
    onChange();
  })();

  /** What appears before a text, where that comes before the command ends or the patience does. */
  async function appears(text: string): Promise<string | undefined> {
    let patient = true;
    const timer = setTimeout(() => {
      patient = false;
      onChange();
    }, PATIENCE);
    try {
      for (;;) {
        const at = screen.indexOf(text, seen);
        if (at >= 0) {
          const before = screen.slice(seen, at);
          seen = at + text.length;
          return before;
        }
        if (ended || !patient) return undefined;
        await new Promise<void>((resolve) => onChange = resolve);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  const end = async () => {
    const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
    await reading;
    const { code } = await child.status;
    clearTimeout(timer);
    await keyboard.close().catch(() => {});
    return { code, screen: screen.replaceAll("\r\n", "\n") };
  };

  return {
    type: (keys) => keyboard.write(new TextEncoder().encode(keys)),
    see: async (text) => {
      const before = await appears(text);
      if (before !== undefined) return before;
      if (!ended) child.kill("SIGKILL");
      await end();
      throw new Error(`The terminal does not show ${JSON.stringify(text)}: ${JSON.stringify(screen)}`);
    },
    end,
    vanish: async () => {
      child.kill("SIGKILL");
      await end();
    },
  };
}
