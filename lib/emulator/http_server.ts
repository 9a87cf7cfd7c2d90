import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { TlsOptions } from "./emulator.ts";
import { concatBytes, encodeUtf8 } from "./encoding.ts";
import type { Delivery } from "./fault/fault_queue.ts";
import { type EmulatorRequest, type EmulatorResponse, jsonResponse } from "./http_message.ts";

/** The response to one request, and when to send it. */
export interface ScheduledDelivery extends Delivery {
  /** Milliseconds to wait before sending. Default: 0. */
  readonly delay?: number;
  /** Called immediately before sending. */
  readonly onSend?: () => void;
  /** Whether the connection closes after this response; called when sending. Default: it stays open. */
  readonly closesConnection?: () => boolean;
}

/** A running HTTP server on 127.0.0.1. */
export interface HttpServer {
  readonly port: number;
  /** Closes idle keep-alive connections. */
  closeIdle(): void;
  /** Closes all connections and stops the server. */
  close(): Promise<void>;
}

/** Calls `run` after `delay` ms, unless the server has been closed by then. */
type Schedule = (delay: number, run: () => void) => void;
type Deliver = (output: ServerResponse, response: EmulatorResponse, schedule: Schedule) => void;

const MAX_BODY_BYTES = 64 * 1024 * 1024;

function bodyBytes({ bytes, json }: EmulatorResponse): Uint8Array {
  return bytes ?? (json === undefined ? new Uint8Array() : encodeUtf8(JSON.stringify(json)));
}

function send(output: ServerResponse, response: EmulatorResponse): void {
  const { status, headers } = response;
  if (status === 204 || status === 304) return void output.writeHead(status, headers).end();
  const body = bodyBytes(response);
  output.writeHead(status, { ...headers, "content-length": body.length });
  output.end(body.length > 0 ? body : undefined);
}

/** Sends the headers of a response that must have a body, a 204 as 200, and returns that body. */
function sendHead(output: ServerResponse, response: EmulatorResponse, withLength: boolean): Uint8Array {
  const bytes = bodyBytes(response);
  const body = bytes.length > 1 ? bytes : encodeUtf8('{"@odata.context":"http://127.0.0.1"}');
  const length = withLength ? { "content-length": body.length } : {};
  output.writeHead(response.status === 204 ? 200 : response.status, { ...response.headers, ...length });
  return body;
}

/** Sends `piece` every `delay` ms, and never ends the body; pauses while the client does not read. */
function sendForever(piece: string, delay: number): Deliver {
  return (output, response, schedule) => {
    sendHead(output, response, false);
    const sendNext = () => {
      if (output.destroyed) return;
      if (!output.writableNeedDrain) output.write(piece);
      schedule(delay, sendNext);
    };
    sendNext();
  };
}

/** How responses are sent that are not sent completely. */
const DELIVER: Readonly<Partial<Record<Delivery["mode"], Deliver>>> = {
  drop: (output) => output.destroy(),
  reset: (output) => output.socket?.resetAndDestroy(),
  stall: () => {},
  truncate: (output, response) => {
    const body = sendHead(output, response, true);
    output.write(body.subarray(0, Math.floor(body.length / 2)), () => output.destroy());
  },
  stallBody: (output, response) => {
    sendHead(output, response, true);
    output.flushHeaders();
  },
  drip: sendForever("x", 5),
  endless: sendForever("x".repeat(2 ** 16), 1),
};

/** Returns whether a request has a body. Deno before 2.7 waits forever for one that is not there. */
const hasBody = ({ headers }: IncomingMessage): boolean =>
  "transfer-encoding" in headers || Number(headers["content-length"] ?? 0) > 0;

/** Reads a request; returns `undefined` if its body is too large. */
async function readRequest(message: IncomingMessage): Promise<EmulatorRequest | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const body = hasBody(message) ? message as AsyncIterable<Uint8Array> : [];
  for await (const chunk of body) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, String(value)]),
  );
  return { method: message.method ?? "GET", url: message.url ?? "/", headers, body: concatBytes(chunks) };
}

function internalError(error: unknown): Delivery {
  const message = error instanceof Error ? error.message : String(error);
  const body = { error: { code: "EmulatorFailure", message: `The emulator failed: ${message}` } };
  return { response: jsonResponse(500, body), mode: "send" };
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
    const delivery: ScheduledDelivery = await handle(request).catch(internalError);
    schedule(delivery.delay ?? 0, () => {
      delivery.onSend?.();
      if (delivery.closesConnection?.()) output.setHeader("connection", "close");
      (DELIVER[delivery.mode] ?? send)(output, delivery.response, schedule);
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
