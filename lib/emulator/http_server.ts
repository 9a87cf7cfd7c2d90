import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { deliver } from "./deliver.ts";
import type { TlsOptions } from "./emulator.ts";
import { type Delivery, type EmulatorRequest, jsonResponse } from "./http_message.ts";

/** The response to one request, and when to send it. */
export interface ScheduledDelivery {
  readonly delivery: Delivery;
  /** Milliseconds to wait before sending. */
  readonly delay: number;
  /** Called immediately before sending. */
  readonly onSend: () => void;
  /** Whether the connection closes after this response; called when sending. */
  readonly closesConnection: () => boolean;
}

/** A running HTTP server on 127.0.0.1. */
export interface HttpServer {
  readonly port: number;
  /** Closes idle keep-alive connections. */
  closeIdle(): void;
  /** Closes all connections and stops the server. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;

function headersOf(message: IncomingMessage): Record<string, string> {
  const entries = Object.entries(message.headers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

/** Reads a request; returns `undefined` if its body is too large. */
async function readRequest(message: IncomingMessage): Promise<EmulatorRequest | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return { method: message.method ?? "GET", url: message.url ?? "/", headers: headersOf(message), body };
}

function internalError(error: unknown): ScheduledDelivery {
  const message = error instanceof Error ? error.message : String(error);
  const body = { error: { code: "EmulatorFailure", message: `The emulator failed: ${message}` } };
  return {
    delivery: { response: jsonResponse(500, body), mode: "send" },
    delay: 0,
    onSend: () => {},
    closesConnection: () => false,
  };
}

function parse<T>(name: string, parser: () => T): T {
  try {
    return parser();
  } catch (cause) {
    throw new TypeError(`Cannot serve HTTPS as the ${name} cannot be read`, { cause });
  }
}

/**
 * Checks that HTTPS on 127.0.0.1 can be served. Without this check the server starts anyway, and clients see
 * only lost connections.
 *
 * @throws {TypeError} If the certificate or key cannot be read, they do not match, or the certificate is not
 * valid for 127.0.0.1.
 */
export async function checkServerCertificate(tls: TlsOptions): Promise<void> {
  const { createPrivateKey, X509Certificate } = await import("node:crypto");
  const certificate = parse("certificate", () => new X509Certificate(tls.certificate));
  const privateKey = parse("private key", () => createPrivateKey(tls.privateKey));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new TypeError("Cannot serve HTTPS as the private key does not match the certificate");
  }
  if (!certificate.checkIP("127.0.0.1")) {
    throw new TypeError("Cannot serve HTTPS as the certificate is not valid for 127.0.0.1");
  }
}

/**
 * Starts a server on 127.0.0.1, over TLS if `tls` is given. `handle` returns the response to each request.
 *
 * Uses `node:http`, as `Deno.serve` cannot cut connections: for drops, truncation and a prompt shutdown.
 */
export async function startHttpServer(
  port: number,
  handle: (request: EmulatorRequest) => Promise<ScheduledDelivery>,
  tls?: TlsOptions,
): Promise<HttpServer> {
  const timers = new Set<ReturnType<typeof setTimeout>>();
  let closing: Promise<void> | undefined;

  function schedule(delay: number, run: () => void): void {
    if (closing) return;
    if (delay <= 0) return run();
    const timer = setTimeout(() => {
      timers.delete(timer);
      run();
    }, delay);
    timers.add(timer);
  }

  async function respond(message: IncomingMessage, output: ServerResponse): Promise<void> {
    let request: EmulatorRequest | undefined;
    try {
      request = await readRequest(message);
    } catch {
      return; // The client disconnected while sending.
    }
    if (!request) return void output.destroy();
    const { delivery, delay, onSend, closesConnection } = await handle(request).catch(internalError);
    schedule(delay, () => {
      onSend();
      deliver(output, delivery, closesConnection(), schedule);
    });
  }

  const listener: RequestListener = (message, output) => void respond(message, output);
  // Dynamic, as a bundle would load static imports in every command.
  const server = tls
    ? (await import("node:https")).createServer({ cert: tls.certificate, key: tls.privateKey }, listener)
    : (await import("node:http")).createServer(listener);
  // Never time out: connections must not fail unless a fault says so.
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
      closing ??= new Promise<void>((resolve) => {
        timers.forEach(clearTimeout);
        timers.clear();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
