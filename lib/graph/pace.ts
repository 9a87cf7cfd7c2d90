import type { Clock } from "../http/clock.ts";

/** How fast requests may be sent: as fast as they are answered, until Graph throttles. */
export interface Pace {
  /** How many requests may be sent in one go. */
  burst(): number;
  /** How long to wait, in ms, before `count` requests may be sent; 0 means now, and counts them as sent. */
  take(count: number): number;
  /** What came of requests that were sent. */
  note(succeeded: number, throttled: number): void;
}

/** The span over which the rate of successes is measured, in ms, and how many spans count. */
const SPAN = 1000;
const SPANS = 10;
/**
 * How much more is tried than was admitted: enough to notice when Graph admits more, and not to slow down for a few
 * requests that are throttled for reasons of their own; little enough to waste few. It grows while none is throttled.
 */
const GAIN = 1.06;
const GAIN_GROWTH = 0.15;
const MOST_GAIN = 2;
/** The share of throttled requests that starts all this: of a whole span, or of a shorter one where it is plain. */
const STEADY = 0.1;
const PLAIN = 0.5;
const PLAIN_COUNT = 20;
/** Requests a second that are tried in any case. */
const SLOWEST = 1;
/** How much of a second's requests may go at once. */
const BURST = 0.25;

/**
 * A pace that follows what Graph admits. Under steady throttling, the rate of successes is the rate that Graph
 * grants: a little more than the best of the last seconds becomes the rate of sending.
 */
export function createPace(clock: Clock): Pace {
  let rate = Infinity;
  let freeAt = 0;
  let span = { start: clock.now(), succeeded: 0, throttled: 0, slowed: false };
  let clean = 0;
  const admitted: number[] = [];

  function closeSpan(now: number) {
    const { start, succeeded, throttled, slowed } = span;
    const share = throttled / (succeeded + throttled);
    clean = throttled > 0 ? 0 : clean + 1;
    if (rate === Infinity ? share > STEADY : slowed || throttled > 0) { // else there was too little to send
      admitted.push(succeeded * 1000 / Math.max(SPAN, now - start));
      if (admitted.length > SPANS) admitted.shift();
      rate = Math.max(SLOWEST, Math.min(GAIN + clean * GAIN_GROWTH, MOST_GAIN) * Math.max(...admitted));
    }
    span = { start: now, succeeded: 0, throttled: 0, slowed: false };
  }

  return {
    burst: () => Math.max(1, Math.floor(rate * BURST)),
    take(count) {
      const now = clock.now();
      if (now < freeAt) {
        span.slowed = true;
        return freeAt - now;
      }
      freeAt = Math.max(freeAt, now - SPAN * BURST) + count * 1000 / rate;
      return 0;
    },
    note(succeeded, throttled) {
      span.succeeded += succeeded;
      span.throttled += throttled;
      const now = clock.now();
      const plain = rate === Infinity && span.throttled >= PLAIN_COUNT &&
        span.throttled > span.succeeded * PLAIN;
      if (plain || now - span.start >= SPAN) closeSpan(now);
    },
  };
}
