import { type Redact, redactor } from "../http/redact.ts";
import { bodyText, type Reply, send } from "../http/send.ts";
import { parseRetryAfter } from "../http/retry_after.ts";
import { getToken, type GraphClient } from "./client.ts";
import { batchBody, parseBatchResponse } from "./batch.ts";
import { sendDirectly, type SendRequest, type TokenReply } from "./request_with_retries.ts";
import { type Answered, createThrottle } from "./throttle.ts";
import type { GraphRequest } from "./photo_requests.ts";

/** How many at once. */
export interface DispatcherOptions {
  /** HTTP requests in flight at most. */
  concurrency: number;
  /** Requests in a batch at most; 1 sends each by itself. */
  batchSize: number;
  /** Once it aborts, what has not left is not sent any more. */
  cut?: AbortSignal;
}

/** Sends many requests, in batches where Graph takes them. */
export interface Dispatcher extends Disposable {
  /** Sends a request once, when its turn comes. */
  send: SendRequest;
}

interface Queued {
  request: GraphRequest;
  settle: PromiseWithResolvers<TokenReply | undefined>;
  /** Whether a batch refused it, which a lone request may not be. */
  refused?: boolean;
}

/** A batch that is not full waits for company as long as the queue grows within so many microtasks. */
const LINGER = 500;
/** An item refused like this is refused as unbatchable; a 400 may be, and a lone request tells. */
const UNBATCHABLE = new Set([405, 501]);
/** The room for a batch's answer beside its items' bodies, which base64 makes a third longer. */
const ENVELOPE = 2 ** 18;

const isAnswer = (reply: Reply, ...statuses: number[]) =>
  reply.kind === "response" && statuses.includes(reply.status);

/**
 * A dispatcher: requests queue up, leave in batches, at most `concurrency` at once and as fast as Graph admits them.
 */
export function createDispatcher(session: GraphClient, options: DispatcherOptions): Dispatcher {
  const { concurrency, cut } = options;
  const { clock, signal } = session;
  const queue: Queued[] = [];
  const pace = createThrottle(clock, options);
  /** Methods that Graph was seen to take by themselves only. */
  const aloneOnly = new Set<string>(["PUT"]); // an upload would make batches of megabytes
  let held: { token: string; redact: Redact } | undefined;
  let inFlight = 0;
  let pausedUntil = 0;
  let closedUntil = 0;
  let lingered = false;
  let lingering: Promise<void> | undefined;
  let alarm: { off: AbortController; at: number } | undefined;

  async function linger() {
    for (let length = -1; length !== queue.length;) {
      length = queue.length;
      for (let turn = 0; turn < LINGER; turn++) await null;
    }
    lingering = undefined;
    lingered = true;
    pump();
  }

  function wakeIn(delay: number) {
    const at = clock.now() + delay;
    if (delay === Infinity || (alarm && alarm.at <= at)) return; // or the answer to what is in flight wakes it
    alarm?.off.abort();
    const off = new AbortController();
    alarm = { off, at };
    clock.sleep(delay, off.signal).then(() => {
      alarm = undefined;
      pump();
    }, () => {});
  }

  const alone = ({ request, refused }: Queued) => refused || aloneOnly.has(request.method);

  /** How many of the queue leave together, and whether more could still join them. */
  function nextGroup(): { count: number; full: boolean } {
    const limit = alone(queue[0]!) ? 1 : pace.maxBatch();
    let count = 1;
    while (count < limit && count < queue.length && !alone(queue[count]!)) count++;
    return { count, full: count === limit || count < queue.length };
  }

  function pump() {
    if (clock.now() < closedUntil) return empty();
    while (queue.length > 0 && inFlight < concurrency) {
      const wait = Math.max(pausedUntil - clock.now(), pace.wait(queue.length));
      if (wait > 0) return wakeIn(wait);
      const { count, full } = nextGroup();
      if (!full && !lingered) return void (lingering ??= linger());
      lingered = false;
      inFlight++;
      pace.onSent(count);
      const sentAt = clock.now();
      const group = queue.splice(0, count);
      dispatch(group, (replies) => pace.onReplies(answered(replies, sentAt))).catch((error) => {
        pace.onReplies(answered([], sentAt));
        group.forEach(({ settle }) => settle.reject(error));
      }).finally(() => {
        inFlight--;
        pump();
      });
    }
  }

  async function dispatch(group: Queued[], note: (replies: readonly Reply[]) => void): Promise<void> {
    if (group.length === 1) {
      const { request, refused, settle } = group[0]!;
      const exchange = await sendDirectly(session, request);
      note([exchange.reply]);
      // What is taken by itself alone goes that way for the rest of the run.
      if (refused && !isAnswer(exchange.reply, 400)) aloneOnly.add(request.method);
      settle.resolve(exchange);
      return;
    }
    const token = await getToken(session);
    if (token !== held?.token) held = { token, redact: redactor([token]) };
    const { redact } = held;
    const requests = group.map(({ request }) => request);
    const reply = await send(`${session.cloud.graph}/v1.0/$batch`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      // Deno repeats by itself, unseen, what a connection in use before lost, unless the body is a stream or a Blob;
      // of removals that took effect the first time, the second answer would say that there was no photo.
      body: new Blob([batchBody(requests)]),
    }, { ...session, maxBytes: requests.reduce((sum, { maxBytes }) => sum + maxBytes * 4 / 3, ENVELOPE) });
    if (!isAnswer(reply, 200)) {
      note([reply]);
      pauseAfter(reply);
      // Graph, or what stands before it, takes no batches here: each request goes by itself.
      if (isAnswer(reply, 400, 404, 405, 501)) {
        for (const { request } of group) aloneOnly.add(request.method);
        queue.unshift(...group);
        return;
      }
      return group.forEach(({ settle }) => settle.resolve({ reply, token, redact }));
    }
    const replies = reply.kind === "response" ? parseBatchResponse(bodyText(reply.body), group.length) : [];
    note(replies);
    group.forEach((queued, index) => {
      const item = replies[index]!;
      if (isAnswer(item, ...UNBATCHABLE)) aloneOnly.add(queued.request.method);
      if (isAnswer(item, 400, ...UNBATCHABLE)) queue.unshift({ ...queued, refused: true });
      else queued.settle.resolve({ reply: item, token, redact });
    });
  }

  /** What replies tell of the pace; one that is no answer tells nothing. */
  function answered(replies: readonly Reply[], sentAt: number): Answered {
    const answers = replies.filter((reply) => reply.kind === "response");
    const throttled = answers.filter(({ status }) => status === 429);
    const waits = throttled.map(({ header }) => parseRetryAfter(header("retry-after"), clock.now()) ?? 0);
    const admitted = answers.length - throttled.length;
    return { sentAt, admitted, throttled: throttled.length, retryAfter: Math.max(0, ...waits) };
  }

  /** A whole batch that is throttled tells of all requests: they wait as long, or are not sent at all. */
  function pauseAfter(reply: Reply) {
    if (reply.kind !== "response" || !isAnswer(reply, 429, 503)) return;
    const until = clock.now() + (parseRetryAfter(reply.header("retry-after"), clock.now()) ?? 0);
    if (until - clock.now() <= session.retry.maxDelay) pausedUntil = Math.max(pausedUntil, until);
    else closedUntil = Math.max(closedUntil, until);
  }

  const empty = () => {
    for (const { settle } of queue.splice(0)) {
      signal?.aborted ? settle.reject(signal.reason) : settle.resolve(undefined);
    }
  };
  signal?.addEventListener("abort", empty);
  cut?.addEventListener("abort", empty);
  return {
    send(request) {
      const settle = Promise.withResolvers<TokenReply | undefined>();
      queue.push({ request, settle });
      if (signal?.aborted || cut?.aborted) empty();
      else pump();
      return settle.promise;
    },
    [Symbol.dispose]() {
      alarm?.off.abort();
      signal?.removeEventListener("abort", empty);
      cut?.removeEventListener("abort", empty);
    },
  };
}
