import { parseArgs } from "../deps/parse_args.ts";
import {
  choicesOf,
  COMMAND_NAMES,
  type CommandName,
  commandSpec,
  GENERAL_OPTIONS,
  TARGET_PARAMETERS,
} from "./commands.ts";
import { UsageError } from "./errors.ts";
import { foldName, OPTION_NAMES, type OptionName, optionSpec } from "./options.ts";
import { unsupportedKind } from "../target.ts";

/** A command line, understood. */
export interface Arguments {
  /** The command; absent when only help or the version was asked for, or nothing at all. */
  command?: CommandName;
  /** What stands beside options: the ids of targets. */
  operands: string[];
  /** Switches that were given. */
  flags: Partial<Record<OptionName, boolean>>;
  /** Values that were given. */
  values: Partial<Record<OptionName, string>>;
}

const BY_SPELLING = new Map(
  OPTION_NAMES.flatMap((name) => {
    const { aliases = [], short } = optionSpec(name);
    const entries: [string, OptionName][] = [name, ...aliases].map((spelling) => [foldName(spelling), name]);
    return short ? [...entries, [short, name] as [string, OptionName]] : entries;
  }),
);

/** How PowerShell and others write a switch's value. */
const SWITCH_VALUES: ReadonlyMap<string, boolean> = new Map([
  ["$true", true],
  ["true", true],
  ["1", true],
  ["$false", false],
  ["false", false],
  ["0", false],
]);

function checkChoice(name: OptionName, value: string): string {
  const { choices, synonyms = {} } = optionSpec(name);
  if (!choices) return value;
  const typed = value.toLowerCase();
  const choice = choices.find((known) =>
    known === (Object.hasOwn(synonyms, typed) ? synonyms[typed] : typed)
  );
  if (choice) return choice;
  throw new UsageError(
    `--${name} must be one of ${choices.join(", ")}: current value is ${JSON.stringify(value)}`,
  );
}

/**
 * An option as `parseArgs` knows it, from any spelling of its name, and whether it took the argument after it.
 * PowerShell splits `-Confirm:$false` into two when it hands on the arguments of a function.
 */
async function normalizeOption(argument: string, following: string | undefined) {
  const [, typed = "", sign, rest = ""] = /^--?([^=:]*)([=:])?([^]*)$/.exec(argument) ?? [];
  const name = BY_SPELLING.get(typed.length === 1 ? typed : foldName(typed));
  if (!name) throw await (await import("./suggest.ts")).unknownOption(argument);
  const split = sign === ":" && rest === "" ? following : undefined;
  const { value: example, choices, whenFalse } = optionSpec(name);
  if (!example) {
    const tookNext = split !== undefined && SWITCH_VALUES.has(split.toLowerCase());
    const inline = tookNext ? split : sign ? rest : "true";
    const on = SWITCH_VALUES.get(inline.toLowerCase());
    if (on === undefined) {
      throw new UsageError(`--${name} is a switch: ${JSON.stringify(inline)} is no value of it`);
    }
    const given = on ? name : whenFalse;
    return { options: given ? [`--${given}`] : [], tookNext };
  }
  const next = sign ? split : following;
  const tookNext = next !== undefined && (next === "-" || !next.startsWith("-"));
  const value = tookNext ? next : rest;
  if (/^-\w[^=:]*=/.test(argument) && following?.startsWith(".")) {
    throw new UsageError(
      `PowerShell splits ${argument}${following} at the dot`,
      `Write --${name} ${rest}${following} instead.`,
    );
  }
  if (!value) {
    const hint = choices ? `One of ${choices.join(", ")}.` : `For example: --${name} ${example}`;
    throw new UsageError(`--${name} needs a value`, hint);
  }
  return { options: [`--${name}=${checkChoice(name, value)}`], tookNext };
}

/** One-letter switches that are written as one: `-yq` is `-y -q`. */
function splitShort(argument: string): string[] {
  const letters = /^-([a-z]{2,})$/.exec(argument)?.[1];
  if (!letters || BY_SPELLING.has(letters)) return [argument];
  return [...letters].every((letter) => BY_SPELLING.has(letter))
    ? [...letters].map((letter) => `-${letter}`)
    : [argument];
}

/** How Windows and its people ask for help. */
const HELP: readonly string[] = ["-?", "/?"];

/** Brings every spelling to one: `-UserId a,b -WhatIf` becomes `--what-if -- user a b`. */
async function normalize(args: readonly string[]): Promise<string[]> {
  const options: string[] = [];
  const operands: string[] = [];
  const end = args.indexOf("--");
  const given = (end < 0 ? args : args.slice(0, end)).flatMap(splitShort);
  let inList = false; // PowerShell's list of ids can be one argument or several, with the commas anywhere
  const listed = (ids: string) => ids.split(",").filter((id) => id !== "");
  for (let i = 0; i < given.length; i++) {
    const argument = given[i]!;
    const [, parameter = "", ids = ""] = /^-([a-z]+)(?::([^]*))?$/i.exec(argument) ?? [];
    const kind = TARGET_PARAMETERS.get(foldName(parameter));
    if (kind) {
      const command = COMMAND_NAMES.find((name) => name === operands[0]?.toLowerCase());
      if (command && command !== kind) {
        throw new UsageError(
          `-${parameter} does not go with ${command}`,
          "Use one command for each kind of target.",
        );
      }
      if (!command) operands.unshift(kind);
      inList = true;
      operands.push(...listed(ids));
    } else if (HELP.includes(argument)) options.push("--help");
    else if (argument !== "-" && /^[-\u2010-\u2015\u2212]/.test(argument)) {
      inList = false;
      const option = await normalizeOption(argument, given[i + 1]);
      options.push(...option.options);
      if (option.tookNext) i++;
    } else operands.push(...inList ? listed(argument) : [argument]);
  }
  return [...options, "--", ...operands, ...(end < 0 ? [] : args.slice(end + 1))];
}

async function parseCommand(word: string): Promise<CommandName> {
  const name = COMMAND_NAMES.find((known) => known === word.toLowerCase());
  if (name) return name;
  const refused = unsupportedKind(word.toLowerCase());
  if (refused) {
    const hint = "To remove the photo of a user or a group: remove-profile-photo user ID, or group ID";
    throw new UsageError(`There is no command ${word}: ${refused}`, hint);
  }
  const { closest } = await import("./closest.ts");
  const near = await closest(word, COMMAND_NAMES);
  throw new UsageError(
    `There is no command ${JSON.stringify(word)}`,
    near
      ? `Did you mean ${near}?`
      : word.includes("@")
      ? `To remove a user's photo: remove-profile-photo user ${word}`
      : `The commands are ${COMMAND_NAMES.join(", ")}.`,
  );
}

/**
 * Understands a command line.
 *
 * @throws {UsageError} If there is something in it that cannot be understood.
 */
export async function parseArguments(args: readonly string[]): Promise<Arguments> {
  const valued = OPTION_NAMES.filter((name) => optionSpec(name).value);
  const parsed = parseArgs(await normalize(args), {
    boolean: OPTION_NAMES.filter((name) => !optionSpec(name).value),
    string: [...valued, "_"],
    collect: valued,
  });
  const flags: Arguments["flags"] = {};
  const values: Arguments["values"] = {};
  for (const name of OPTION_NAMES) {
    const value = parsed[name];
    if (typeof value === "boolean") flags[name] = value;
    if (!Array.isArray(value) || value.length === 0) continue;
    if (value.length > 1) throw new UsageError(`--${name} was given ${value.length} times`, "Give it once.");
    values[name] = String(value[0]);
  }
  let [word, ...operands] = parsed._.map(String);
  if (word?.toLowerCase() === "help") {
    flags.help = true;
    [word, ...operands] = operands;
  }
  if (word === undefined) return { operands: [], flags, values };
  const command = await parseCommand(word);
  if (operands.length === 1 && operands[0]!.toLowerCase() === "help") flags.help = true;
  const accepted: readonly string[] = [...commandSpec(command).options, ...GENERAL_OPTIONS];
  for (const name of OPTION_NAMES) {
    if ((flags[name] || values[name] !== undefined) && !accepted.includes(name)) {
      throw new UsageError(
        `The command ${command} has no option --${name}`,
        `See: remove-profile-photo ${command} --help`,
      );
    }
    const value = values[name];
    const choices = choicesOf(command, name);
    if (value !== undefined && choices && !choices.includes(value)) {
      throw new UsageError(
        `--${name} of ${command} must be one of ${choices.join(", ")}: current value is ${
          JSON.stringify(value)
        }`,
      );
    }
  }
  return { command, operands, flags, values };
}
