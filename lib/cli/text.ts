import type { Target } from "../target.ts";
import { printable } from "./style.ts";

/** A path as it was typed: a backslash of Windows stands once. */
export const quotePath = (path: string): string => `"${printable(path)}"`;

/** A number with its thousands apart, as in 1,234; the `Intl` way takes 30 ms to load. */
export const formatCount = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/** A target in words. */
export function describeTarget(target: Target): string {
  if (target === "me") return "the signed-in user";
  return "user" in target ? `user ${target.user}` : `group ${target.group}`;
}

/** A time span in words, as in 2 min 5 s. */
export function formatSeconds(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  return seconds < 3600
    ? `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`
    : `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
}
