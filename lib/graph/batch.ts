import type { HttpResponse, Reply } from "../http/reply.ts";
import type { GraphRequest } from "./photo_requests.ts";

/**
 * The body of a batch; the requests are numbered from 1 in their order.
 *
 * @see https://learn.microsoft.com/graph/json-batching
 */
export function batchBody(requests: readonly GraphRequest[]): string {
  return JSON.stringify({
    requests: requests.map(({ method, path }, index) => ({ id: String(index + 1), method, url: path })),
  });
}

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The names of an item's headers come in any case. */
function headerOf(headers: Json, name: string): string | null {
  const key = Object.keys(headers).find((key) => key.length === name.length && key.toLowerCase() === name);
  const value = key === undefined ? undefined : headers[key];
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}

/** The id of an item, which some write as a number; of another type it is nobody's. */
function idOf({ id }: Json): string | undefined {
  return typeof id === "string" || typeof id === "number" ? String(id) : undefined;
}

function toAnswer({ status, headers, body }: Json): HttpResponse | undefined {
  if (typeof status !== "number" || !Number.isInteger(status) || status < 100 || status > 599) {
    return undefined;
  }
  const known = isObject(headers) ? headers : {};
  return { kind: "response", status, header: (name) => headerOf(known, name), body, batched: true };
}

/**
 * The replies to the requests of a batch, in their order. One that is missing, or is no answer, may have been carried
 * out; of two for one request the first counts, and one for no request is passed over.
 *
 * @param text The body of the batch's own answer.
 */
export function parseBatchAnswer(text: string, count: number): Reply[] {
  let responses: unknown;
  try {
    responses = JSON.parse(text)?.responses;
  } catch { /* treated like an answer without responses */ }
  const replies: Reply[] = Array(count);
  const ids: unknown[] = Array.from(replies, (_, index) => String(index + 1));
  for (const item of Array.isArray(responses) ? responses : []) {
    const index = isObject(item) ? ids.indexOf(idOf(item)) : -1;
    if (index < 0 || replies[index]) continue;
    replies[index] = toAnswer(item) ?? { kind: "malformed", reason: "the batch item has no status" };
  }
  const reason = Array.isArray(responses) ? "the batch item is missing" : "the batch is not Graph's JSON";
  return Array.from(replies, (reply) => reply ?? { kind: "malformed", reason });
}
