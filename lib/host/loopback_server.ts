import type { IncomingMessage, ServerResponse } from "node:http";

/** A server on a port of 127.0.0.1; disposing stops it when the answers under way are sent. */
export interface LoopbackServer extends AsyncDisposable {
  port: number;
}

/** In bytes: far more than a browser sends in an answer to a sign-in. */
const MAX_BODY = 2 ** 16;

/** In ms: how long a request may take to arrive. */
const REQUEST_TIMEOUT = 10_000;

/** Reads a request; `undefined` if it is none that fetch could have sent, or too long. */
async function readRequest(message: IncomingMessage): Promise<Request | undefined> {
  const { method = "GET", url = "/", headers } = message;
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  // Deno before 2.7 would wait forever for the body of a GET.
  const body = method === "GET" ? [] : message as AsyncIterable<Uint8Array<ArrayBuffer>>;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  try {
    return new Request(new URL(`http://localhost${url}`), {
      method,
      headers: { "content-type": headers["content-type"] ?? "" },
      body: method === "POST" ? new Blob(chunks) : undefined,
    });
  } catch {
    return undefined;
  }
}

async function send(response: Response, output: ServerResponse): Promise<void> {
  const body = new Uint8Array(await response.arrayBuffer());
  output.writeHead(response.status, { ...Object.fromEntries(response.headers), connection: "close" });
  await new Promise<void>((resolve) => output.end(body, resolve).once("close", resolve));
}

/**
 * Serves HTTP on 127.0.0.1 until it is disposed of.
 *
 * @param port `0` picks a free one.
 * @param answer Returns the answer to a request. It gets the method, URL, media type and body, and nothing else.
 * @throws What `refusalOf()` calls "portInUse" or "notPermitted".
 */
export async function serveLoopback(
  port: number,
  answer: (request: Request) => Response | Promise<Response>,
): Promise<LoopbackServer> {
  const { createServer } = await import("node:http"); // dynamic, as a bundle would load it at every start
  const answering = new Set<Promise<void>>();
  const server = createServer(async (message, output) => {
    const request = await readRequest(message).catch(() => undefined);
    if (!request) return void output.destroy();
    const sending = (async () => await send(await answer(request), output))()
      .catch(() => void output.destroy());
    answering.add(sending);
    await sending;
    answering.delete(sending);
  });
  server.requestTimeout = REQUEST_TIMEOUT;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all(answering);
      server.closeAllConnections();
      await closed;
    },
  };
}
