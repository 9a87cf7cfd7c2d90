import type { Tally } from "./summary.ts";
import { formatCount, formatSeconds } from "./text.ts";

/** A line at the foot of the terminal that tells how far a run is. */
export interface Progress extends Disposable {
  /** Takes the line away, before something else is written. */
  clear(): Promise<void>;
}

/** How often the line is drawn, in ms. */
const EVERY = 250;
const ERASE = "\r\x1b[K";

/** "1,234 of 20,000, 412/s, 45 s left, 3 failed, 12 throttled" */
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
    ...(left && rate > 0 ? [`${formatSeconds(left / rate * 1000)} left`] : []),
    ...(failed ? [`${formatCount(failed)} failed`] : []),
    ...(tally.throttled ? [`${formatCount(tally.throttled)} throttled`] : []),
  ].join(", ");
}

/** Draws the line from time to time until it is disposed of. */
export function startProgress(
  tally: Tally,
  total: number | undefined,
  write: (text: string) => Promise<void>,
): Progress {
  const startedAt = performance.now();
  let drawn = false;
  const timer = setInterval(() => {
    drawn = true;
    void write(ERASE + describeProgress(tally, total, performance.now() - startedAt));
  }, EVERY);
  return {
    async clear() {
      if (drawn) await write(ERASE);
      drawn = false;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
