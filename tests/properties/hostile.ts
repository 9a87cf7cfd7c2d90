import { fc } from "../deps/fast_check.ts";

/** Pieces of text that have broken programs before. */
const PIECES = [
  ...["__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty", "null", "undefined"],
  ...["\ud800", "\udfff", "\ud83d\ude00", "\ufeff", "\u2028", "\u202e", "\ufffd"],
  ...["\u0130", "\u212a", "\x1b[2J"],
  ..."\0 \t \n \r \r\n \" ' ` \\ / . .. # $ % & ? @ , ; : = - -- + ( ) [ ] { } < >".split(" "),
  ...["%2f", "%2F", "%00", "%", "&amp;", "\\u0000", "\\", "#EXT#", "/../", "://", "é", "ß", "€"],
];

/** Any text, well-formed or not, with a liking for what is special somewhere. */
export function anyText(maxLength = 12): fc.Arbitrary<string> {
  const unit = fc.integer({ max: 0xffff }).map((code) => String.fromCharCode(code));
  const ascii = fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));
  const part = fc.oneof(
    { weight: 4, arbitrary: ascii },
    { weight: 3, arbitrary: fc.constantFrom(...PIECES) },
    { weight: 1, arbitrary: unit },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 3 }) },
  );
  return fc.array(part, { maxLength }).map((parts) => parts.join(""));
}

export function textOf(pieces: readonly string[], maxLength = 12): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...pieces), { maxLength }).map((parts) => parts.join(""));
}

const GAP = fc.constantFrom("", "", "", " ", "\n", "\t", "\r\n  ");

export function jsonString(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const escaped = (value: string) =>
    `"${value.replace(/[^]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
  return fc.tuple(text, fc.constantFrom<(value: string) => string>(JSON.stringify, JSON.stringify, escaped))
    .map(([value, spell]) => spell(value));
}

/**
 * JSON as text, of any shape, written by hand: with members twice, names such as `__proto__`, numbers too large, and
 * any white space.
 *
 * @param names Member names that mean something to the reader.
 * @param values Values, as JSON, that mean something to it.
 */
export function jsonText(
  names: readonly string[] = [],
  values: readonly string[] = [],
): fc.Arbitrary<string> {
  const name = fc.oneof(fc.constantFrom("id", "__proto__", "toString", "valueOf", ...names), anyText(3));
  const leaf = fc.oneof(
    fc.constantFrom("null", "true", "false", "0", "-0", "1", "1e999", "-1.5E-3", '""', "[]", "{}", ...values),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
    jsonString(anyText()),
  );
  const list = (open: string, close: string) => ([items, gap]: [string[], string]) =>
    open + gap + items.join(`${gap},${gap}`) + gap + close;
  return fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, withCrossShrink: true, depthSize: "medium" },
      leaf,
      fc.tuple(fc.array(tie("value"), { maxLength: 4 }), GAP).map(list("[", "]")),
      fc.tuple(
        fc.array(
          fc.tuple(jsonString(name), GAP, tie("value")).map(([key, gap, value]) => `${key}${gap}:${value}`),
          { maxLength: 4 },
        ),
        GAP,
      ).map(list("{", "}")),
    ),
  })).value;
}

/** A text and the same with something cut out, put in, or cut off. */
export function damaged(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.tuple(text, fc.nat(), fc.nat({ max: 8 }), fc.oneof(fc.constant(""), anyText(3))).map(
    ([whole, at, cut, put]) => {
      const from = at % (whole.length + 1);
      return whole.slice(0, from) + put + (cut === 8 ? "" : whole.slice(from + cut));
    },
  );
}

export const nest = (levels: number, open = "[", close = "]", heart = ""): string =>
  open.repeat(levels) + heart + close.repeat(levels);

/** Bytes in pieces: at each of the places, and none where a place comes twice. */
export function piecesAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const cuts = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, at) => bytes.subarray(cuts[at], end));
}
