import type { ValueSpec } from "../options.ts";
import { type Grammar, optionsWithCommands, spellingsWithValue } from "./grammar.ts";

/** Quotes text for fish. */
const fishQuote = (text: string) => `'${text.replaceAll(/[\\']/g, "\\$&")}'`;

/** Returns what to offer for a value; fish expands the text once more. */
function offer({ value = "", choices }: ValueSpec): string {
  if (choices) return `-x -a ${fishQuote(choices.map(fishQuote).join(" "))}`;
  if (value === "FILE") return "-r -F";
  return value === "DIR" ? "-x -a '(__fish_complete_directories)'" : "-x";
}

/** Returns the completions for fish. */
export function fishScript(of: Grammar): string {
  const { program, commands } = of;
  const name = `__${program.replaceAll("-", "_")}`;
  const line = (condition: string, what: string) =>
    `complete -c ${program} -n ${fishQuote(condition)} ${what}`;
  const within = (names: readonly string[]) => `${name}_in ${names.map(fishQuote).join(" ")}`;
  return [
    `# Completions of ${program} for fish.`,
    `function ${name}_words -d ${
      fishQuote("The command, in lower case, and its operands, as far as they are typed")
    }`,
    "    set -l words (commandline -opc)",
    "    set -e words[1]",
    "    set -l option",
    "    set -l found",
    "    for word in $words",
    "        if string match -q -- '-?*' $word",
    "            set option",
    `            contains -- $word ${spellingsWithValue(of).join(" ")}; and set option $word`,
    "        else if set -q option[1]",
    "            set option",
    "        else if set -q found[1]",
    "            set -a found $word",
    "        else",
    "            set found (string lower -- $word)",
    "        end",
    "    end",
    "    # Offer nothing for the value of an option before the command, or for too many operands.",
    "    set -q option[1]; and not set -q found[1]; and set found -",
    "    set -l most",
    '    switch "$found[1]"',
    ...commands.flatMap(({ name, maxOperands }) =>
      maxOperands === undefined
        ? []
        : [`        case ${fishQuote(name)}`, `            set most ${maxOperands + 1}`]
    ),
    "    end",
    "    set -q most[1]; and test (count $found) -gt $most; and set found -",
    "    string join \\n -- $found",
    "end",
    `function ${name}_in -d ${fishQuote("Whether one of these commands is typed")}`,
    `    set -l words (${name}_words)`,
    '    contains -- "$words[1]" $argv',
    "end",
    `function ${name}_first -d ${fishQuote("Whether the first operand of this command is typed")}`,
    `    set -l words (${name}_words)`,
    '    test (count $words) -eq 1 -a "$words[1]" = $argv',
    "end",
    `complete -c ${program} -f`,
    ...commands.map((command) =>
      line(within([""]), `-a ${fishQuote(fishQuote(command.name))} -d ${fishQuote(command.summary)}`)
    ),
    ...commands.flatMap((command) =>
      command.operand ? [line(`${name}_first ${fishQuote(command.name)}`, offer(command.operand))] : []
    ),
    ...[...optionsWithCommands(of)].map(([option, takenBy]) =>
      line(
        within(takenBy),
        [
          ...(option.short ? [`-s ${option.short}`] : []),
          ...[option.name, ...option.aliases ?? []].map((word) => `-l ${word}`),
          ...(option.value ? [offer(option)] : []),
          `-d ${fishQuote(option.help)}`,
        ].join(" "),
      )
    ),
    "",
  ].join("\n");
}
