import {
  choicesOf,
  COMMAND_NAMES,
  type CommandSpec,
  commandSpec,
  GENERAL_OPTIONS,
  PROGRAM,
} from "../commands.ts";
import { OPTION_NAMES, type OptionName, type OptionSpec, optionSpec, spellings } from "../options.ts";

/** An option as certain commands take it. */
export interface GrammarOption extends OptionSpec {
  /** Its name, without dashes. */
  name: string;
}

/** A command. */
export interface GrammarCommand
  extends Pick<CommandSpec, "summary" | "operand" | "maxOperands" | "parameter"> {
  name: string;
  /** All of its options, including the general ones. */
  options: readonly GrammarOption[];
}

/** What can be typed; the scripts of all shells are generated from it. */
export interface Grammar {
  program: string;
  commands: readonly GrammarCommand[];
  /** The options to offer before a command is named. */
  general: readonly GrammarOption[];
}

/** Returns the grammar of this program, from the tables of commands and options. */
export function grammar(): Grammar {
  const options = Object.fromEntries(
    OPTION_NAMES.map((name) => [name, { name, ...optionSpec(name) }]),
  ) as Record<
    OptionName,
    GrammarOption
  >;
  const general = GENERAL_OPTIONS.map((name) => options[name]);
  return {
    program: PROGRAM,
    general,
    commands: COMMAND_NAMES.map((name) => {
      const spec = commandSpec(name);
      const own = spec.options.map((option) => {
        const choices = choicesOf(name, option);
        return choices === options[option].choices ? options[option] : { ...options[option], choices };
      });
      return { ...spec, name, options: [...own, ...general] };
    }),
  };
}

/** Returns every form of every option once, with the names of the commands that take it in this form. */
export function optionsWithCommands({ commands, general }: Grammar): Map<GrammarOption, string[]> {
  const found = new Map<GrammarOption, string[]>();
  for (const { name, options } of commands) {
    for (const option of options) found.set(option, [...(found.get(option) ?? []), name]);
  }
  for (const option of general) found.set(option, ["", ...(found.get(option) ?? [])]);
  return found;
}

/** Returns the spellings of all options that take a value. */
export const spellingsWithValue = (of: Grammar): string[] => [
  ...new Set([...optionsWithCommands(of).keys()].filter(({ value }) => value).flatMap(spellings)),
];

/** Quotes text for bash and zsh. */
export const posixQuote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
