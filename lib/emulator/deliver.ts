import type { ServerResponse } from "node:http";
import { encodeUtf8 } from "./encoding.ts";
import { bodyBytes, type Delivery, type DeliveryMode, type EmulatorResponse } from "./http_message.ts";

/** Calls `run` after `delay` ms, unless the server has been closed by then. */
export type Schedule = (delay: number, run: () => void) => void;

type Deliver = (
  output: ServerResponse,
  response: EmulatorResponse,
  closeConnection: boolean,
  schedule: Schedule,
) => void;

function send(output: ServerResponse, response: EmulatorResponse, closeConnection: boolean): void {
  const body = bodyBytes(response);
  const hasBody = response.status !== 204 && response.status !== 304;
  output.writeHead(response.status, {
    ...response.headers,
    ...(hasBody ? { "content-length": String(body.length) } : {}),
    ...(closeConnection ? { connection: "close" } : {}),
  });
  output.end(hasBody && body.length > 0 ? body : undefined);
}

/** Sends the headers of a response that must have a body, a 204 as 200, and returns that body. */
function sendHead(output: ServerResponse, response: EmulatorResponse, withLength: boolean): Uint8Array {
  const bytes = bodyBytes(response);
  const body = bytes.length > 1 ? bytes : encodeUtf8('{"@odata.context":"http://127.0.0.1"}');
  const status = response.status === 204 ? 200 : response.status;
  output.writeHead(status, {
    ...response.headers,
    ...(withLength ? { "content-length": String(body.length) } : {}),
  });
  return body;
}

/** Sends `piece` every `delay` ms, and never ends the body; pauses while the client does not read. */
function sendForever(piece: string, delay: number): Deliver {
  return (output, response, _closeConnection, schedule) => {
    sendHead(output, response, false);
    const sendNext = () => {
      if (output.destroyed) return;
      if (!output.writableNeedDrain) output.write(piece);
      schedule(delay, sendNext);
    };
    sendNext();
  };
}

const DELIVER: Readonly<Partial<Record<DeliveryMode, Deliver>>> = {
  send,
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

/** Sends a response, or fails the connection, as its delivery mode says. */
export function deliver(
  output: ServerResponse,
  { response, mode }: Delivery,
  closeConnection: boolean,
  schedule: Schedule,
): void {
  DELIVER[mode]?.(output, response, closeConnection, schedule);
}
