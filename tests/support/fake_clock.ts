import type { Clock } from "../../lib/http/clock.ts";

/** A clock whose waits take no time. */
export interface FakeClock extends Clock {
  /** Each wait that was asked for, in ms. */
  readonly sleeps: readonly number[];
  /** Lets time pass. */
  advance(ms: number): void;
  /** Sets the time of day forward, or back. */
  adjust(ms: number): void;
}

/** A clock that stands still but for its waits, and whose chance is fixed. */
export function fakeClock(options: { now?: number; random?: number } = {}): FakeClock {
  const { random = 0.5 } = options;
  let { now: start = Date.UTC(2026, 0, 2, 3, 4, 5) } = options;
  let passed = 0;
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => start + passed,
    monotonicNow: () => passed,
    random: () => random,
    advance: (ms) => void (passed += ms),
    adjust: (ms) => void (start += ms),
    sleep: (ms, signal) => {
      if (signal?.aborted) return Promise.reject(signal.reason);
      sleeps.push(ms);
      passed += ms;
      return Promise.resolve();
    },
  };
}
