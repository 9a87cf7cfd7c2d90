import type { PhotoRecord } from "../result.ts";
import { printable } from "./style.ts";
import { formatCount, formatSeconds } from "./text.ts";

/** What a run has come to so far. */
export interface Tally {
  /** Targets by outcome. */
  outcomes: Map<string, number>;
  /** Failures by code, with the hint of the first of each. */
  failures: Map<string, { count: number; hint: string | null }>;
  /** Removals after which there was still a photo. */
  unverified: number;
  /** Targets that an earlier run had finished. */
  finishedBefore: number;
  /** Requests that Graph throttled. */
  throttled: number;
}

/** A tally with nothing in it. */
export const emptyTally = (): Tally => ({
  outcomes: new Map(),
  failures: new Map(),
  unverified: 0,
  finishedBefore: 0,
  throttled: 0,
});

/** Adds a record to a tally. */
export function count(tally: Tally, { outcome, code, hint, verified }: PhotoRecord): void {
  tally.outcomes.set(outcome, (tally.outcomes.get(outcome) ?? 0) + 1);
  if (verified === false) tally.unverified++;
  if (code === null) return;
  const failure = tally.failures.get(code) ?? { count: 0, hint };
  tally.failures.set(code, { ...failure, count: failure.count + 1 });
}

/** The outcomes in words, in the order in which they are told. */
const WORDS: Readonly<Record<string, string>> = {
  removed: "removed",
  restored: "restored",
  absent: "absent",
  planned: "planned",
  declined: "declined",
  failed: "failed",
  notAttempted: "not attempted",
};

/** How many targets came out how, and the failures by their code. */
export function summarize(tally: Tally, durationMs: number, note: string): string {
  const { outcomes, failures, unverified, finishedBefore } = tally;
  const parts = Object.keys(WORDS).filter((outcome) => outcomes.has(outcome))
    .map((outcome) => `${formatCount(outcomes.get(outcome)!)} ${WORDS[outcome]}`);
  if (finishedBefore) parts.push(`${formatCount(finishedBefore)} done before`);
  const lines = [`${parts.join(", ") || "no targets"} in ${formatSeconds(durationMs)}${note}`];
  const byCount = [...failures].sort(([, a], [, b]) => b.count - a.count);
  for (const [code, { count, hint }] of byCount) {
    lines.push(`  ${formatCount(count)} × ${code}${hint ? `: ${printable(hint)}` : ""}`);
  }
  if (unverified) lines.push(`  ${formatCount(unverified)} still show a photo, as a cache can for a while`);
  return lines.map((line) => `${line}\n`).join("");
}
