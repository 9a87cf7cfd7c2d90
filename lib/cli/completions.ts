import { write } from "../host/deno.ts";
import type { Arguments } from "./arguments.ts";
import { closest } from "./closest.ts";
import { type Shell, SHELLS } from "./commands.ts";
import { bashScript } from "./completions/bash.ts";
import { fishScript } from "./completions/fish.ts";
import { type Grammar, grammar } from "./completions/grammar.ts";
import { powershellScript } from "./completions/powershell.ts";
import { zshScript } from "./completions/zsh.ts";
import { EXIT, UsageError } from "./errors.ts";

const SCRIPTS: Readonly<Record<Shell, (grammar: Grammar) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
};

/** The completions of a command line, as a script for a shell to read. */
export const completionScript = (shell: Shell, of: Grammar = grammar()): string => SCRIPTS[shell](of);

async function shellOf({ operands: [word, ...others] }: Arguments): Promise<Shell> {
  const known = `The shells are ${SHELLS.join(", ")}.`;
  if (word === undefined) {
    throw new UsageError(
      "Say which shell to make completions for",
      `${known} How to install each: remove-profile-photo completions --help`,
    );
  }
  if (others[0] !== undefined) {
    throw new UsageError(`The command completions takes one shell, not also ${JSON.stringify(others[0])}`);
  }
  const shell = SHELLS.find((name) => name === word.toLowerCase());
  if (shell) return shell;
  const near = await closest(word, SHELLS);
  throw new UsageError(
    `There are no completions for ${JSON.stringify(word)}`,
    near ? `Did you mean ${near}?` : known,
  );
}

/** The command completions: prints what a shell is to read. */
export async function completions(args: Arguments): Promise<number> {
  await write("stdout", completionScript(await shellOf(args)));
  return EXIT.ok;
}
