/** What came of sending a request once. */
export type Reply =
  | { kind: "answer"; status: number; headers: Headers; text: string }
  | { kind: "lost"; cause: unknown }
  | { kind: "timedOut"; timeout: number };

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
  /** Values that the answer must not hand on, should the server echo them. */
  secrets?: readonly string[];
}

async function readText(response: Response, maxBytes: number): Promise<string> {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body) { // leaving early cancels the body
    bytes += chunk.length;
    text += decoder.decode(chunk, { stream: true });
    if (bytes > maxBytes) break;
  }
  return text + decoder.decode();
}

/**
 * Sends a request once. Redirects are not followed, as a token or a secret would follow them.
 *
 * @throws The signal's reason, and nothing else.
 */
export async function send(url: string, init: RequestInit, options: SendOptions): Promise<Reply> {
  const { timeout, signal, maxBytes = 2 ** 20, secrets = [] } = options;
  signal?.throwIfAborted();
  const controller = new AbortController();
  const abort = () => controller.abort();
  signal?.addEventListener("abort", abort);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    abort();
  }, timeout);
  try {
    const response = await options.fetch(url, { ...init, redirect: "manual", signal: controller.signal });
    const text = await readText(response, maxBytes);
    return {
      kind: "answer",
      status: response.status,
      headers: response.headers,
      text: secrets.reduce((clean, secret) => clean.replaceAll(secret, "[redacted]"), text),
    };
  } catch (cause) {
    signal?.throwIfAborted();
    return timedOut ? { kind: "timedOut", timeout } : { kind: "lost", cause };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
