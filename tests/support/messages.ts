import { assert } from "../deps/assert.ts";

/** How long a line of a message for people may be, in characters. */
export const LONGEST_LINE = 200;

/** What a server, a runtime or a file said, which a message repeats after its own words. */
const REPEATED = /(\banswered (\d+:?|with)|AADSTS\d+|Requires \w+|from the credential:|cannot be used:) .*/;

/** Returns the words of a message that are the product's: quotes and addresses are shortened, what a server said is cut. */
export const ownWords = (line: string): string =>
  line.replace(/"[^"]*"|https?:\S+/g, '"…"').replace(REPEATED, "$1");

/**
 * Asserts that an error on standard error is what happened, and one line with what to do at most, each of at most 200
 * characters. What is quoted, such as a path, and what a server said do not count.
 */
export function assertShortError(stderr: string): void {
  const at = stderr.search(/^error: /m);
  if (at < 0) return;
  const lines = stderr.slice(at).trimEnd().split("\n");
  assert(lines.length <= 2, `More than two lines: ${stderr}`);
  for (const line of lines) {
    const own = ownWords(line.replace(/^error: /, ""));
    assert(own.length <= LONGEST_LINE, `${own.length} characters: ${own}`);
  }
}
