import type { PhotoRecord } from "../result.ts";
import { formatCount, formatDuration, printable } from "./text.ts";

/** Counts of what has happened in a run. */
export interface Tally {
  /** Targets by outcome. */
  outcomes: Map<string, number>;
  /** Failures by code, with the hint of the first one. */
  failures: Map<string, { count: number; hint: string | null }>;
  /** Removals after which Graph still showed a photo. */
  unverified: number;
  /** Targets that were skipped, as an earlier run finished them. */
  finishedBefore: number;
  /** Requests that Graph throttled. */
  throttled: number;
}

/** Returns a tally of a run that has not started. */
export const emptyTally = (): Tally => ({
  outcomes: new Map(),
  failures: new Map(),
  unverified: 0,
  finishedBefore: 0,
  throttled: 0,
});

/** Adds a record to a tally. */
export function countRecord(tally: Tally, { outcome, code, hint, verified }: PhotoRecord): void {
  tally.outcomes.set(outcome, (tally.outcomes.get(outcome) ?? 0) + 1);
  if (verified === false) tally.unverified++;
  if (code === null) return;
  const failure = tally.failures.get(code) ?? { count: 0, hint };
  tally.failures.set(code, { ...failure, count: failure.count + 1 });
}

/** The outcomes in words, in the order of the summary. */
const WORDS: Readonly<Record<string, string>> = {
  removed: "removed",
  restored: "restored",
  absent: "absent",
  planned: "planned",
  declined: "declined",
  failed: "failed",
  notAttempted: "not attempted",
};

/** Returns the summary of a run: targets by outcome, and failures by code with what to do, most frequent first. */
export function summarize(tally: Tally, durationMs: number, isWhatIf: boolean): string {
  const { outcomes, failures, unverified, finishedBefore } = tally;
  const parts = Object.keys(WORDS).filter((outcome) => outcomes.has(outcome))
    .map((outcome) => `${formatCount(outcomes.get(outcome)!)} ${WORDS[outcome]}`);
  if (finishedBefore) parts.push(`${formatCount(finishedBefore)} already done`);
  const note = isWhatIf ? " (what-if: nothing was changed)" : "";
  const lines = [`${parts.join(", ") || "no targets"} in ${formatDuration(durationMs)}${note}`];
  const byCount = [...failures].sort(([, a], [, b]) => b.count - a.count);
  for (const [code, { count, hint }] of byCount) {
    lines.push(`  ${formatCount(count)} × ${code}${hint ? `: ${printable(hint)}` : ""}`);
  }
  if (unverified) lines.push(`  ${formatCount(unverified)} still shown with a photo, possibly from a cache`);
  return lines.map((line) => `${line}\n`).join("");
}
