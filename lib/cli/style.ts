/** Colors, or the text as it is. */
export interface Style {
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
  bold(text: string): string;
  dim(text: string): string;
}

const CODES: { readonly [name in keyof Style]: readonly [number, number] } = {
  green: [32, 39],
  yellow: [33, 39],
  red: [31, 39],
  bold: [1, 22],
  dim: [2, 22],
};

/** The style for an output that shows colors, or does not. */
export function makeStyle(color: boolean): Style {
  const paint = (name: keyof Style) => (text: string) =>
    color ? `\x1b[${CODES[name][0]}m${text}\x1b[${CODES[name][1]}m` : text;
  return {
    green: paint("green"),
    yellow: paint("yellow"),
    red: paint("red"),
    bold: paint("bold"),
    dim: paint("dim"),
  };
}

// deno-lint-ignore no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** JSON whose texts hold nothing that would move a terminal's cursor, change its colors or turn text around. */
export function printableJson(value: unknown, indent?: number): string {
  const escape = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(value, null, indent).replace(
    UNPRINTABLE,
    (char) => char === "\n" ? char : escape(char),
  );
}

/** A text from outside without what would move a terminal's cursor or change its colors. */
export function printable(text: string): string {
  const oneLine = text.replace(/\s+/g, (space) => /[\r\n]/.test(space) ? " " : space);
  return oneLine.replace(UNPRINTABLE, "\ufffd");
}
