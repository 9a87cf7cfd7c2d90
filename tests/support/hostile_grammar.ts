import { type Grammar, grammar } from "../../lib/cli/completions/grammar.ts";

/** Texts with all that means something to a shell. */
const HOSTILE = [
  `it's "quoted" [in brackets] (and) {braces}`,
  "`touch pwned` $(touch pwned) ${HOME} $HOME",
  "back\\slash \\: colon: \\' ; & | < > * ? ~ # ! %F{red} ^ = , @",
  "‘typographic’ ‚quotes‛ “too”",
  "ends with \\",
  "'",
  "]",
  "[x",
  ":",
  "%d %%",
  "-- x",
];

/** The real grammar with other descriptions: the texts above, and random ones of the same characters. */
export function hostileGrammar(seed: number): Grammar {
  const characters = [...new Set(HOSTILE.join(""))];
  let state = seed;
  const random = (below: number) => {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    return Math.floor((state >>> 0) / 2 ** 32 * below);
  };
  let count = 0;
  const describe = () => {
    const made = Array.from({ length: 1 + random(30) }, () => characters[random(characters.length)]).join("");
    return HOSTILE[count++] ?? `x${made}x`; // as blanks at an end are not shown
  };
  const real = grammar();
  const options = new Set([...real.general, ...real.commands.flatMap((command) => command.options)]);
  const described = new Map([...options].map((option) => [option, { ...option, help: describe() }]));
  return {
    ...real,
    general: real.general.map((option) => described.get(option)!),
    commands: real.commands.map((command) => ({
      ...command,
      summary: describe(),
      options: command.options.map((option) => described.get(option)!),
    })),
  };
}
