import type { Clock } from "../http/clock.ts";

/** What came of requests that were sent together. */
export interface Answered {
  /** When they were sent, in ms since 1970. */
  sentAt: number;
  /** How many were admitted, whatever became of them. */
  admitted: number;
  /** How many were throttled. */
  throttled: number;
  /** How long they are to wait, in ms, where that was said. */
  retryAfter?: number;
}

/** How fast requests may be sent: as fast as they are answered, until Graph throttles. */
export interface Throttle {
  /** How long to wait, in ms, before some of `wanted` requests may be sent; `Infinity`: until the next answer. */
  wait(wanted: number): number;
  /** How many may be sent together, once there is nothing to wait for. */
  maxBatch(): number;
  /** Counts requests as sent now. */
  onSent(count: number): void;
  /** Learns from an answer. */
  onReplies(answered: Answered): void;
}

/** How many more are tried than are admitted, to find out when more would be: the share that is wasted. */
const SHARE = 0.04;
/**
 * How much a throttled request lowers the rate, in requests a second, or as a part of the rate where that is
 * less.
 */
const STEP = { most: 1, part: 0.04 };
/** How much an admitted request raises a rate that may be far too low, in requests a second. */
const LEAP = 0.2;
/** What is admitted at the start is not taken for less than so many ms' worth: limits are by the second, or longer. */
const SHORTEST = 1000;
/**
 * Limits are counted in windows of so many ms, or less: one that is not used up yet must not look like a higher
 * limit.
 */
const WINDOW = 10_000;
/**
 * How many throttled requests, above which share of all, show a limit; and that it is used up: so many, or
 * seconds' worth.
 */
const LIMITED = { share: 0.15, count: 20 };
const USED_UP = { share: 0.5, count: 10, seconds: 0.15 };
/** Throttling that stays when the rate has fallen to this part has other reasons than the rate. */
const LEAST = 0.5;
/** How long to wait before looking again, in ms; or, where that is longer, which part of the wait that is asked for. */
const PAUSE = { least: 500, part: 0.1 };
/**
 * How evenly requests are spread: in at most so many HTTP requests a second, no more than so many seconds'
 * worth at once.
 */
const SPREAD = { perSecond: 80, seconds: 0.1 };
/** How much one answer counts in the average of the round trips. */
const SMOOTH = 0.1;

/**
 * A pace that finds the rate that Graph admits, however Graph counts:
 *
 * - Free, at first: nothing holds requests back until many are throttled.
 * - Closed, when most are throttled: the limit is used up. One request at a time looks whether it is granted anew.
 *   What was admitted from one opening to the next tells the rate.
 * - Limited: a throttled request lowers the rate by 1 a second, an admitted one raises it by 0.04. So the rate comes
 *   to rest where 1 of 26 is throttled, be it now and then or at the end of each window: the limit is used up, and
 *   little is wasted. The longer none is throttled, the faster it rises. Where half the rate is throttled as much as
 *   the whole, it is free again, and it takes twice the share to show a limit.
 */
export function createThrottle(
  clock: Clock,
  { concurrency, batchSize }: { concurrency: number; batchSize: number },
): Throttle {
  let phase: "free" | "closed" | "limited" = "free";
  /** Requests a second; how low it may go; whether it may be far too low. */
  let rate = Infinity;
  let least = 0;
  let leaps = true;
  /** Requests that may be sent, as of when; whether some were lost, as there was nothing to send, or no room. */
  let allowance = { count: 0, at: 0, lost: false };
  /** Answers to what was sent earlier tell of another phase. */
  let began = -Infinity;
  /** Since when the admitted ones are counted. */
  let opened: { at: number; admitted: number } | undefined;
  let throttledAt = 0;
  let roundTrip = 0;
  /** Throttled requests above the share that is tolerated, and above the one that means used up. */
  let tolerated = LIMITED.share;
  let above = { tolerated: 0, usedUp: 0 };
  let asksAt = 0;

  function enter(next: typeof phase) {
    phase = next;
    began = clock.now();
    above = { tolerated: 0, usedUp: 0 };
  }

  function free() {
    enter("free");
    rate = Infinity;
    leaps = true;
    opened = { at: began, admitted: 0 };
  }

  function close(sentAt: number) {
    enter("closed");
    asksAt = Math.max(began, sentAt + PAUSE.least);
  }

  function limit(admitted: number, time: number) {
    enter("limited");
    rate = Math.max(1, admitted * 1000 / Math.max(1, time)); // all answers may come within the clock's millisecond
    least = rate * LEAST;
    throttledAt = began;
    allowance = { count: 0, at: began, lost: false };
  }

  /** The least that fills the rate, so that it is spread evenly. */
  function group(): number {
    const spread = Math.max(rate / SPREAD.perSecond, rate * roundTrip / 1000 / concurrency);
    return Math.min(batchSize, Math.max(1, Math.ceil(spread)));
  }

  function refill() {
    const { count, at, lost } = allowance;
    const now = clock.now();
    const filled = count + (now - at) * rate / 1000;
    const most = 1.5 * Math.max(group(), rate * SPREAD.seconds);
    allowance = { count: Math.min(most, filled), at: now, lost: lost || filled > most };
  }

  function noteLimited({ sentAt, admitted, throttled }: Answered) {
    const now = clock.now();
    if (throttled > 0) {
      throttledAt = now;
      leaps = false;
    }
    const step = Math.min(STEP.most, rate * STEP.part);
    const raise = (leaps ? LEAP : step * SHARE) * (1 + ((now - throttledAt) / WINDOW) ** 2);
    if (!allowance.lost) rate += raise * admitted; // else it is not the rate that holds requests back
    rate = Math.max(1, rate - step * throttled);
    allowance.lost = false;
    if (above.usedUp >= Math.max(USED_UP.count, rate * USED_UP.seconds)) return close(sentAt);
    if (rate > least) return;
    if (above.tolerated >= Math.min(LIMITED.count, Math.max(5, rate))) {
      tolerated *= 2;
      free();
    } else rate = least / LEAST;
  }

  return {
    wait(wanted) {
      if (phase === "free") return 0;
      if (phase === "closed") return Math.max(0, asksAt - clock.now());
      refill();
      return Math.max(0, Math.min(wanted, group()) - allowance.count) * 1000 / rate;
    },
    maxBatch() {
      if (phase === "closed") return 1;
      return phase === "free" ? batchSize : Math.min(batchSize, Math.floor(allowance.count));
    },
    onSent(count) {
      if (phase === "closed") asksAt = Infinity;
      allowance.count -= count;
    },
    onReplies(answered) {
      const { sentAt, admitted, throttled, retryAfter = 0 } = answered;
      const now = clock.now();
      roundTrip += (now - sentAt - roundTrip) * (roundTrip ? SMOOTH : 1);
      opened ??= { at: sentAt, admitted: 0 };
      if (sentAt >= began) {
        const add = (sum: number, share: number) =>
          Math.max(0, sum + throttled - share * (admitted + throttled));
        above = { tolerated: add(above.tolerated, tolerated), usedUp: add(above.usedUp, USED_UP.share) };
        if (phase === "limited") noteLimited(answered);
        else if (phase === "closed" && admitted === 0) {
          asksAt = now + Math.max(PAUSE.least, retryAfter * PAUSE.part);
        } else if (phase === "closed") {
          if (opened.admitted === 0) free(); // it was used up before the start
          else limit(opened.admitted, Math.max(sentAt - opened.at, leaps ? SHORTEST : 0));
          opened = { at: sentAt, admitted: 0 };
          tolerated = LIMITED.share;
        } else if (above.tolerated >= LIMITED.count || above.usedUp >= USED_UP.count) {
          if (above.usedUp > 0) close(sentAt);
          else limit(opened.admitted + admitted, now - opened.at);
        }
      }
      opened.admitted += admitted;
    },
  };
}
