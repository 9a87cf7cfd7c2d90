import type { Answer, Target } from "../../mod.ts";
import { readLine, write } from "../host.ts";
import { flattenTarget } from "./record.ts";
import { printable } from "./style.ts";

type Choice = Answer | "yesToAll" | "noToAll";

/** PowerShell's letters and words; Enter alone says no, as nothing can be undone. */
const ANSWERS: Readonly<Record<string, Choice>> = {
  "y": "yes",
  "yes": "yes",
  "a": "yesToAll",
  "n": "no",
  "no": "no",
  "": "no",
  "l": "noToAll",
  "q": "quit",
  "quit": "quit",
};

const CHOICES = "[y] yes  [a] yes to all  [n] no (default)  [l] no to all  [q] quit: ";

/** Asks until the answer can be understood; the end of the input quits. */
async function ask(question: string): Promise<Choice> {
  for (;;) {
    await write("stderr", `${question}\n${CHOICES}`);
    const line = await readLine();
    if (line === null) return "quit";
    const answer = ANSWERS[line.trim().toLowerCase()];
    if (answer) return answer;
  }
}

/** Asks for each target, until the answer is for all. */
export function askEach(): (target: Target) => Promise<Answer> {
  let forAll: Answer | undefined;
  return async (given) => {
    if (forAll) return forAll;
    const { target, id } = flattenTarget(given);
    const who = id === null ? "the signed-in user" : `${target} ${printable(id)}`;
    const choice = await ask(`Remove the photo of ${who}?`);
    if (choice === "yesToAll" || choice === "noToAll") forAll = choice === "yesToAll" ? "yes" : "no";
    return forAll ?? choice as Answer;
  };
}
