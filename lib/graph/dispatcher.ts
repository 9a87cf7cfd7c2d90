import type { Clock } from "../http/clock.ts";
import { redactor } from "../http/redact.ts";
import { isThrottled } from "../http/retry.ts";
import { parseRetryAfter } from "../http/retry_after.ts";
import { bodyText, type Reply, send } from "../http/send.ts";
import { batchBody, parseBatchResponse } from "./batch.ts";
import { getToken, type GraphClient } from "./client.ts";
import { sendDirectly, type SendRequest, type TokenReply } from "./request_with_retries.ts";
import type { GraphRequest } from "./photo_requests.ts";
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
  /** Whether it was refused in a batch, so that it is repeated by itself. */
  refusedInBatch?: boolean;
}

/** A partial batch is held back while the queue grows, checked every so many microtasks. */
const BATCH_FILL_TURNS = 500;
/** Statuses of a batch that is not accepted as such: its requests are repeated one by one. */
const BATCH_REFUSED = [400, 404, 405, 501];
/** Statuses of items whose method cannot be batched. A 400 is ambiguous: the request is repeated outside a batch. */
const UNBATCHABLE = [405, 501];
/** Bytes of a batch response besides the bodies of its items. */
const ENVELOPE_BYTES = 2 ** 18;

function hasStatus(reply: Reply, statuses: readonly number[]): boolean {
  return reply.kind === "response" && statuses.includes(reply.status);
}

/** The reply to a batch; if the batch was accepted, also those to its requests. */
interface BatchReply extends TokenReply {
  items?: Reply[];
}

async function sendBatch(client: GraphClient, requests: readonly GraphRequest[]): Promise<BatchReply> {
  const token = await getToken(client);
  const bodyBytes = requests.reduce((sum, { maxBytes }) => sum + maxBytes * 4 / 3, 0); // base64 adds a third
  const reply = await send(`${client.cloud.graph}/v1.0/$batch`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    // If a reused connection is reset, Deno silently repeats the request, unless the body is a stream or a Blob.
    // A repeated removal would report that there was no photo, although the first one removed it.
    body: new Blob([batchBody(requests)]),
  }, { ...client, maxBytes: bodyBytes + ENVELOPE_BYTES });
  const items = reply.kind === "response" && reply.status === 200
    ? parseBatchResponse(bodyText(reply.body), requests.length)
    : undefined;
  return { reply, items, token, redact: redactor([token]) };
}

/** Counts admitted and throttled replies; lost ones count as neither. */
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
      const at = clock.now() + delay;
      if (next && next.at <= at) return;
      next?.canceled.abort();
      const canceled = new AbortController();
      next = { at, canceled };
      clock.sleep(delay, canceled.signal).then(() => {
        next = undefined;
        onTime();
      }, () => {});
    },
    cancel: () => next?.canceled.abort(),
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
    refusedInBatch || unbatchable.has(request.method);

  /** Returns how many requests of the queue to send together, and whether no further one could join them. */
  function nextBatch(): { count: number; isFull: boolean } {
    const limit = mustBeAlone(queue[0]!) ? 1 : throttle.maxBatch();
    let count = 1;
    while (count < limit && count < queue.length && !mustBeAlone(queue[count]!)) count++;
    return { count, isFull: count === limit || count < queue.length };
  }

  /** Sends what may be sent now. Called whenever that may have changed. */
  function sendNext() {
    if (clock.now() < refusedUntil) return rejectQueued();
    while (queue.length > 0 && inFlight < concurrency) {
      const wait = Math.max(pausedUntil - clock.now(), throttle.wait(queue.length));
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
    const sentAt = clock.now();
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
    if (refusedInBatch && !hasStatus(sent.reply, [400])) unbatchable.add(request.method);
    result.resolve(sent);
  }

  function takeBatchReply(batch: Queued[], { reply, items, token, redact }: BatchReply) {
    if (items) {
      batch.forEach((queued, at) => takeItem(queued, { reply: items[at]!, token, redact }));
      return;
    }
    pauseAfter(reply);
    if (hasStatus(reply, BATCH_REFUSED)) {
      for (const { request } of batch) unbatchable.add(request.method);
      queue.unshift(...batch);
    } else for (const { result } of batch) result.resolve({ reply, token, redact });
  }

  function takeItem(queued: Queued, sent: TokenReply) {
    const isUnbatchable = hasStatus(sent.reply, UNBATCHABLE);
    if (isUnbatchable) unbatchable.add(queued.request.method);
    if (isUnbatchable || hasStatus(sent.reply, [400])) queue.unshift({ ...queued, refusedInBatch: true });
    else queued.result.resolve(sent);
  }

  /** A throttled batch pauses all requests, or empties the queue if `Retry-After` exceeds `maxDelay`. */
  function pauseAfter(reply: Reply) {
    if (reply.kind !== "response" || !(isThrottled(reply.status) || reply.status === 503)) return;
    const now = clock.now();
    const delay = parseRetryAfter(reply.header("retry-after"), now) ?? 0;
    if (delay <= client.retry.maxDelay) pausedUntil = Math.max(pausedUntil, now + delay);
    else refusedUntil = Math.max(refusedUntil, now + delay);
  }

  function rejectQueued() {
    for (const { result } of queue.splice(0)) {
      signal?.aborted ? result.reject(signal.reason) : result.resolve(undefined);
    }
  }

  const signals = [signal, drainSignal].filter((given) => given !== undefined);
  for (const each of signals) each.addEventListener("abort", rejectQueued);
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
      for (const each of signals) each.removeEventListener("abort", rejectQueued);
    },
  };
}
