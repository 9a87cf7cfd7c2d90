import type { PhotoResult } from "../result.ts";
import type { InputSummary } from "./input/targets.ts";
import type { Target } from "../target.ts";
import { formatCount, formatDuration, messageText, type Paint } from "./text.ts";

/** Counts of what has happened in a run. */
export interface Tally {
  /** Targets by outcome. */
  outcomes: Map<string, number>;
  /** Failures by code, with the hint and the message of the first one. */
  failures: Map<string, { count: number; hint: string | null; message: string | null }>;
  /** Removals after which Graph still showed a photo. */
  unverified: number;
  /** Removals after which Graph could not be asked whether it shows a photo, and why the first could not. */
  unverifiable: { count: number; why: string };
  /** Absent users and groups that may not exist at all: the token may not read whether they do. */
  unchecked: { user: number; group: number };
  /** Removals that are only presumed. */
  presumed: number;
  /** Targets that were not begun, as the command line ended the run. */
  notBegun: number;
  /** Targets that were skipped, as an earlier run finished them. */
  finishedBefore: number;
  /** Requests that Graph throttled. */
  throttled: number;
  /** What there is to say about the list that the targets come from. */
  input?: InputSummary;
  /** Photos that were saved and then removed or replaced, and whose they were, as far as these are few. */
  saved: { count: number; targets: Target[] };
}

/** So many targets are named in a command line at most. */
const MAX_NAMED = 20;

/** Returns a tally of a run that has not started. */
export const emptyTally = (): Tally => ({
  outcomes: new Map(),
  failures: new Map(),
  unverified: 0,
  unverifiable: { count: 0, why: "" },
  unchecked: { user: 0, group: 0 },
  presumed: 0,
  notBegun: 0,
  finishedBefore: 0,
  throttled: 0,
  saved: { count: 0, targets: [] },
});

/** After so many failures of one cause, its hint has left the screen. */
const SCROLLED = 20;

/** Returns how many targets are done, those of an earlier run included. */
export const countDone = ({ outcomes, finishedBefore }: Tally): number =>
  [...outcomes.values()].reduce((sum, count) => sum + count, finishedBefore);

/**
 * Adds a result to a tally.
 *
 * @param isHintShown Whether a table on the same terminal has the hint; the summary then repeats it only after many rows.
 */
export function countResult(tally: Tally, result: PhotoResult, isHintShown = false): void {
  const {
    target,
    outcome,
    code,
    message,
    hint,
    verified,
    verifyError,
    existence,
    presumed,
    backup,
    replaces,
  } = result;
  tally.outcomes.set(outcome, (tally.outcomes.get(outcome) ?? 0) + 1);
  if (verified === false) tally.unverified++;
  if (verifyError && tally.unverifiable.count++ === 0) tally.unverifiable.why = verifyError.message;
  if (presumed) tally.presumed++;
  const isSaved = (outcome === "removed" && backup !== null) || (outcome === "restored" && replaces);
  if (isSaved && tally.saved.count++ < MAX_NAMED) tally.saved.targets.push(target);
  if (outcome === "absent" && existence === null && target !== "me") {
    tally.unchecked["user" in target ? "user" : "group"]++;
  }
  if (code === null) return;
  const failure = tally.failures.get(code) ?? { count: 0, hint: null, message: null };
  const count = failure.count + 1;
  const isOnScreen = isHintShown && count <= SCROLLED;
  tally.failures.set(code, {
    count,
    hint: failure.hint ?? (isOnScreen ? null : hint),
    message: failure.message ?? (hint === null ? message : null),
  });
}

/** The outcomes in words, in the order of the summary. */
const WORDS: Readonly<Record<string, string>> = {
  removed: "removed",
  restored: "restored",
  kept: "kept",
  planned: "planned",
  absent: "absent",
  declined: "declined",
  failed: "failed",
  notAttempted: "not attempted",
};

/** The least permission that lets a token read whether a target exists. */
const EXISTENCE_PERMISSIONS = {
  user: "User.Read.All (for a signed-in user, User.ReadBasic.All)",
  group: "GroupMember.Read.All",
};

/** Returns the summary of a run: targets by outcome, and failures by code with what to do, most frequent first. */
export function summarize(
  tally: Tally,
  durationMs: number,
  isWhatIf: boolean,
  paint: Paint = (_, text) => text,
): string {
  const { outcomes, failures, unverified, unverifiable, unchecked, presumed, notBegun, finishedBefore } =
    tally;
  const parts = Object.keys(WORDS).filter((outcome) => outcomes.has(outcome))
    .map((outcome) => {
      const count = `${formatCount(outcomes.get(outcome)!)} ${WORDS[outcome]}`;
      return outcome === "failed" || outcome === "notAttempted" ? paint("red", count) : count;
    });
  if (finishedBefore) parts.push(`${formatCount(finishedBefore)} already done`);
  const note = isWhatIf ? " (what-if: nothing was changed)" : "";
  const done = parts.join(", ") || (notBegun ? "nothing was done" : "no targets");
  const lines = [`${done} in ${formatDuration(durationMs)}${note}`];
  if (notBegun) lines.push(`  ${formatCount(notBegun)} ${notBegun === 1 ? "was" : "were"} not begun`);
  const byCount = [...failures].sort(([, a], [, b]) => b.count - a.count);
  for (const [code, { count, hint, message }] of byCount) {
    const what = hint ?? (message && `${count > 1 ? "such as " : ""}${message}`);
    lines.push(`  ${formatCount(count)} × ${code}${what ? `: ${messageText(what)}` : ""}`);
  }
  for (const kind of ["user", "group"] as const) {
    if (unchecked[kind] === 0) continue;
    lines.push(
      `  ${formatCount(unchecked[kind])} absent, but not known to exist: ` +
        `to have that checked, grant ${EXISTENCE_PERMISSIONS[kind]}`,
    );
  }
  if (presumed) {
    lines.push(`  ${formatCount(presumed)} presumed removed: an earlier attempt was not answered`);
  }
  if (unverifiable.count) {
    lines.push(`  ${formatCount(unverifiable.count)} not verified: ${messageText(unverifiable.why)}`);
  }
  const kept = outcomes.get("kept");
  if (kept) {
    lines.push(`  ${formatCount(kept)} kept: photos that are there now. --overwrite saves and replaces them`);
  }
  if (unverified) lines.push(`  ${formatCount(unverified)} still shown with a photo, possibly from a cache`);
  lines.push(...(tally.input?.lines() ?? []).map((line) => `  ${line}`));
  return lines.map((line) => `${line}\n`).join("");
}
