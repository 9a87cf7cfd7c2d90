import { type Arguments, parseArguments } from "../../lib/cli/arguments.ts";
import {
  choicesOf,
  COMMAND_NAMES,
  type CommandName,
  commandSpec,
  GENERAL_OPTIONS,
} from "../../lib/cli/commands.ts";
import { UsageError } from "../../lib/cli/errors.ts";
import { OPTION_NAMES, type OptionName, optionSpec } from "../../lib/cli/options.ts";
import { fc } from "../deps/fast_check.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { anyText, textOf } from "./hostile.ts";
import { property } from "./property.ts";

/** Returns a text with each letter in upper or lower case, according to the bits. */
const inCase = (text: string, bits: number) =>
  Array.from(text, (letter, at) => bits >> at % 31 & 1 ? letter.toUpperCase() : letter.toLowerCase()).join(
    "",
  );

/** An option with its value or a switch, on or off, and how to type it. */
interface Wish {
  name: OptionName;
  value?: string;
  on: boolean;
  /** Whether to type the one-letter form. */
  short: boolean;
  alias: number;
  powershell: boolean;
  /** Whether the value is an argument of its own. */
  apart: boolean;
  bits: number;
}

const wishOf = (name: OptionName, command: CommandName): fc.Arbitrary<Wish> => {
  const { value } = optionSpec(name);
  const choices = choicesOf(command, name);
  const values = choices ? fc.constantFrom(...choices) : fc.oneof(
    anyText().filter((text) => text !== ""),
    textOf(["a", " ", "=", ":", "-", ",", "$true", "\n"], 3),
  );
  return fc.record({
    name: fc.constant(name),
    value: value ? values.filter((text) => text !== "") : fc.constant(undefined),
    on: fc.boolean(),
    short: fc.boolean(),
    alias: fc.nat({ max: 3 }),
    powershell: fc.boolean(),
    apart: fc.boolean(),
    bits: fc.nat(),
  });
};

/** Returns an option as it is typed. */
function typed({ name, value, on, short, alias, powershell, apart, bits }: Wish): string[] {
  const { aliases = [], short: letter } = optionSpec(name);
  const spellings = [name, ...aliases];
  const spelling = spellings[alias % spellings.length]!;
  const option = short && letter
    ? `-${letter}`
    : powershell
    ? `-${inCase(spelling.replaceAll("-", ""), bits)}`
    : `--${spelling}`;
  const separator = bits & 1 ? ":" : "=";
  if (value !== undefined && optionSpec(name).choices) value = inCase(value, bits);
  if (value === undefined) return on ? [option] : [`${option}${separator}${inCase("$false", bits)}`];
  return apart && !value.startsWith("-") ? [option, value] : [`${option}${separator}${value}`];
}

/** An id that cannot be mistaken for an option, help, or part of a list. */
const ID = fc.oneof(
  fc.constantFrom(..."alex@contoso.com $desk@contoso.com a#EXT#@b.c o'neil@b.c é user me $true".split(" ")),
  anyText(),
).filter((id) => !/^$|^[-\u2010-\u2015\u2212.]|,|^(help|\/\?)$/i.test(id));

/** A command line as it is meant, and how to type it. */
const MEANT = fc.constantFrom(...COMMAND_NAMES).chain((command) => {
  const accepted = [...commandSpec(command).options, ...GENERAL_OPTIONS];
  return fc.record({
    command: fc.constant(command),
    ids: command === "user" || command === "group" || command === "restore"
      ? fc.array(ID, { maxLength: 4 })
      : fc.constant<string[]>([]),
    wishes: fc.uniqueArray(fc.constantFrom(...accepted), { maxLength: 5 }).chain((names) =>
      fc.tuple(...names.map((name) => wishOf(name, command)))
    ),
    at: fc.nat(),
    bits: fc.nat(),
    list: fc.constantFrom("words", "comma", "comma and space", "colon", "one by one"),
  });
});
type Meant = typeof MEANT extends fc.Arbitrary<infer T> ? T : never;

/** Returns what must be parsed, according to the tables of options and commands. */
function expectedOf({ command, ids, wishes }: Meant): Arguments {
  const flags: Arguments["flags"] = {};
  const values: Arguments["values"] = {};
  for (const { name, value, on } of wishes) {
    const off = optionSpec(name).whenFalse;
    if (value !== undefined) values[name] = optionSpec(name).choices ? value.toLowerCase() : value;
    else if (on) flags[name] = true;
    else if (off) flags[off] = true;
  }
  return { command, operands: ids, flags, values };
}

Deno.test(property(
  "parseArguments() parses the plain spelling and PowerShell's, in any case and order",
  MEANT,
  async (meant) => {
    const { command, ids, wishes, at, bits, list } = meant;
    const plain = wishes.flatMap((wish) => typed({ ...wish, powershell: false }));
    assertEquals(await parseArguments([command, ...plain, ...ids]), expectedOf(meant));
    assertEquals(await parseArguments([...plain, command, "--", ...ids]), expectedOf(meant));

    const options = wishes.map(typed);
    const parameter = { me: "-Me", user: "-UserId", group: "-GroupId" }[command as string];
    const word = inCase(parameter ?? command, bits);
    const asList = parameter && command !== "me" && ids.length > 0 && list !== "words";
    const targets = !asList
      ? [word, ...ids]
      : list === "colon"
      ? [`${word}:${ids.join(",")}`]
      : list === "comma" && ids.length > 1
      ? [word, ids.join(",")]
      : list === "comma and space"
      ? [word, ...ids.map((id, at) => at < ids.length - 1 ? `${id},` : id)]
      : ids.flatMap((id) => [word, id]);
    const words = options.toSpliced(at % (options.length + 1), 0, targets).flat();
    assertEquals(await parseArguments(words), expectedOf(meant), JSON.stringify(words));
  },
));

const WORD = fc.oneof(
  fc.constantFrom(
    ...COMMAND_NAMES,
    ..."help contact team - -- -Me -UserId -UserId:a,b a,b a,--yes".split(" "),
  ),
  fc.constantFrom(
    ..."-constructor --__proto__ --no-yes -yq -nvq --yes=constructor -toString:x --= -:".split(" "),
  ),
  fc.constantFrom(...OPTION_NAMES).map((name) => `--${name}`),
  fc.tuple(fc.constantFrom(...OPTION_NAMES), fc.constantFrom("=", ":"), anyText(3)).map((
    [name, separator, value],
  ) => `-${name.replaceAll("-", "")}${separator}${value}`),
  anyText(5),
  anyText(5).map((text) => `-${text}`),
  anyText(5).map((text) => `--${text}`),
);

Deno.test(property(
  "parseArguments() parses any words, or throws a UsageError with a message",
  fc.array(WORD, { maxLength: 6 }),
  async (words) => {
    let parsed: Arguments;
    try {
      parsed = await parseArguments(words);
    } catch (error) {
      assert(error instanceof UsageError && error.message !== "", `${error}`);
      return;
    }
    const { command, operands, flags, values } = parsed;
    assert(command === undefined || COMMAND_NAMES.includes(command), String(command));
    assert(operands.every((operand) => typeof operand === "string"), JSON.stringify(operands));
    for (const [name, on] of Object.entries(flags)) {
      assert(typeof on === "boolean" && !optionSpec(name as OptionName).value, `${name} is ${on}`);
    }
    for (const [name, value] of Object.entries(values)) {
      assert(value !== "" && optionSpec(name as OptionName).value, `${name} is ${JSON.stringify(value)}`);
    }
  },
));
