import { choicesOf, COMMAND_NAMES, type CommandSpec, commandSpec, GENERAL_OPTIONS } from "../commands.ts";
import { OPTION_NAMES, type OptionName, type OptionSpec, optionSpec, spellings } from "../options.ts";

/** An option as some commands take it. */
export interface GrammarOption extends OptionSpec {
  /** Its name, without dashes. */
  name: string;
}

/** A command. */
export interface GrammarCommand
  extends Pick<CommandSpec, "summary" | "operand" | "maxOperands" | "parameter"> {
  name: string;
  /** All that it takes, the general ones too. */
  options: readonly GrammarOption[];
}

/** What can be typed, as the shells' scripts are made from it. */
export interface Grammar {
  program: string;
  commands: readonly GrammarCommand[];
  /** The options that are offered where no command is named yet. */
  general: readonly GrammarOption[];
}

/** The grammar of this program, from its tables. */
export function grammar(): Grammar {
  const options = Object.fromEntries(
    OPTION_NAMES.map((name) => [name, { name, ...optionSpec(name) }]),
  ) as Record<
    OptionName,
    GrammarOption
  >;
  const general = GENERAL_OPTIONS.map((name) => options[name]);
  return {
    program: "remove-profile-photo",
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

/** Every option once, in each form that it has, with the names of the commands that take it so. */
export function optionsWithCommands({ commands, general }: Grammar): Map<GrammarOption, string[]> {
  const found = new Map<GrammarOption, string[]>();
  for (const { name, options } of commands) {
    for (const option of options) found.set(option, [...(found.get(option) ?? []), name]);
  }
  for (const option of general) found.set(option, ["", ...(found.get(option) ?? [])]);
  return found;
}

/** The spellings of the options that are followed by a value. */
export const spellingsWithValue = (of: Grammar): string[] => [
  ...new Set([...optionsWithCommands(of).keys()].filter(({ value }) => value).flatMap(spellings)),
];

/** A text in single quotes, as bash and zsh read it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
