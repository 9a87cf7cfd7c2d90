import { parseArgs } from "../deps/parse_args.ts";
import { describeValue, secretKind } from "../describe_value.ts";
import {
  choicesOf,
  COMMAND_NAMES,
  type CommandName,
  commandSpec,
  GENERAL_OPTIONS,
  PROGRAM,
  TARGET_PARAMETERS,
} from "./commands.ts";
import { UsageError } from "./errors.ts";
import { foldName, FORMATS, OPTION_NAMES, type OptionName, optionSpec } from "./options.ts";
import { quoteWord } from "./text.ts";

/** A parsed command line. */
export interface Arguments {
  /** The command; absent if the line has none, as in `--help`. */
  command?: CommandName;
  /** What is neither command nor option: mostly ids. */
  operands: string[];
  /** The switches that are on. */
  flags: Partial<Record<OptionName, boolean>>;
  /** The options with a value. */
  values: Partial<Record<OptionName, string>>;
}

/** Returns the option with this name, alias or letter. */
const findOption = (typed: string): OptionName | undefined =>
  OPTION_NAMES.find((name) => {
    const { aliases = [], short, parameterAlias } = optionSpec(name);
    if (typed.length === 1) return typed === short;
    return [name, ...aliases, parameterAlias].some((known) => known && foldName(known) === foldName(typed));
  });

/** The values of a switch, as PowerShell and others write them. */
const SWITCH_VALUES: ReadonlyMap<string, boolean> = new Map([
  ["$true", true],
  ["true", true],
  ["1", true],
  ["$false", false],
  ["false", false],
  ["0", false],
]);

/** What an option becomes for `parseArgs`, and whether the next argument was its value. */
type NormalizedOption = { options: string[]; usesNext: boolean };

function unknownChoice(option: string, value: string, choices: readonly string[]): UsageError {
  return new UsageError(
    `Unknown ${option} ${describeValue(value, "name")}`,
    `Choose one of ${choices.join(", ")}.`,
  );
}

function parseChoice(name: OptionName, value: string): string {
  const { choices, synonyms = {} } = optionSpec(name);
  if (!choices) return value;
  const typed = value.toLowerCase();
  const meant = Object.hasOwn(synonyms, typed) ? synonyms[typed] : typed;
  const choice = choices.find((known) => known === meant);
  if (choice) return choice;
  throw unknownChoice(`--${name}`, value, choices);
}

function normalizeSwitch(name: OptionName, inline = "true", next: string | undefined): NormalizedOption {
  const usesNext = next !== undefined && SWITCH_VALUES.has(next.toLowerCase());
  const value = usesNext ? next : inline;
  const isOn = SWITCH_VALUES.get(value.toLowerCase());
  if (isOn === undefined) {
    throw new UsageError(
      `--${name} takes no value other than true or false, not ${describeValue(value, "name")}`,
    );
  }
  const given = isOn ? name : optionSpec(name).whenFalse;
  return { options: given ? [`--${given}`] : [], usesNext };
}

function normalizeValue(name: OptionName, inline = "", next: string | undefined): NormalizedOption {
  const usesNext = next !== undefined && (next === "-" || !next.startsWith("-"));
  const value = usesNext ? next : inline;
  if (value) return { options: [`--${name}=${parseChoice(name, value)}`], usesNext };
  const { value: placeholder, choices } = optionSpec(name);
  const hint = choices ? `Choose one of ${choices.join(", ")}.` : `For example: --${name} ${placeholder}`;
  throw new UsageError(`--${name} needs a value`, hint);
}

async function normalizeOption(argument: string, next: string | undefined): Promise<NormalizedOption> {
  const [, typed = "", separator, rest = ""] = /^--?([^=:]*)([=:])?([^]*)$/.exec(argument) ?? [];
  const name = findOption(typed);
  const format = FORMATS.find((known) => known === foldName(typed));
  if (!name && format && !separator) return { options: [`--output=${format}`], usesNext: false };
  if (!name) throw await (await import("./suggest.ts")).unknownOption(argument);
  const inline = separator && rest;
  // PowerShell splits `-Confirm:$false` in two when a function passes on its arguments.
  const isSplit = separator === ":" && rest === "";
  if (!optionSpec(name).value) return normalizeSwitch(name, inline, isSplit ? next : undefined);
  if (separator === "=" && !argument.startsWith("--") && next?.startsWith(".")) {
    const value = secretKind(rest + next) ? "VALUE" : rest + next;
    throw new UsageError(
      `PowerShell splits -${typed}=${value} at the dot`,
      `Write --${name} ${value} instead.`,
    );
  }
  return normalizeValue(name, inline, isSplit || !separator ? next : undefined);
}

/** Splits one-letter switches that are written as one: `-yq` is `-y -q`. */
function splitShort(argument: string): string[] {
  const letters = /^-([a-z]{2,})$/.exec(argument)?.[1];
  if (!letters || findOption(letters)) return [argument];
  return [...letters].every(findOption) ? [...letters].map((letter) => `-${letter}`) : [argument];
}

/** Further ways to ask for help on Windows. */
const HELP: readonly string[] = ["-?", "/?"];

/** Puts the command that a parameter such as `-UserId` stands for before the operands. */
function addCommand(kind: CommandName, parameter: string, operands: string[]): void {
  const command = COMMAND_NAMES.find((name) => name === operands[0]?.toLowerCase());
  if (!command) operands.unshift(kind);
  else if (command !== kind) {
    throw new UsageError(
      `-${parameter} cannot be combined with the command ${command}`,
      "Use one command for each kind of target.",
    );
  }
}

/** Rewrites every spelling as one: `-UserId a,b -WhatIf` becomes `--what-if -- user a b`. */
async function normalize(args: readonly string[]): Promise<string[]> {
  const options: string[] = [];
  const operands: string[] = [];
  const end = args.indexOf("--");
  const typed = (end < 0 ? args : args.slice(0, end)).flatMap(splitShort);
  let inList = false; // PowerShell passes a list as one argument or several, with commas anywhere
  const splitList = (ids: string) => ids.split(",").filter((id) => id !== "");
  for (let i = 0; i < typed.length; i++) {
    const argument = typed[i]!;
    const [, parameter = "", ids = ""] = /^-([a-z]+)(?::([^]*))?$/i.exec(argument) ?? [];
    const kind = TARGET_PARAMETERS.get(foldName(parameter));
    if (kind) {
      addCommand(kind, parameter, operands);
      inList = true;
      operands.push(...splitList(ids));
    } else if (HELP.includes(argument)) options.push("--help");
    else if (argument !== "-" && /^[-\u2010-\u2015\u2212]/.test(argument)) {
      inList = false;
      const option = await normalizeOption(argument, typed[i + 1]);
      options.push(...option.options);
      if (option.usesNext) i++;
    } else operands.push(...inList ? splitList(argument) : [argument]);
  }
  return [...options, "--", ...operands, ...(end < 0 ? [] : args.slice(end + 1))];
}

async function parseCommand(word: string): Promise<CommandName> {
  const name = COMMAND_NAMES.find((known) => known === word.toLowerCase());
  if (name) return name;
  throw await (await import("./suggest.ts")).unknownCommand(word);
}

/** Splits normalized words into switches, options with a value, and the rest. */
function readOptions(words: string[]): Pick<Arguments, "flags" | "values"> & { rest: string[] } {
  const given = new Set(words.map((word) => word.split("=", 1)[0]));
  const typed = OPTION_NAMES.filter((name) => given.has(`--${name}`));
  const withValue = typed.filter((name) => optionSpec(name).value);
  const parsed = parseArgs(words, { // only splits what normalize() wrote
    boolean: typed.filter((name) => !optionSpec(name).value),
    string: [...withValue, "_"],
    collect: withValue,
  });
  const flags: Arguments["flags"] = {};
  const values: Arguments["values"] = {};
  for (const name of typed) {
    const value = parsed[name];
    if (typeof value === "boolean") flags[name] = value;
    if (!Array.isArray(value) || value.length === 0) continue;
    if (value.length > 1) throw new UsageError(`--${name} was given ${value.length} times`, "Give it once.");
    values[name] = String(value[0]);
  }
  return { flags, values, rest: parsed._.map(String) };
}

/** Throws a {@linkcode UsageError} if a command does not take one of the options or values. */
function checkOptions(command: CommandName, { flags, values }: Pick<Arguments, "flags" | "values">): void {
  const accepted: readonly string[] = [...commandSpec(command).options, ...GENERAL_OPTIONS];
  for (const name of OPTION_NAMES) {
    const value = values[name];
    if (!flags[name] && value === undefined) continue;
    if (!accepted.includes(name)) {
      throw new UsageError(
        `The command ${command} has no option --${name}`,
        `See: ${PROGRAM} ${command} --help`,
      );
    }
    const choices = choicesOf(command, name);
    if (value !== undefined && choices && !choices.includes(value)) {
      throw unknownChoice(`--${name} of ${command}`, value, choices);
    }
  }
}

/**
 * Parses a command line.
 *
 * @throws {UsageError} If it is not valid.
 */
export async function parseArguments(args: readonly string[]): Promise<Arguments> {
  const { flags, values, rest } = readOptions(await normalize(args));
  if (rest[0]?.toLowerCase() === "help") {
    flags.help = true;
    rest.shift();
  }
  const [word, ...operands] = rest;
  if (word === undefined) return { operands: [], flags, values };
  const command = await parseCommand(word);
  if (operands.length === 1 && operands[0]!.toLowerCase() === "help") flags.help = true;
  checkOptions(command, { flags, values });
  return { command, operands, flags, values };
}

/** Returns the command line of parsed arguments, quoted for a shell, with `…` in place of what looks like a secret. */
export function formatArguments({ command, operands, flags, values }: Arguments): string {
  const options = OPTION_NAMES.flatMap((name) => {
    const value = values[name];
    if (value === undefined) return flags[name] ? [`--${name}`] : [];
    return /^-./.test(value) ? [`--${name}=${value}`] : [`--${name}`, value];
  });
  const hasDash = operands.some((operand) => /^-./.test(operand));
  const words = hasDash ? [command, ...options, "--", ...operands] : [command, ...operands, ...options];
  return [PROGRAM, ...words.map((word = "") => secretKind(word) ? "…" : quoteWord(word))].join(" ");
}
