/** The deadlines that are still handed out, by their time-out. */
const shared = new Map<number, { signal: AbortSignal; until: number }>();

/**
 * A signal that aborts when `timeout` ms have passed, or up to a twentieth more: requests that begin close together
 * share one, as each leaves a timer behind. The first `setTimeout` would take a process 10 ms to load.
 */
export function deadlineIn(timeout: number): AbortSignal {
  const now = performance.now();
  const known = shared.get(timeout);
  if (known && now < known.until) return known.signal;
  const slack = timeout / 20;
  const signal = AbortSignal.timeout(Math.min(Math.ceil(timeout + slack), 2 ** 31 - 1));
  shared.set(timeout, { signal, until: now + slack });
  return signal;
}
