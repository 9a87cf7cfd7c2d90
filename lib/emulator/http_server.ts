import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { TlsOptions } from "./options.ts";
import { deliver } from "./deliver.ts";
import { type EmulatorRequest, jsonAnswer, type Outcome } from "./exchange.ts";

/** What is sent back for a request. */
export interface Reply {
  readonly outcome: Outcome;
  /** Milliseconds to wait before it is sent. */
  readonly delay: number;
  /** Called when it is sent. */
  readonly sent: () => void;
  /** Whether the connection is to end with it; asked when it is sent. */
  readonly last: () => boolean;
}

/** A running HTTP server on 127.0.0.1. */
export interface HttpServer {
  readonly port: number;
  /** Closes the connections that wait for a next request. */
  closeIdle(): void;
  /** Closes every connection and stops. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;

function headersOf(message: IncomingMessage): Record<string, string> {
  const entries = Object.entries(message.headers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

async function readRequest(message: IncomingMessage): Promise<EmulatorRequest | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return { method: message.method ?? "GET", url: message.url ?? "/", headers: headersOf(message), body };
}

function internalError(error: unknown): Reply {
  const message = error instanceof Error ? error.message : String(error);
  const body = { error: { code: "EmulatorFailure", message: `The emulator failed: ${message}` } };
  return {
    outcome: { answer: jsonAnswer(500, body), delivery: "send" },
    delay: 0,
    sent: () => {},
    last: () => false,
  };
}

/**
 * Serves on 127.0.0.1 until closed, over TLS where there is a certificate; `handle` decides on each answer.
 *
 * Node's HTTP server instead of the runtime's own: its connections can be cut, which is what drop, truncate and
 * a prompt shutdown need.
 */
export async function serve(
  port: number,
  handle: (request: EmulatorRequest) => Promise<Reply>,
  tls?: TlsOptions,
): Promise<HttpServer> {
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let closed = false;

  function later(delay: number, run: () => void): void {
    if (closed) return;
    if (delay <= 0) return run();
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, delay);
    timers.add(timer);
  }

  async function exchange(message: IncomingMessage, response: ServerResponse): Promise<void> {
    let request: EmulatorRequest | undefined;
    try {
      request = await readRequest(message);
    } catch {
      // The client went away while it was sending.
      return;
    }
    if (!request) return void response.destroy();
    const { outcome, delay, sent, last } = await handle(request).catch(internalError);
    later(delay, () => {
      sent();
      deliver(response, outcome, last(), later);
    });
  }

  const listener: RequestListener = (message, response) => void exchange(message, response);
  // In a bundle, static imports of these would be loaded by every command.
  const server = tls
    ? (await import("node:https")).createServer({ cert: tls.certificate, key: tls.privateKey }, listener)
    : (await import("node:http")).createServer(listener);
  // A client that keeps its connection must not lose it between two requests, unless a fault says so.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : port,
    closeIdle: () => server.closeIdleConnections(),
    close: () =>
      new Promise<void>((resolve) => {
        closed = true;
        timers.forEach(clearTimeout);
        timers.clear();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
