import { printable } from "../../lib/cli/text.ts";
import { assertEquals } from "../deps/assert.ts";
import { test } from "../support/test.ts";

/** Texts from outside, and what is shown of them. */
const TEXTS: readonly (readonly [text: string, shown: string])[] = [
  ["", ""],
  ["a  b é 😀", "a  b é 😀"],
  ["a \t\r\n\n  b\nc\r", "a b c "],
  ["a\tb\0\x1b[2J\x7f\x9b", "a\ufffdb\ufffd\ufffd[2J\ufffd\ufffd"],
  ["\u202egpj.exe\u2066", "\ufffdgpj.exe\ufffd"],
];

test("printable() leaves nothing that moves a cursor or breaks a line", "none", () => {
  for (const [text, shown] of TEXTS) assertEquals(printable(text), shown);
});

test("printable() takes no time over space without an end", "none", () => {
  const spaces = " ".repeat(2 ** 22); // by the square of its length it would not be done in a day
  assertEquals(printable(spaces).length, spaces.length);
});
