import type { Clock } from "./http/clock.ts";

/** An answer to a question about one target; "all" is yes to this one and to all further ones. */
export type Confirmation = "yes" | "all" | "no" | "quit";

/** What a run does with its items. */
export interface Many<T, R> {
  /** Does one item. A wait goes through `wait`, which is `false` when the item is to give up. */
  work(item: T, wait: (delay: number) => Promise<boolean>): Promise<R>;
  /** The result of an item that is not worked on. */
  skip(item: T, outcome: "declined" | "notAttempted"): R;
  /** Whether no further item is to be begun after this result. */
  endsRun(result: R): boolean;
  /** Keeps a result before it counts as known. */
  record?: (result: R) => void | Promise<void>;
  /** Asked before each item. */
  confirm?: (item: T) => Confirmation | Promise<Confirmation>;
  /** Items at work at once, not counting those that wait. */
  window: number;
  /** Begins no further item, and cuts waits short. */
  stop?: AbortSignal;
  /** Ends the run; its reason is thrown. */
  signal?: AbortSignal;
  /** Aborted when the run is over, also when its consumer has gone. */
  over?: AbortController;
  clock: Clock;
}

/** Items that wait do not hold back others, as far as memory allows: so many times the window. */
const WAITING = 20;

/** Conditions that are waited for, looked at again whenever something happened: often, so that it must be cheap. */
function createBell() {
  const looks = new Set<() => void>();
  return {
    ring() {
      for (const look of looks) look();
    },
    async until(condition: () => boolean) {
      if (condition()) return;
      await new Promise<void>((resolve) => {
        const look = () => {
          if (condition() && looks.delete(look)) resolve();
        };
        looks.add(look);
      });
    },
  };
}

/**
 * Works on many items at once, and yields their results as they are known. Each item that the source gives comes out
 * once. It is read as there is room, so that memory does not grow with the number of items.
 */
export async function* runMany<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  many: Many<T, R>,
): AsyncGenerator<R> {
  const { window, stop, signal, clock, over = new AbortController() } = many;
  let cut: AbortSignal | undefined; // made for the first wait, which a lone removal seldom has
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const results: R[] = [];
  const bell = createBell();
  let alive = 0;
  let waiting = 0;
  let ended = false;
  let asking = many.confirm !== undefined;
  let stopped = false;
  let failure: { error: unknown } | undefined;
  let deferred: { error: unknown } | undefined;

  const fail = (error: unknown) => {
    failure ??= { error };
    bell.ring();
  };
  /** A result that cannot be kept is still handed on; then the run ends. */
  const emit = async (result: R) => {
    try {
      await many.record?.(result);
    } catch (error) {
      deferred ??= { error };
      stopped = true;
    }
    results.push(result);
    bell.ring();
  };
  const wait = async (delay: number) => {
    waiting++;
    bell.ring();
    try {
      cut ??= AbortSignal.any([over.signal, stop, signal].filter((given) => given !== undefined));
      await clock.sleep(delay, cut);
      return true;
    } catch {
      signal?.throwIfAborted();
      return false;
    } finally {
      waiting--;
    }
  };
  const begin = async (item: T) => {
    alive++;
    try {
      const result = await many.work(item, wait);
      stopped ||= many.endsRun(result);
      await emit(result);
    } catch (error) {
      fail(error);
    } finally {
      alive--;
      bell.ring();
    }
  };
  const ask = async (item: T) => {
    const answer = await many.confirm!(item);
    asking = answer !== "all";
    stopped ||= answer === "quit";
    return answer;
  };
  const hasRoom = () => {
    if (failure) return true;
    if (asking) return alive === 0 && results.length === 0; // what became of one is known before the next is asked about
    return alive - waiting < window && alive < window * WAITING && results.length < window;
  };
  const feed = async () => {
    for (;;) {
      await bell.until(hasRoom);
      if (failure || over.signal.aborted) return;
      const { done, value } = await source.next();
      if (done) break;
      const answer = asking && !stopped && !stop?.aborted ? await ask(value) : "yes";
      if (failure || over.signal.aborted) return;
      if (stopped || stop?.aborted) await emit(many.skip(value, "notAttempted"));
      else if (answer === "no") await emit(many.skip(value, "declined"));
      else void begin(value);
    }
    ended = true;
    bell.ring();
  };

  signal?.addEventListener("abort", () => fail(signal.reason), { signal: over.signal });
  try {
    signal?.throwIfAborted();
    feed().catch((error) => { // what is in flight comes out first
      deferred ??= { error };
      ended = true;
      bell.ring();
    });
    for (;;) {
      await bell.until(() => results.length > 0 || failure !== undefined || (ended && alive === 0));
      while (results.length > 0) {
        yield results[0]!;
        results.shift();
      }
      bell.ring(); // there is room again
      if (failure) throw failure.error;
      if (ended && alive === 0 && results.length === 0) break;
    }
    if (deferred) throw deferred.error;
  } finally {
    over.abort();
    await bell.until(() => alive === 0); // what was begun is not left half-done
    if (!ended) void Promise.resolve(source.return?.()).catch(() => {}); // it may wait for input that never comes
  }
}
