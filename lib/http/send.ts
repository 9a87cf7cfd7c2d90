import { LONGEST_TIMER } from "./clock.ts";

/** A response to a request of its own, or to one item of a batch. */
export interface HttpResponse {
  kind: "response";
  /** HTTP status. */
  status: number;
  /** Returns the value of a header, or `null`; its name is in lower case. */
  header(name: string): string | null;
  /** The body: bytes, or a JSON value if it came inside a batch. */
  body: unknown;
  /** Whether the body was truncated. */
  truncated?: true;
  /** Whether it is the response to one item of a batch. */
  batched?: true;
}

/** The result of sending a request once. */
export type Reply =
  | HttpResponse
  /** The connection failed. */
  | { kind: "disconnected"; cause: unknown }
  /** The response, its body included, did not arrive within `timeout` ms. */
  | { kind: "timedOut"; timeout: number }
  /** A response arrived that cannot be used. */
  | { kind: "malformed"; reason: string };

/** Returns whether a reply is a response of 2xx. */
export const isSuccess = (reply: Reply): boolean =>
  reply.kind === "response" && reply.status >= 200 && reply.status < 300;

/** Options of `send()`. */
export interface SendOptions {
  /** The `fetch` to use. */
  fetch: typeof fetch;
  /** The longest that the request and its response may take, body included, in ms. */
  timeout: number;
  /** Aborts the request; `send()` then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** The most bytes of the body to read; the rest is dropped. Default: 1 MiB. */
  maxBytes?: number;
}

/** Deadlines that further requests may share, by timeout. */
const deadlines = new Map<number, { signal: AbortSignal; sharedUntil: number }>();

/**
 * Returns a signal that aborts after `timeout` ms, or up to 5 % later: requests that begin close together share
 * one, as the timer of each stays behind when its request is done. (`setTimeout()` leaves none, but its first use
 * costs a process 10 ms.)
 */
function deadlineIn(timeout: number): AbortSignal {
  const now = performance.now();
  const known = deadlines.get(timeout);
  if (known && now < known.sharedUntil) return known.signal;
  const slack = timeout / 20;
  const signal = AbortSignal.timeout(Math.min(Math.ceil(timeout + slack), LONGEST_TIMER));
  deadlines.set(timeout, { signal, sharedUntil: now + slack });
  return signal;
}

/** Reads a body up to the limit. */
async function readBody(
  response: Response,
  maxBytes: number,
): Promise<{ body: Uint8Array<ArrayBuffer>; truncated?: true }> {
  const { headers } = response;
  const announced = headers.has("content-encoding") ? NaN : Number(headers.get("content-length") ?? NaN);
  if (announced <= maxBytes) return { body: await response.bytes() }; // faster than chunk by chunk
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk.subarray(0, maxBytes - length));
    length += chunk.length;
    if (length > maxBytes) break; // cancels the body
  }
  const body = new Uint8Array(Math.min(length, maxBytes));
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return length > maxBytes ? { body, truncated: true } : { body };
}

/**
 * Sends a request once. Redirects are not followed, because the token or secret in the request would follow them.
 *
 * @throws The signal's reason, and nothing else.
 */
export async function send(url: string, init: RequestInit, options: SendOptions): Promise<Reply> {
  const { timeout, signal, maxBytes = 2 ** 20 } = options;
  signal?.throwIfAborted();
  const deadline = deadlineIn(timeout);
  const controller = new AbortController();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => {
    controller.abort();
    reject(controller.signal.reason);
  };
  const sources = signal ? [signal, deadline] : [deadline];
  for (const source of sources) source.addEventListener("abort", abort);
  const receive = async (): Promise<HttpResponse> => {
    const response = await options.fetch(url, { ...init, redirect: "manual", signal: controller.signal });
    const { status, headers } = response;
    const body = await readBody(response, maxBytes);
    return { kind: "response", status, header: (name) => headers.get(name), ...body };
  };
  try {
    // A fetch may ignore the signal; Deno's does so for a body whose Response has been garbage-collected.
    return await Promise.race([receive(), aborted]);
  } catch (cause) {
    signal?.throwIfAborted();
    return deadline.aborted ? { kind: "timedOut", timeout } : { kind: "disconnected", cause };
  } finally {
    // One that stays on the deadline keeps the process alive until the timeout.
    for (const source of sources) source.removeEventListener("abort", abort);
  }
}

/** Returns the text of a body that is bytes, and an empty text for any other. */
export function bodyText(body: unknown): string {
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : "";
}
