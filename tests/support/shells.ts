import { assertEquals } from "../deps/assert.ts";
import { environment } from "./run_cli.ts";
import { inTemporaryFolder } from "./temporary.ts";
import { NO_TERMINAL, startProgramInTerminal, type Terminal } from "./terminal.ts";

/** The shells whose Tab key can be pressed here. */
export const TESTED = ["bash", "zsh", "fish"] as const;
export type TestedShell = typeof TESTED[number];

/** How long a shell may take, in ms, before it is taken to hang. */
const PATIENCE = 20_000;

const PROGRAM = "remove-profile-photo";

export function isInstalled(program: string): boolean {
  try {
    return new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
}

/** Why a shell cannot be tested here, or `undefined`. */
export const MISSING: Readonly<Record<TestedShell, string | undefined>> = {
  bash: NO_TERMINAL ?? (isInstalled("bash") ? undefined : "bash is not installed"),
  zsh: NO_TERMINAL ?? (isInstalled("zsh") ? undefined : "zsh is not installed"),
  fish: isInstalled("fish") ? undefined : "fish is not installed",
};

/** Returns the line of the help text that installs a shell's completions. */
export const installLine = (shell: string, help: string): string =>
  new RegExp(`^  # ${shell}\\b.*\\n  (.*)$`, "im").exec(help)![1]!;

/** Where a shell is used: not in its home, whose files it would offer too. */
export const workFolder = (home: string): string => `${home}/work`;

/** A test with a shell and a folder for its home. */
export function shellTest(
  shell: TestedShell,
  name: string,
  run: (home: string) => Promise<void>,
): Deno.TestDefinition {
  const missing = MISSING[shell];
  return {
    name: `${shell}: ${name}${missing ? ` (${missing})` : ""}`,
    permissions: { run: true, read: true, write: true },
    ignore: missing !== undefined,
    fn: () =>
      inTemporaryFolder(async (home) => {
        await Deno.mkdir(workFolder(home));
        await run(home);
      }),
  };
}

/** Compares what was offered for each line with what should be, and shows all that differs. */
export function assertOffered(
  answers: readonly (readonly string[])[],
  cases: readonly (readonly [line: string, offers: readonly string[], ...rest: unknown[]])[],
): void {
  const wrong = cases.flatMap(([line, offers], at) => {
    const expected = [...offers].sort();
    return JSON.stringify(answers[at]) === JSON.stringify(expected)
      ? []
      : [{ line, expected, offered: answers[at] }];
  });
  assertEquals(wrong, []);
}

export async function runShell(
  shell: TestedShell | "pwsh",
  args: readonly string[],
  home: string,
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(shell, {
    args: [...args],
    clearEnv: true,
    cwd: workFolder(home),
    env: environment({ HOME: home, ...env }),
    stdin: "null",
    signal: AbortSignal.timeout(PATIENCE),
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** The key that inserts all that is offered, and the one that tells the line and clears it. */
const INSERT_ALL = "\x14";
const SHOW = "\x0f";
/** The key at which zsh lists what is offered, and how it goes back behind its prompt then. */
const LIST = "\x04";
const LISTED = "\r\x1b[7C";

/** What makes a shell tell what is on its line; of its own settings, none is needed to complete. */
const PROBES = {
  bash: {
    file: ".bashrc",
    start: ["bash", "--noprofile", "-i"],
    text: String.raw`
PS1='ready> '
bind 'set completion-query-items 0' 'set page-completions off' 'set bell-style none' 2>/dev/null
bind '"\C-t": insert-completions'
bind -x '"\C-o": printf "<<%s>>" "$READLINE_LINE"; READLINE_LINE= READLINE_POINT=0'
`,
  },
  zsh: {
    file: ".zshrc",
    start: ["zsh", "-d", "-i"],
    text: String.raw`
PS1='ready> '
COLUMNS=400 LINES=200 LISTMAX=9999
zle -C insert-all complete-word _generic
zstyle ':completion:insert-all:*' completer _all_matches _complete
zstyle ':completion:insert-all:*' insert yes
bindkey '^T' insert-all
show() { zle -I; print -rn -- "<<$BUFFER>>"; BUFFER=; }
zle -N show
bindkey '^O' show
`,
  },
} as const;

/** Makes the home of a shell whose line can be seen, with further settings. */
export function makeHome(shell: "bash" | "zsh", home: string, settings: string): Promise<void> {
  const { file, text } = PROBES[shell];
  return Deno.writeTextFile(`${home}/${file}`, text + settings);
}

/** Starts an interactive shell of such a home, and ends it after what is done with it. */
async function interact<T>(
  shell: "bash" | "zsh",
  home: string,
  env: Record<string, string>,
  act: (terminal: Terminal) => Promise<T>,
): Promise<T> {
  const terminal = startProgramInTerminal(PROBES[shell].start, {
    cwd: workFolder(home),
    env: { HOME: home, ZDOTDIR: home, LC_ALL: "C.UTF-8", ...env },
  });
  await terminal.see("ready> ");
  const result = await act(terminal);
  await terminal.type("\x15exit\n"); // Ctrl-U: without what is on the line
  await terminal.end();
  return result;
}

/** What is on the line of an interactive shell after some keys. */
export function typeInto(
  shell: "bash" | "zsh",
  home: string,
  lines: readonly string[],
  env: Record<string, string> = {},
): Promise<string[]> {
  return interact(shell, home, env, async (terminal) => {
    const found = [];
    for (const line of lines) {
      await terminal.type(line + SHOW);
      await terminal.see("<<");
      found.push(await terminal.see(">>"));
    }
    return found;
  });
}

/** What zsh shows when it is to list what is offered after a line. */
export function listInZsh(home: string, line: string): Promise<string> {
  return interact("zsh", home, {}, async (terminal) => {
    await terminal.type(line + LIST);
    return await terminal.see(LISTED);
  });
}

/** The words of a line as a shell writes them: a backslash stands before what is not to be understood. */
const wordsOf = (line: string) =>
  Array.from(line.matchAll(/(?:\\.|[^\s\\])+/g), ([word]) => word.replaceAll(/\\(.)/g, "$1"));

/** What the shell calls a folder or an option with a value, without what follows it. */
export const bare = (word: string) => word.replace(/^--[\w-]+=(?=.)|[/=]$/g, "");

/** What is offered after each line; the program's name, with which they begin, is left out. */
export async function offered(
  shell: TestedShell,
  script: string,
  lines: readonly string[],
  home: string,
): Promise<string[][]> {
  const path = `${home}/.script`;
  await Deno.writeTextFile(path, script);
  if (shell === "fish") {
    const ask = `source $argv[1]; for line in $argv[2..-1]; echo "<<"; complete -C "${PROGRAM} $line"; end`;
    const { stdout } = await runShell("fish", ["--no-config", "-c", ask, path, ...lines], home);
    return stdout.split("<<\n").slice(1).map((answer) =>
      answer.split("\n").filter((row) => row).map((row) => bare(row.split("\t")[0]!)).sort()
    );
  }
  await makeHome(shell, home, `source ${path}\n`);
  const typed = await typeInto(shell, home, lines.map((line) => `${PROGRAM} ${line}${INSERT_ALL}`));
  return typed.map((shown, at) => {
    const line = `${PROGRAM} ${lines[at]}`;
    if (shown === line) return [];
    return wordsOf(shown.slice(line.lastIndexOf(" ") + 1)).map(bare).sort();
  });
}
