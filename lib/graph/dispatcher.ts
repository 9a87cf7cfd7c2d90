import type { Clock } from "../http/clock.ts";
import { isThrottled } from "../http/retry.ts";
import { parseRetryAfter } from "../http/retry_after.ts";
import { bodyText, isSuccess, type Reply } from "../http/send.ts";
import { batchBody, parseBatchResponse } from "./batch.ts";
import type { GraphClient } from "./client.ts";
import type { GraphRequest } from "./photo_requests.ts";
import { sendDirectly, type SendRequest, sendWithToken, type TokenReply } from "./request_with_retries.ts";
import { createThrottle, type ReplyCounts } from "./throttle.ts";

/** Options of a dispatcher. */
export interface DispatcherOptions {
  /** The most HTTP requests in flight. */
  concurrency: number;
  /** The most requests in a batch; 1 sends each by itself. */
  batchSize: number;
  /** Once it aborts, requests that have not been sent are not sent any more. */
  drainSignal?: AbortSignal;
}

/** Sends many requests, in batches where Graph accepts them. */
export interface Dispatcher extends Disposable {
  /** Sends a request once, when its turn comes. Resolves with `undefined` if it was not sent. */
  send: SendRequest;
}

interface Queued {
  request: GraphRequest;
  result: PromiseWithResolvers<TokenReply | undefined>;
  /**
   * Whether it was refused in a batch, so that it is repeated by itself: as one item of several, or with all items of
   * its method.
   */
  refusedInBatch?: "one" | "all";
}

/** A partial batch is held back while the queue grows, checked every so many microtasks. */
const BATCH_FILL_TURNS = 500;
/** Statuses of a batch that is not accepted as such, so that its requests are repeated one by one. */
const BATCH_UNKNOWN = [404, 405, 501];
/** Statuses of a batch that may be too large: it is repeated in halves. */
const BATCH_TOO_LARGE = [400, 413];
/** Statuses of items that cannot be batched, or that may be refused for another reason. */
const ITEM_REFUSED = [400, 405, 501];
/** Bytes of a batch response besides the bodies of its items. */
const ENVELOPE_BYTES = 2 ** 18;

function hasStatus(reply: Reply, statuses: readonly number[]): boolean {
  return reply.kind === "response" && statuses.includes(reply.status);
}

/** Whether an item is refused as one of a batch, or says so little that only a request of its own can tell more. */
function mustRepeatAlone(reply: Reply): boolean {
  if (hasStatus(reply, ITEM_REFUSED)) return true;
  return reply.kind === "response" && reply.status === 404 && !reply.body;
}

/** The reply to a batch; if the batch was carried out, or may have been, also those to its requests. */
interface BatchReply extends TokenReply {
  items?: Reply[];
}

/** Returns the replies to the requests of a batch, or `undefined` if it was not carried out. */
function itemsOf(reply: Reply, count: number): Reply[] | undefined {
  if (reply.kind !== "response" || !isSuccess(reply)) return undefined;
  if (reply.status === 200) return parseBatchResponse(bodyText(reply.body), count);
  return Array(count).fill({ kind: "malformed", reason: `the batch was answered with ${reply.status}` });
}

async function sendBatch(client: GraphClient, requests: readonly GraphRequest[]): Promise<BatchReply> {
  const bodyBytes = requests.reduce((sum, { maxBytes }) => sum + maxBytes * 4 / 3, 0); // base64 adds a third
  let items: Reply[] | undefined;
  const sent = await sendWithToken(client, {
    method: "POST",
    path: "/$batch",
    contentType: "application/json",
    // If a reused connection is reset, Deno silently repeats the request, unless the body is a stream or a Blob.
    // A repeated removal would report that there was no photo, although the first one removed it.
    body: new Blob([batchBody(requests)]),
    maxBytes: bodyBytes + ENVELOPE_BYTES,
  }, (reply) => (items = itemsOf(reply, requests.length)) ?? []);
  return { ...sent, items };
}

/** Counts admitted and throttled replies; lost ones count as neither. `now`: ms since 1970. */
function countReplies(replies: readonly Reply[], sentAt: number, now: number): ReplyCounts {
  const responses = replies.filter((reply) => reply.kind === "response");
  const throttled = responses.filter(({ status }) => isThrottled(status));
  const waits = throttled.map(({ header }) => parseRetryAfter(header("retry-after"), now) ?? 0);
  const admitted = responses.length - throttled.length;
  return { sentAt, admitted, throttled: throttled.length, retryAfter: Math.max(0, ...waits) };
}

/** Returns a timer that calls `onTime` once, at the earliest of the times that it is set to. */
function createTimer(clock: Clock, onTime: () => void) {
  let next: { at: number; canceled: AbortController } | undefined;
  return {
    scheduleIn(delay: number) {
      const at = clock.monotonicNow() + delay;
      if (next && next.at <= at) return;
      next?.canceled.abort();
      const canceled = new AbortController();
      next = { at, canceled };
      clock.sleep(delay, canceled.signal).then(() => {
        next = undefined;
        onTime();
      }, () => {});
    },
    cancel() {
      next?.canceled.abort();
      next = undefined;
    },
  };
}

/** Creates a dispatcher. Requests are queued, and sent as fast as Graph admits them. */
export function createDispatcher(client: GraphClient, options: DispatcherOptions): Dispatcher {
  const { concurrency, drainSignal } = options;
  const { clock, signal } = client;
  const throttle = createThrottle(clock, options);
  const timer = createTimer(clock, sendNext);
  const queue: Queued[] = [];
  /** Methods of requests that are sent one by one. */
  const unbatchable = new Set<string>(["PUT"]); // a batch of uploads would take megabytes
  /** The most requests in a batch that Graph has not refused as too large. */
  let batchLimit = Infinity;
  let inFlight = 0;
  let pausedUntil = 0;
  let refusedUntil = 0;
  /** Whether the next batch is being held back; whether it has been. */
  let filling = false;
  let hasWaited = false;

  async function waitForFullBatch() {
    filling = true;
    for (let length = -1; length !== queue.length;) {
      length = queue.length;
      for (let turn = 0; turn < BATCH_FILL_TURNS; turn++) await null;
    }
    filling = false;
    hasWaited = true;
    sendNext();
  }

  const mustBeAlone = ({ request, refusedInBatch }: Queued) =>
    request.alone || refusedInBatch || unbatchable.has(request.method);

  /** Returns how many requests of the queue to send together, and whether no further one could join them. */
  function nextBatch(): { count: number; isFull: boolean } {
    const limit = mustBeAlone(queue[0]!) ? 1 : Math.min(batchLimit, throttle.maxBatch());
    let count = 1;
    while (count < limit && count < queue.length && !mustBeAlone(queue[count]!)) count++;
    return { count, isFull: count === limit || count < queue.length };
  }

  /** Sends what may be sent now. Called whenever that may have changed. */
  function sendNext() {
    if (clock.monotonicNow() < refusedUntil) return rejectQueued();
    while (queue.length > 0 && inFlight < concurrency) {
      const wait = Math.max(pausedUntil - clock.monotonicNow(), throttle.wait(queue.length));
      if (wait === Infinity) return; // until the next replies
      if (wait > 0) return timer.scheduleIn(wait);
      const { count, isFull } = nextBatch();
      if (!isFull && !hasWaited) return void (filling || waitForFullBatch());
      hasWaited = false;
      void sendTogether(queue.splice(0, count));
    }
  }

  async function sendTogether(batch: Queued[]) {
    inFlight++;
    throttle.onSent(batch.length);
    const sentAt = clock.monotonicNow();
    const requests = batch.map(({ request }) => request);
    try {
      const sent: BatchReply = requests.length === 1
        ? await sendDirectly(client, requests[0]!)
        : await sendBatch(client, requests);
      throttle.onReplies(countReplies(sent.items ?? [sent.reply], sentAt, clock.now()));
      if (batch.length === 1) takeReply(batch[0]!, sent);
      else takeBatchReply(batch, sent);
    } catch (error) {
      throttle.onReplies({ sentAt, admitted: 0, throttled: 0 });
      for (const { result } of batch) result.reject(error);
    } finally {
      inFlight--;
      sendNext();
    }
  }

  function takeReply({ request, refusedInBatch, result }: Queued, sent: TokenReply) {
    if (refusedInBatch === "all" && isSuccess(sent.reply)) unbatchable.add(request.method);
    result.resolve(sent);
  }

  function takeBatchReply(batch: Queued[], { reply, items, ...sent }: BatchReply) {
    if (items) {
      const refused = batch.filter((_, at) => mustRepeatAlone(items[at]!));
      batch.forEach((queued, at) => {
        const item = items[at]!;
        if (!mustRepeatAlone(item)) return queued.result.resolve({ reply: item, ...sent });
        const sameMethod = ({ request }: Queued) => request.method === queued.request.method;
        const count = batch.filter(sameMethod).length;
        const isAll = count > 1 && refused.filter(sameMethod).length === count;
        queue.unshift({ ...queued, refusedInBatch: isAll ? "all" : "one" });
      });
      return;
    }
    pauseAfter(reply);
    if (hasStatus(reply, BATCH_TOO_LARGE)) batchLimit = Math.min(batchLimit, Math.floor(batch.length / 2));
    else if (!hasStatus(reply, BATCH_UNKNOWN)) {
      for (const { result } of batch) result.resolve({ reply, ...sent });
      return;
    } else for (const { request } of batch) unbatchable.add(request.method);
    queue.unshift(...batch);
  }

  /** A throttled batch pauses all requests, or empties the queue if `Retry-After` exceeds `maxDelay`. */
  function pauseAfter(reply: Reply) {
    if (reply.kind !== "response" || !(isThrottled(reply.status) || reply.status === 503)) return;
    const now = clock.monotonicNow();
    const delay = parseRetryAfter(reply.header("retry-after"), clock.now()) ?? 0;
    if (delay <= client.retry.maxDelay) pausedUntil = Math.max(pausedUntil, now + delay);
    else refusedUntil = Math.max(refusedUntil, now + delay);
  }

  function rejectQueued() {
    for (const { result } of queue.splice(0)) {
      signal?.aborted ? result.reject(signal.reason) : result.resolve(undefined);
    }
  }

  /** Leaves no timer, even if nobody disposes of the dispatcher because nobody reads the results. */
  function onAbort() {
    timer.cancel();
    rejectQueued();
  }

  const signals = [signal, drainSignal].filter((given) => given !== undefined);
  for (const each of signals) each.addEventListener("abort", onAbort, { once: true });
  return {
    send(request) {
      const result = Promise.withResolvers<TokenReply | undefined>();
      queue.push({ request, result });
      if (signals.some(({ aborted }) => aborted)) rejectQueued();
      else sendNext();
      return result.promise;
    },
    [Symbol.dispose]() {
      timer.cancel();
      for (const each of signals) each.removeEventListener("abort", onAbort);
    },
  };
}
