import { describeValue } from "../describe_value.ts";
import { isWindows } from "../host/deno.ts";
import { UNPRINTABLE } from "../printable.ts";
import type { Host } from "./host.ts";

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

/** Units of a distance in time, the largest first, in seconds. */
const UNITS = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]] as const;

/**
 * Returns a time as a person reads it: local, with its day if that is not today, and how far away it is, as in "14:30, in
 * 47 minutes" or "2026-01-31 09:05, 12 days ago". `Intl` would take 30 ms to load.
 */
export function formatMoment(ms: number, now: number = Date.now()): string {
  const two = (count: number) => String(count).padStart(2, "0");
  const dayOf = (at: Date) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const at = new Date(ms);
  const day = dayOf(at) === dayOf(new Date(now)) ? "" : `${dayOf(at)} `;
  const seconds = Math.round(Math.abs(ms - now) / 1000);
  const [unit, size] = UNITS.find(([, size]) => seconds >= 2 * size) ?? UNITS[3];
  const away = formatCountOf(Math.round(seconds / size), unit);
  return `${day}${two(at.getHours())}:${two(at.getMinutes())}, ${ms < now ? `${away} ago` : `in ${away}`}`;
}

/** A time in UTC, as the library's messages and records have it. */
const UTC_TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

/** Returns a message or hint as one line that is safe to show, with its times as a person reads them. */
export const messageText = (text: string): string =>
  printable(text).replace(
    UTC_TIME,
    (time) => Number.isNaN(Date.parse(time)) ? time : formatMoment(Date.parse(time)),
  );

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

/**
 * Returns the text that starts a new line unless the cursor is at the start of one, whether or not the terminal echoes
 * input. It fills a line with blanks: after other text they wrap, so that the carriage return lands on the next line.
 */
export function freshLine(host: Pick<Host, "isTerminal" | "isDumb" | "columns">): string {
  const columns = host.isDumb() ? undefined : host.columns("stderr");
  if (columns !== undefined) return `${" ".repeat(columns - 1)}\r`;
  return host.isTerminal("stderr") ? "\n" : "";
}
