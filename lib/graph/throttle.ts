import type { Clock } from "../http/clock.ts";

/** What became of requests that were sent together. Those without a response count as neither. */
export interface ReplyCounts {
  /** When they were sent, by `Clock.monotonicNow()`. */
  sentAt: number;
  /** How many were not throttled, whatever their response. */
  admitted: number;
  /** How many were throttled. */
  throttled: number;
  /** The longest `Retry-After` of the throttled ones, in ms. Default: 0. */
  retryAfter?: number;
}

/**
 * Limits how fast requests are sent. While `wait()` returns 0, up to `maxBatch()` requests may be sent together;
 * `onSent()` and `onReplies()` are then told of them.
 */
export interface Throttle {
  /** Returns how long to wait, in ms, before sending some of `queued` requests; `Infinity`: until the next replies. */
  wait(queued: number): number;
  /** Returns how many requests may be sent together, at least 1. Called when `wait()` has returned 0. */
  maxBatch(): number;
  /** Called when requests are sent. */
  onSent(count: number): void;
  /** Called with the replies to requests that were sent together. */
  onReplies(replies: ReplyCounts): void;
}

/** Requests throttled for each one admitted once the rate is right: the cost of probing for a higher limit. */
const PROBE_SHARE = 0.04;
/** How much each throttled request lowers the rate: by this share of it, at most by so many requests a second. */
const DECREASE = { share: 0.04, most: 1 };
/** How much each admitted request raises a rate that may still be far too low, in requests a second. */
const FAST_INCREASE = 0.2;
/**
 * The longest window in which a server is expected to count requests, in ms. The rate rises faster only after as
 * long without throttling, because until then the window may just not be used up yet.
 */
const LONGEST_WINDOW_MS = 10_000;
/** There is a limit once so many more requests were throttled than this share of all; fewer may be by chance. */
const LIMIT_DETECTED = { share: 0.15, count: 20 };
/**
 * The quota is exhausted once more requests were throttled than this share of all: by so many, or by as many as
 * the rate allows in so many seconds, whichever is more.
 */
const QUOTA_EXHAUSTED = { share: 0.5, count: 10, seconds: 0.15 };
/** If requests are still throttled at this share of the limit that was measured, the rate is not the reason. */
const MIN_RATE_SHARE = 0.5;
/** How late requests may be sent without loss of rate, in seconds: on a busy machine, timers are late. */
const LATE_SECONDS = 0.1;
/** How often an exhausted quota is probed: after so many ms, or this share of `Retry-After`, whichever is longer. */
const PROBE_INTERVAL = { ms: 500, share: 0.1 };

/**
 * Creates a throttle that finds the rate that Graph admits, whether Graph counts in fixed or sliding windows or
 * refills a bucket. It is in one of three phases:
 *
 * - Unlimited, at first: requests are sent as fast as they are answered.
 * - Exhausted, when most are throttled: one request at a time probes whether the quota was renewed. The number of
 *   requests admitted from one renewal to the next tells the rate.
 * - Limited: requests are spread evenly at a rate that falls with each throttled request and rises with each admitted
 *   one, by `PROBE_SHARE` as much. It settles where 1 in 26 is throttled. If half the rate is throttled as much as
 *   the whole, throttling has other reasons: the phase is unlimited again, and detecting a limit takes twice the share.
 */
export function createThrottle(
  clock: Clock,
  { concurrency, batchSize }: { concurrency: number; batchSize: number },
): Throttle {
  let phase: "unlimited" | "exhausted" | "limited" = "unlimited";
  /** When the phase began, by `Clock.monotonicNow()`. Replies to earlier requests say nothing about it. */
  let phaseStart = -Infinity;
  /** Requests a second while limited, and the lowest that it may fall to. */
  let rate = Infinity;
  let minRate = 0;
  /** Whether the rate may still be far too low, as nothing was throttled at it. */
  let isRateUncertain = true;
  /** How many requests the rate allowed at the last refill, and whether some did not fit. */
  let bucket = { count: 0, filledAt: 0, overflowed: false };
  /** How many requests were admitted since the first one, the last renewal of the quota, or the last limit. */
  let windowAdmitted = 0;
  let windowStart = Infinity;
  let lastThrottledAt = 0;
  /** Duration of the last request, in ms. */
  let roundTrip = 0;
  /** Share of requests that may be throttled by chance, without a limit. */
  let toleratedShare = LIMIT_DETECTED.share;
  /** How many more requests of this phase were throttled than `toleratedShare`, and `QUOTA_EXHAUSTED.share`, of all. */
  let excess = { tolerated: 0, exhausted: 0 };
  /** When to send the next probe, by `Clock.monotonicNow()`; `Infinity` while one is under way. */
  let probeAt = 0;

  function enter(next: typeof phase) {
    phase = next;
    phaseStart = clock.monotonicNow();
    excess = { tolerated: 0, exhausted: 0 };
  }

  function startWindow(at: number) {
    windowStart = at;
    windowAdmitted = 0;
  }

  function enterUnlimited() {
    enter("unlimited");
    isRateUncertain = true;
    startWindow(phaseStart);
  }

  function enterExhausted(sentAt: number) {
    enter("exhausted");
    probeAt = sentAt + PROBE_INTERVAL.ms;
  }

  /** Begins with the rate of `admitted` requests in `duration` ms. */
  function enterLimited(admitted: number, duration: number) {
    enter("limited");
    rate = Math.max(1, admitted * 1000 / Math.max(1, duration)); // the duration may be 0
    minRate = rate * MIN_RATE_SHARE;
    lastThrottledAt = phaseStart;
    bucket = { count: 0, filledAt: phaseStart, overflowed: false };
  }

  /** Returns the smallest batch that reaches the rate, so that requests are spread evenly. */
  function spreadBatchSize(): number {
    return Math.min(batchSize, Math.max(1, Math.ceil(rate * roundTrip / 1000 / concurrency)));
  }

  function refillBucket() {
    const now = clock.monotonicNow();
    const filled = bucket.count + (now - bucket.filledAt) * rate / 1000;
    const capacity = 1.5 * Math.max(spreadBatchSize(), rate * LATE_SECONDS);
    bucket = { count: Math.min(capacity, filled), filledAt: now, overflowed: filled > capacity };
  }

  function detectLimit({ sentAt, admitted }: ReplyCounts) {
    const isExhausted = excess.exhausted >= QUOTA_EXHAUSTED.count;
    if (!isExhausted && excess.tolerated < LIMIT_DETECTED.count) return;
    if (excess.exhausted > 0) enterExhausted(sentAt); // probing measures the rate more exactly than a started window
    else enterLimited(windowAdmitted + admitted, clock.monotonicNow() - windowStart);
  }

  function takeProbe({ sentAt, admitted, retryAfter = 0 }: ReplyCounts) {
    if (admitted === 0) {
      probeAt = clock.monotonicNow() + Math.max(PROBE_INTERVAL.ms, retryAfter * PROBE_INTERVAL.share);
      return;
    }
    if (windowAdmitted === 0) enterUnlimited(); // the quota was exhausted before the first request
    else enterLimited(windowAdmitted, sentAt - windowStart);
    startWindow(sentAt);
    toleratedShare = LIMIT_DETECTED.share;
  }

  function adjustRate({ sentAt, admitted, throttled }: ReplyCounts) {
    const now = clock.monotonicNow();
    if (throttled > 0) {
      lastThrottledAt = now;
      isRateUncertain = false;
    }
    const decrease = Math.min(DECREASE.most, rate * DECREASE.share);
    const increase = isRateUncertain ? FAST_INCREASE : decrease * PROBE_SHARE;
    const acceleration = 1 + ((now - lastThrottledAt) / LONGEST_WINDOW_MS) ** 2;
    if (!bucket.overflowed) rate += increase * acceleration * admitted; // else more would not be sent anyway
    rate -= decrease * throttled;
    if (excess.exhausted >= Math.max(QUOTA_EXHAUSTED.count, rate * QUOTA_EXHAUSTED.seconds)) {
      enterExhausted(sentAt);
    } else if (rate <= minRate && excess.tolerated >= LIMIT_DETECTED.count) {
      toleratedShare *= 2;
      enterUnlimited();
    } else if (rate <= minRate) {
      rate = minRate / MIN_RATE_SHARE; // it fell by occasional throttling alone
    }
  }

  const learn = { unlimited: detectLimit, exhausted: takeProbe, limited: adjustRate };

  return {
    wait(queued) {
      if (phase === "unlimited") return 0;
      if (phase === "exhausted") return Math.max(0, probeAt - clock.monotonicNow());
      refillBucket();
      return Math.max(0, Math.min(queued, spreadBatchSize()) - bucket.count) * 1000 / rate;
    },
    maxBatch() {
      if (phase === "exhausted") return 1;
      return phase === "unlimited" ? batchSize : Math.min(batchSize, Math.floor(bucket.count));
    },
    onSent(count) {
      windowStart = Math.min(windowStart, clock.monotonicNow());
      if (phase === "exhausted") probeAt = Infinity;
      bucket.count -= count;
    },
    onReplies(replies) {
      const { sentAt, admitted, throttled } = replies;
      roundTrip = clock.monotonicNow() - sentAt;
      if (sentAt >= phaseStart) {
        const grow = (count: number, share: number) =>
          Math.max(0, count + throttled - share * (admitted + throttled));
        excess = {
          tolerated: grow(excess.tolerated, toleratedShare),
          exhausted: grow(excess.exhausted, QUOTA_EXHAUSTED.share),
        };
        learn[phase](replies);
      }
      windowAdmitted += admitted;
    },
  };
}
