import type { Confirmation } from "../run_targets.ts";
import { describeTarget, type Target } from "../target.ts";
import { openTerminal, type Terminal } from "../host/files.ts";
import { UsageError } from "./errors.ts";
import type { Asking } from "./run.ts";
import { printable } from "./style.ts";

type Choice = Confirmation | "noToAll";

/** PowerShell's letters and words; Enter alone says no. */
const ANSWERS: Readonly<Record<string, Choice>> = {
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

/** Asks until the answer can be understood; the end of the input quits, and so does Ctrl-C. */
async function ask(terminal: Terminal, question: string, stop: AbortSignal): Promise<Choice> {
  const aborted = new Promise<null>((resolve) => stop.addEventListener("abort", () => resolve(null)));
  for (;;) {
    const line = await Promise.race([terminal.ask(question), aborted]);
    if (line === null) return "quit";
    const answer = Object.hasOwn(ANSWERS, line.trim().toLowerCase())
      ? ANSWERS[line.trim().toLowerCase()]
      : undefined;
    if (answer) return answer;
  }
}

/** The questions of one run. */
export interface Questions extends Disposable {
  /** Asks once for all. */
  once(question: string): Promise<boolean>;
  /** Asks for each target, until the answer is for all. */
  each(verb: string): (target: Target) => Promise<Confirmation>;
}

/**
 * Finds the terminal to ask at.
 *
 * @throws {UsageError} If there is none.
 */
export async function openQuestions(
  asking: Exclude<Asking, "never">,
  inputIsStdin: boolean,
  stop: AbortSignal,
): Promise<Questions> {
  const terminal = await openTerminal(!inputIsStdin);
  if (typeof terminal === "string") {
    const what = asking === "each" ? "--confirm cannot ask" : "Removing many asks first, and cannot";
    throw new UsageError(`${what}: ${terminal}`, "Use --yes not to be asked, or --what-if to look.");
  }
  return {
    async once(question) {
      const choice = await ask(terminal, `${question}\n${ONCE}`, stop);
      return choice === "yes" || choice === "all";
    },
    each(verb) {
      let noToAll = false;
      return async (target) => {
        if (noToAll) return "no";
        const choice = await ask(
          terminal,
          `${verb} the photo of ${printable(describeTarget(target))}?\n${EACH}`,
          stop,
        );
        noToAll = choice === "noToAll";
        return choice === "noToAll" ? "no" : choice;
      };
    },
    [Symbol.dispose]: () => terminal.close(),
  };
}
