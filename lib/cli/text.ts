import { describeValue } from "../describe_value.ts";
import { isWindows } from "../host/deno.ts";
import { UNPRINTABLE } from "../printable.ts";

const COLORS = { green: [32, 39], yellow: [33, 39], red: [31, 39], dim: [2, 22] } as const;

/** A color of the terminal. */
export type Color = keyof typeof COLORS;

/** Colors a text. */
export type Paint = (color: Color, text: string) => string;

/** Returns a function that colors text, or leaves it unchanged. */
export function createPaint(isColored: boolean): Paint {
  return (color, text) => {
    const [on, off] = COLORS[color];
    return isColored ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  };
}

/** Returns text from elsewhere as one line that is safe to show: unprintable characters become U+FFFD. */
export function printable(text: string): string {
  const oneLine = text.replace(/\s+/g, (space) => /[\r\n]/.test(space) ? " " : space);
  return oneLine.replace(UNPRINTABLE, "\ufffd");
}

/** Quotes a path for display, without doubling backslashes. What looks like a secret is described instead. */
export const quotePath = (path: string): string => printable(describeValue(path, "path"));

/**
 * Quotes a word of a command line where a shell needs it. Double quotes work in every shell; where they are not enough,
 * the word is for sh, bash, zsh and fish, or for PowerShell on Windows.
 */
export function quoteWord(word: string, forWindows = isWindows): string {
  if (/^[\w./:+-][\w@.:/=+-]*$/.test(word)) return word;
  if (forWindows) {
    const whole = word.replace(/\\+$/, "$&$&"); // a backslash before the last quote would make that a part of the word
    return /[$`\u201c-\u201e]/.test(whole) ? `'${whole.replace(/['\u2018-\u201b]/g, "$&$&")}'` : `"${whole}"`;
  }
  return /["$`!]|\\\\|\\$/.test(word) ? `'${word.replace(/['\\]/g, "'\\$&'")}'` : `"${word}"`;
}

/** Returns a count with thousands separators, as in 1,234; `Intl` would take 30 ms to load. */
export const formatCount = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/** Returns a count with its noun, as in "1 user" or "1,234 users". */
export const formatCountOf = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;

/** Returns a duration in words: "2.5 s", "2 min 5 s" or "1 h 2 min". */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  return seconds < 3600
    ? `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`
    : `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
}
