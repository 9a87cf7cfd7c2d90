/** How many requests Graph accepts; it responds to others with 429. */
export interface RateLimit {
  /** Requests per second, on average. */
  readonly perSecond: number;
  /**
   * Algorithm: `fixed` counts requests per window, `sliding` counts those of the previous `seconds`, and
   * `bucket` is a token bucket that holds one window's worth. Default: `fixed`.
   */
  readonly window?: "fixed" | "sliding" | "bucket";
  /** Length of the window in seconds. Default: 1. */
  readonly seconds?: number;
  /** `Retry-After` in seconds. Default: the rest of a fixed window, otherwise 1. */
  readonly retryAfter?: number;
}

/** Counts a request at `now` (ms); returns the seconds to wait if the request is over the limit. */
export type RateLimiter = (now: number) => { retryAfter: number } | undefined;

/** Returns whether a request at `now` (ms) is within the limit, and counts it if so. */
type Counter = (now: number) => boolean;

/** Counters that allow `limit` requests in `length` ms. */
const COUNTERS = {
  fixed(limit: number, length: number): Counter {
    let window = NaN;
    let used = 0;
    return (now) => {
      if (window !== Math.floor(now / length)) used = 0;
      window = Math.floor(now / length);
      return used + 1 <= limit && ++used > 0;
    };
  },
  sliding(limit: number, length: number): Counter {
    const times: number[] = [];
    return (now) => {
      while (times.length > 0 && times[0]! <= now - length) times.shift();
      return times.length + 1 <= limit && times.push(now) > 0;
    };
  },
  bucket(limit: number, length: number): Counter {
    let tokens = limit;
    let filledAt = NaN;
    return (now) => {
      if (filledAt < now) tokens = Math.min(limit, tokens + (now - filledAt) * limit / length);
      filledAt = now;
      return tokens >= 1 && tokens-- > 0;
    };
  },
};

/** Creates a limiter; throws a `RangeError` if it would allow less than one request per window. */
export function createRateLimiter(rateLimit: RateLimit): RateLimiter {
  const { perSecond, window = "fixed", seconds = 1, retryAfter } = rateLimit;
  const limit = perSecond * seconds;
  if (!(limit >= 1)) {
    throw new RangeError(
      `Cannot set rate limit as it must allow at least one request per window: current value is ${limit}`,
    );
  }
  const length = seconds * 1000;
  const accepts = COUNTERS[window](limit, length);
  return (now) => {
    if (accepts(now)) return undefined;
    const rest = window === "fixed" ? Math.ceil((length - now % length) / 1000) : 1;
    return { retryAfter: retryAfter ?? rest };
  };
}
