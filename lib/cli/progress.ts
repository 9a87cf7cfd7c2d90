import type { Tally } from "./summary.ts";
import { formatCount, formatDuration } from "./text.ts";

/** The progress line below the output of a terminal. */
export interface Progress extends Disposable {
  /** Erases the line, and draws none until `resume()`, while something else is written. Returns whether there was one. */
  clear(): Promise<boolean>;
  /** Draws the line again. */
  resume(): void;
}

/** How often the line is drawn, in ms. */
const INTERVAL = 250;
const ERASE_LINE = "\r\x1b[K";

/** Returns the progress of a run, as in "1,234 of 20,000, 412/s, 45 s left, 3 failed, 12 throttled". */
export function describeProgress(tally: Tally, total: number | undefined, elapsedMs: number): string {
  const done = [...tally.outcomes.values()].reduce((sum, count) => sum + count, 0);
  const rate = done * 1000 / Math.max(1, elapsedMs);
  const left = total === undefined ? undefined : total - done - tally.finishedBefore;
  const failed = tally.outcomes.get("failed") ?? 0;
  return [
    total === undefined
      ? `${formatCount(done)} done`
      : `${formatCount(done + tally.finishedBefore)} of ${formatCount(total)}`,
    `${rate.toFixed(rate < 10 ? 1 : 0)}/s`,
    ...(left && rate > 0 ? [`${formatDuration(left / rate * 1000)} left`] : []),
    ...(failed ? [`${formatCount(failed)} failed`] : []),
    ...(tally.throttled ? [`${formatCount(tally.throttled)} throttled`] : []),
  ].join(", ");
}

/** Draws the line regularly until it is disposed of. */
export function startProgress(
  tally: Tally,
  total: number | undefined,
  write: (text: string) => Promise<void>,
): Progress {
  const startedAt = performance.now();
  let isDrawn = false;
  let isPaused = false;
  const timer = setInterval(() => {
    if (isPaused) return;
    isDrawn = true;
    void write(ERASE_LINE + describeProgress(tally, total, performance.now() - startedAt));
  }, INTERVAL);
  return {
    async clear() {
      isPaused = true;
      const wasDrawn = isDrawn;
      isDrawn = false;
      if (wasDrawn) await write(ERASE_LINE);
      return wasDrawn;
    },
    resume: () => void (isPaused = false),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
