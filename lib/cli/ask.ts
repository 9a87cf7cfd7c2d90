import type { Confirmation } from "../run_targets.ts";
import { describeTarget, type Target, toKindAndId } from "../target.ts";
import type { Terminal } from "../host/files.ts";
import type { Arguments } from "./arguments.ts";
import { UsageError } from "./errors.ts";
import type { Host } from "./host.ts";
import { printable } from "./text.ts";

/** When to ask: before each target, once for all, or never. */
export type Asking = "each" | "once" | "never";

/**
 * Returns when to ask. Targets from a file or pipe (`isList`) are asked about once, named ones only with `--confirm`.
 *
 * @throws {UsageError} If the options contradict each other.
 */
export function checkAsking(flags: Arguments["flags"], isList: boolean): Asking {
  if (flags["what-if"]) return "never";
  if (flags.confirm && flags.yes) {
    throw new UsageError("--confirm and --yes contradict each other", "Use one of them.");
  }
  if (flags.confirm) return "each";
  return isList && !flags.yes ? "once" : "never";
}

type Answer = Confirmation | "noToAll";

/** PowerShell's letters and words. Enter alone means no. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  "y": "yes",
  "yes": "yes",
  "a": "all",
  "n": "no",
  "no": "no",
  "": "no",
  "l": "noToAll",
  "q": "quit",
  "quit": "quit",
};

const EACH = "[y] yes  [a] yes to all  [n] no (default)  [l] no to all  [q] quit: ";
const ONCE = "[y] yes  [n] no (default): ";

/** Asks until there is a valid answer. Ctrl-C and the end of the input mean "quit". */
async function ask(terminal: Terminal, question: string, stopSignal: AbortSignal): Promise<Answer> {
  const stopped = new Promise<null>((resolve) => stopSignal.addEventListener("abort", () => resolve(null)));
  for (;;) {
    if (stopSignal.aborted) return "quit";
    const line = await Promise.race([terminal.ask(question), stopped]);
    if (line === null) return "quit";
    const typed = line.trim().toLowerCase();
    if (Object.hasOwn(ANSWERS, typed)) return ANSWERS[typed]!;
  }
}

/** Asks the questions of a run. */
export interface Questions extends Disposable {
  /** Asks once for all targets. */
  once(question: string): Promise<boolean>;
  /** Asks for each target, such as "Remove the photo of user x?", until an answer applies to all. "quit" calls `stop`. */
  each(
    verb: string,
    stop: () => void,
    nameOf?: (id: string | null) => string | null,
  ): (target: Target) => Promise<Confirmation>;
}

/**
 * Opens the terminal to ask at, if there is something to ask.
 *
 * @param isStdinInput Whether standard input holds the targets, so that answers cannot come from it.
 * @throws {UsageError} If there is no terminal.
 */
export async function openQuestions(
  asking: Asking,
  isStdinInput: boolean,
  host: Host,
  stopSignal: AbortSignal,
): Promise<Questions | undefined> {
  if (asking === "never") return undefined;
  const terminal = await host.openTerminal(!isStdinInput);
  if (typeof terminal === "string") {
    throw new UsageError(
      `Cannot ask for confirmation: ${terminal}`,
      "Pass --yes to go on without asking, or --what-if to preview.",
    );
  }
  let isNoToAll = false;
  return {
    async once(question) {
      const answer = await ask(terminal, `${question}\n${ONCE}`, stopSignal);
      return answer === "yes" || answer === "all";
    },
    each: (verb, stop, nameOf) => async (target) => {
      if (isNoToAll) return "no";
      const name = nameOf?.(toKindAndId(target).id) ?? null;
      const whose = describeTarget(target) + (name === null ? "" : ` (${name})`);
      const question = `${verb} the photo of ${printable(whose)}?`;
      const answer = await ask(terminal, `${question}\n${EACH}`, stopSignal);
      isNoToAll = answer === "noToAll";
      if (answer === "quit") stop();
      return answer === "noToAll" ? "no" : answer;
    },
    [Symbol.dispose]: () => terminal.close(),
  };
}
