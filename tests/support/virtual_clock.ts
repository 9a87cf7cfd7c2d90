import type { Clock } from "../../lib/http/clock.ts";

/** A clock whose time goes on only when everything waits. */
export interface VirtualClock extends Clock {
  /** Each wait that was asked for, in ms. */
  readonly sleeps: readonly number[];
  /** Holds the time until the returned function is called. */
  hold(): () => void;
  /** Sets the time of day forward, or back. */
  adjust(ms: number): void;
}

interface Sleeper {
  at: number;
  wake: () => void;
}

/**
 * A clock that goes on to the next sleeper once nothing is held and nothing is ready to run: who waits longer wakes
 * later, and no wait takes time. It counts whole ms, as timers do. Its chance is one half.
 */
export function virtualClock(): VirtualClock {
  let start = Date.UTC(2026, 0, 2, 3, 4, 5);
  let passed = 0;
  let held = 0;
  let looking = false;
  const sleepers = new Set<Sleeper>();
  const sleeps: number[] = [];

  /** Looks once everything that is ready has run. */
  function look(): void {
    if (looking) return;
    looking = true;
    setTimeout(() => {
      looking = false;
      if (held > 0 || sleepers.size === 0) return;
      passed = Math.min(...Array.from(sleepers, ({ at }) => at));
      for (const sleeper of [...sleepers].filter(({ at }) => at <= passed)) sleeper.wake();
      if (sleepers.size > 0) look();
    }, 0);
  }

  return {
    sleeps,
    now: () => start + passed,
    monotonicNow: () => passed,
    adjust: (ms) => void (start += ms),
    random: () => 0.5,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        sleeps.push(ms);
        const end = (settle: () => void) => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", onAbort);
          settle();
        };
        const onAbort = () => end(() => reject(signal?.reason));
        const sleeper = { at: passed + Math.ceil(ms), wake: () => end(resolve) };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", onAbort);
        look();
      }),
    hold() {
      held++;
      let holding = true;
      return () => {
        if (!holding) return;
        holding = false;
        held--;
        look();
      };
    },
  };
}

/** The global fetch. Time stands still until a response has ended, or nobody reads it any more. */
export function fetchBy(clock: VirtualClock): typeof fetch {
  return async (input, init) => {
    const release = clock.hold();
    // An abort does not always reach the body below.
    init?.signal?.addEventListener("abort", release, { once: true });
    try {
      const response = await fetch(input, init);
      if (!response.body) release();
      const body = response.body?.pipeThrough(new TransformStream({ flush: release, cancel: release }));
      return new Response(body, response);
    } catch (error) {
      release();
      throw error;
    }
  };
}
