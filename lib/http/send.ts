import { deadlineIn } from "./deadline.ts";
import type { Reply } from "./reply.ts";

/** How to send. */
export interface SendOptions {
  /** The `fetch` to use. */
  fetch: typeof fetch;
  /** Milliseconds for the whole attempt, the body included. */
  timeout: number;
  /** Ends the attempt; its reason is thrown. */
  signal?: AbortSignal;
  /** The longest body that is read, in bytes; the rest is dropped. Default: 1 MiB. */
  maxBytes?: number;
}

/** The body of a response as far as the limit, and whether it goes on. */
async function readBody(
  response: Response,
  maxBytes: number,
): Promise<{ body: Uint8Array<ArrayBuffer>; truncated?: true }> {
  const { headers } = response;
  const announced = headers.has("content-encoding") ? NaN : Number(headers.get("content-length") ?? NaN);
  if (announced <= maxBytes) return { body: await response.bytes() }; // quicker than chunk by chunk
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) { // leaving early cancels the body
    chunks.push(chunk.subarray(0, maxBytes - length));
    length += chunk.length;
    if (length > maxBytes) break;
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
 * Sends a request once. Redirects are not followed, as a token or a secret would follow them.
 *
 * @throws The signal's reason, and nothing else.
 */
export async function send(url: string, init: RequestInit, options: SendOptions): Promise<Reply> {
  const { timeout, signal, maxBytes = 2 ** 20 } = options;
  signal?.throwIfAborted();
  const deadline = deadlineIn(timeout);
  const controller = new AbortController();
  const abort = () => controller.abort();
  const sources = signal ? [signal, deadline] : [deadline];
  for (const source of sources) source.addEventListener("abort", abort);
  try {
    const response = await options.fetch(url, { ...init, redirect: "manual", signal: controller.signal });
    const { status, headers } = response;
    return {
      kind: "response",
      status,
      header: (name) => headers.get(name),
      ...await readBody(response, maxBytes),
    };
  } catch (cause) {
    signal?.throwIfAborted();
    return deadline.aborted ? { kind: "timedOut", timeout } : { kind: "disconnected", cause };
  } finally {
    for (const source of sources) source.removeEventListener("abort", abort);
  }
}
