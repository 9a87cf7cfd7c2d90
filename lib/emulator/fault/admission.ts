/** How many requests Graph admits; the others are answered 429. */
export interface Admission {
  /** How many a second, on average. */
  readonly perSecond: number;
  /**
   * How they are counted: `fixed`, anew in each window; `sliding`, over the window that just passed; `bucket`, by
   * an allowance that grows steadily up to a window's worth. `"fixed"` by default.
   */
  readonly window?: "fixed" | "sliding" | "bucket";
  /** Length of the window in seconds; 1 by default. */
  readonly seconds?: number;
  /** `Retry-After` in seconds; by default what is left of a fixed window, else 1. */
  readonly retryAfter?: number;
}

/** Admits a request at a time in ms; of one that is not admitted, the seconds to wait. */
export type Limiter = (now: number) => { retryAfter: number } | undefined;

/** Says whether one more is admitted at a time, and counts it. */
type Count = (now: number) => boolean;

/** The ways to count up to `most` requests in `length` ms. */
const COUNTS: Readonly<Record<NonNullable<Admission["window"]>, (most: number, length: number) => Count>> = {
  fixed(most, length) {
    let window = NaN;
    let used = 0;
    return (now) => {
      if (window !== Math.floor(now / length)) used = 0;
      window = Math.floor(now / length);
      return used + 1 <= most && ++used > 0;
    };
  },
  sliding(most, length) {
    const times: number[] = [];
    return (now) => {
      while (times.length > 0 && times[0]! <= now - length) times.shift();
      return times.length + 1 <= most && times.push(now) > 0;
    };
  },
  bucket(most, length) {
    let left = most;
    let at = NaN;
    return (now) => {
      if (at < now) left = Math.min(most, left + (now - at) * most / length);
      at = now;
      return left >= 1 && left-- > 0;
    };
  },
};

/**
 * A limiter for an admission.
 *
 * @throws {RangeError} If it never admits any.
 */
export function createLimiter({ perSecond, window = "fixed", seconds = 1, retryAfter }: Admission): Limiter {
  const most = perSecond * seconds;
  if (!(most >= 1)) {
    throw new RangeError(`Cannot admit less than one request in a window: current value is ${most}`);
  }
  const length = seconds * 1000;
  const admits = COUNTS[window](most, length);
  return (now) => {
    if (admits(now)) return undefined;
    const left = window === "fixed" ? Math.ceil((length - now % length) / 1000) : 1;
    return { retryAfter: retryAfter ?? left };
  };
}
