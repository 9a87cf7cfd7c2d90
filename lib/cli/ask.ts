import type { Confirmation } from "../run_targets.ts";
import { describeTarget, type Target, toKindAndId } from "../target.ts";
import type { Terminal } from "../host/terminal.ts";
import type { Arguments } from "./arguments.ts";
import { UsageError } from "./errors.ts";
import type { Host } from "./host.ts";
import type { Run } from "./run.ts";
import { countDone } from "./summary.ts";
import { formatCount, freshLine, printable } from "./text.ts";

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
  "all": "all",
  "n": "no",
  "no": "no",
  "": "no",
  "l": "noToAll",
  "none": "noToAll",
  "q": "quit",
  "quit": "quit",
};

/** What can be answered: letter, word, and what it does. */
type Choices = readonly (readonly [letter: string, word: string, does: string])[];

/** What the answers to the question for all do. */
export type HelpForAll = Readonly<Record<"yes" | "no", string>>;

const choicesForAll = ({ yes, no }: HelpForAll): Choices => [["y", "yes", yes], ["n", "no", no]];

const choicesForEach = (verb: string): Choices => [
  ["y", "yes", `${verb} this photo`],
  ["a", "all", `${verb} this and all the others, without asking again`],
  ["n", "no", "leave this one, and go on to the next"],
  ["l", "none", "leave this and all the others"],
  ["q", "quit", "stop here; the others are not begun"],
];

/** Returns the line that is answered: with words if they fit, else with letters. */
function prompt(choices: Choices, columns: number): string {
  const noted = (text: string, letter: string) => letter === "n" ? `${text} (default)` : text;
  const words = choices.map(([letter, word]) => noted(`[${letter}] ${word}`, letter));
  const line = `${words.join("  ")}  [?] help: `;
  if (line.length < columns) return line;
  return `${choices.map(([letter]) => noted(letter, letter)).join(", ")} or ?: `;
}

/** Asks until there is a valid answer; says what each does at any other. Ctrl-C and the end of the input mean "quit". */
async function ask(
  terminal: Terminal,
  host: Host,
  question: string,
  choices: Choices,
  stopSignal: AbortSignal,
): Promise<Answer> {
  const { wrapText } = await import("./wrap.ts");
  const columns = host.columns("stderr") ?? Infinity;
  const stopped = new Promise<null>((resolve) => stopSignal.addEventListener("abort", () => resolve(null)));
  for (;;) {
    if (stopSignal.aborted) return "quit";
    const text = `${wrapText(question, columns)}\n${prompt(choices, columns)}`;
    const line = await Promise.race([terminal.ask(text), stopped]);
    await host.writeError(freshLine(host));
    if (line === null) return "quit";
    const typed = line.trim().toLowerCase();
    if (Object.hasOwn(ANSWERS, typed)) return ANSWERS[typed]!;
    await host.writeError(choices.map(([letter, , does]) => `  ${letter}  ${does}\n`).join(""));
  }
}

/** Asks the questions of a run. */
export interface Questions extends Disposable {
  /** Asks once for all targets. */
  once(question: string, help: HelpForAll): Promise<boolean>;
  /**
   * Asks for each target, such as "Remove the photo of user x? (3 of 60)", until an answer applies to all. "quit" stops
   * the run.
   */
  each(
    verb: "Remove" | "Restore",
    run: Pick<Run, "stop" | "tally" | "nameOf">,
    total: number | undefined,
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
    async once(question, help) {
      const answer = await ask(terminal, host, question, choicesForAll(help), stopSignal);
      return answer === "yes" || answer === "all";
    },
    each: (verb, { stop, tally, nameOf }, total) => async (target) => {
      if (isNoToAll) return "no";
      const name = nameOf?.(toKindAndId(target).id) ?? null;
      const whose = describeTarget(target) + (name === null ? "" : ` (${name})`);
      const number = formatCount(countDone(tally) + 1);
      const place = total === 1
        ? ""
        : ` (${number}${total === undefined ? "" : ` of ${formatCount(total)}`})`;
      const question = `${verb} the photo of ${printable(whose)}?${place}`;
      const answer = await ask(terminal, host, question, choicesForEach(verb.toLowerCase()), stopSignal);
      isNoToAll = answer === "noToAll";
      if (answer === "quit") stop();
      return answer === "noToAll" ? "no" : answer;
    },
    [Symbol.dispose]: () => terminal.close(),
  };
}
