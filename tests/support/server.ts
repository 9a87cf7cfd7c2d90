export interface Received {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

/** A server on a free port of 127.0.0.1. */
export interface TestServer extends AsyncDisposable {
  /** Its root, without a trailing slash. */
  readonly url: string;
  /** What it got, in order. */
  readonly received: readonly Received[];
}

/** Serves what the emulator does not: any answer, to any request; with a certificate and its key, by TLS. */
export function serve(
  answer: (received: Received, request: Request) => Response | Promise<Response>,
  tls?: { cert: string; key: string },
): TestServer {
  const received: Received[] = [];
  const controller = new AbortController();
  const { signal } = controller;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, signal, onListen: () => {}, ...tls },
    async (request) => {
      const { method, headers, url } = request;
      const { pathname, search } = new URL(url);
      const seen = { method, path: pathname + search, headers, body: await request.text() };
      received.push(seen);
      return await answer(seen, request);
    },
  );
  return {
    url: `${tls ? "https" : "http"}://127.0.0.1:${server.addr.port}`,
    received,
    [Symbol.asyncDispose]: async () => {
      controller.abort();
      await server.finished;
    },
  };
}

/** The root of a server that is not there. */
export function unusedRoot(): string {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return `http://127.0.0.1:${port}`;
}
