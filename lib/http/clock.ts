/** Time and randomness, injectable for tests. */
export interface Clock {
  /** Returns the time of day, in ms since 1970: for dates only, as somebody can set the clock. */
  now(): number;
  /** Returns the time since some fixed moment, in whole ms: for waits and durations. No change of the clock affects it. */
  monotonicNow(): number;
  /** Resolves after so many ms; rejects with the signal's reason if that aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Returns a random number from 0 up to, but not including, 1. */
  random(): number;
}

/** The longest delay of a timer, in ms. A longer one would overflow, and the timer would fire at once. */
export const LONGEST_TIMER = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicNow: () => Math.floor(performance.now()),
  random: () => Math.random(),
  sleep: (ms, signal) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.min(ms, LONGEST_TIMER));
    return orAborted(promise, signal).finally(() => clearTimeout(timer));
  },
};

/** Returns the result of a promise; rejects with the signal's reason if that aborts first. */
export function orAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort);
  return Promise.race([aborted, promise]).finally(() => signal.removeEventListener("abort", onAbort));
}
