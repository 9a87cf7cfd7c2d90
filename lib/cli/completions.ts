import { describeValue } from "../describe_value.ts";
import type { Arguments } from "./arguments.ts";
import { PROGRAM, type Shell, SHELLS } from "./commands.ts";
import { bashScript } from "./completions/bash.ts";
import { fishScript } from "./completions/fish.ts";
import { type Grammar, grammar } from "./completions/grammar.ts";
import { powershellScript } from "./completions/powershell.ts";
import { zshScript } from "./completions/zsh.ts";
import { EXIT, UsageError } from "./errors.ts";
import type { Host } from "./host.ts";
import { closest } from "./suggest.ts";

const SCRIPTS: Readonly<Record<Shell, (grammar: Grammar) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
};

/** Returns the completion script of a shell, by default for this program. */
export const completionScript = (shell: Shell, of: Grammar = grammar()): string => SCRIPTS[shell](of);

async function parseShell({ operands: [word, ...others] }: Arguments): Promise<Shell> {
  const known = `The shells are ${SHELLS.join(", ")}.`;
  if (word === undefined) {
    throw new UsageError(
      "Say which shell to print completions for",
      `${known} How to install each: ${PROGRAM} completions --help`,
    );
  }
  if (others[0] !== undefined) {
    throw new UsageError(
      `The command completions takes one shell, not also ${describeValue(others[0], "name")}`,
    );
  }
  const shell = SHELLS.find((name) => name === word.toLowerCase());
  if (shell) return shell;
  const near = await closest(word, SHELLS);
  throw new UsageError(
    `Unknown shell ${describeValue(word, "name")}`,
    near ? `Did you mean ${near}?` : known,
  );
}

/** The command completions: prints a shell's completion script. */
export async function completions(args: Arguments, host: Host): Promise<number> {
  await host.write(completionScript(await parseShell(args)));
  return EXIT.ok;
}
