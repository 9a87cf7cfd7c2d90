import { printable } from "./style.ts";

/** A path as it was typed: a backslash of Windows stands once. */
export const quotePath = (path: string): string => `"${printable(path)}"`;

/** A number with its thousands apart, as in 1,234; the `Intl` way takes 30 ms to load. */
export const formatCount = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/** A time span in words, as in 2 min 5 s. */
export function formatSeconds(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  return seconds < 3600
    ? `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`
    : `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
}
