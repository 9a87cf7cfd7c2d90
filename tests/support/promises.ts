/** What a promise is rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error("Nothing was thrown", { cause: value });
}

/** The same, for what must not wait: it fails when nothing happens for some seconds. */
export async function promptRejection(promise: Promise<unknown>): Promise<unknown> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("Nothing happened for 5 s")), 5_000);
  try {
    return await Promise.race([rejection(promise), late]);
  } finally {
    clearTimeout(timer);
  }
}

export const PENDING = Symbol("pending");

/** What a promise has come to, or been rejected with, once everything that is ready to run has run. */
export async function settledNow(promise: Promise<unknown>): Promise<unknown> {
  let state: unknown = PENDING;
  const settle = (value: unknown) => void (state = value);
  promise.then(settle, settle);
  await new Promise((resolve) => setTimeout(resolve, 0));
  return state;
}

/** The same promise; a rejection that the test looks at later does not count as unhandled. */
export function lookedAtLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** Does something for each item, four at a time, and keeps the order. */
export async function mapConcurrently<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at]!);
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  return results;
}
