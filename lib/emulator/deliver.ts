import type { ServerResponse } from "node:http";
import { type Answer, bodyBytes, type Delivery, type Outcome, utf8 } from "./exchange.ts";

function send(response: ServerResponse, answer: Answer, last: boolean): void {
  const body = bodyBytes(answer);
  const hasBody = answer.status !== 204 && answer.status !== 304;
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(hasBody ? { "content-length": String(body.length) } : {}),
    ...(last ? { connection: "close" } : {}),
  });
  response.end(hasBody && body.length > 0 ? body : undefined);
}

/** Writes the head of an answer that will have a body, though a 204 has none, and gives the body it should have. */
function begin(response: ServerResponse, answer: Answer, length: boolean): Uint8Array {
  const body = bodyBytes(answer);
  const whole = body.length > 1 ? body : utf8('{"@odata.context":"http://127.0.0.1"}');
  const status = answer.status === 204 ? 200 : answer.status;
  response.writeHead(status, {
    ...answer.headers,
    ...(length ? { "content-length": String(whole.length) } : {}),
  });
  return whole;
}

/** Runs something after so many milliseconds, unless the server is closed by then. */
export type Later = (delay: number, run: () => void) => void;
type Deliver = (response: ServerResponse, answer: Answer, last: boolean, later: Later) => void;

/** A body without end, a piece each `delay` ms as long as the client takes it. */
function flow(piece: string, delay: number): Deliver {
  return (response, answer, _last, later) => {
    begin(response, answer, false);
    const next = () => {
      if (response.destroyed) return;
      if (!response.writableNeedDrain) response.write(piece);
      later(delay, next);
    };
    next();
  };
}

const DELIVER: Readonly<Partial<Record<Delivery, Deliver>>> = {
  send,
  drop: (response) => response.destroy(),
  reset: (response) => response.socket?.resetAndDestroy(),
  stall: () => {},
  truncate: (response, answer) => {
    const whole = begin(response, answer, true);
    response.write(whole.subarray(0, Math.floor(whole.length / 2)), () => response.destroy());
  },
  stallBody: (response, answer) => {
    begin(response, answer, true);
    response.flushHeaders();
  },
  drip: flow("x", 5),
  endless: flow("x".repeat(2 ** 16), 1),
};

/** Sends an answer, or does to the connection what became of it. */
export function deliver(
  response: ServerResponse,
  { answer, delivery }: Outcome,
  last: boolean,
  later: Later,
): void {
  DELIVER[delivery]?.(response, answer, last, later);
}
