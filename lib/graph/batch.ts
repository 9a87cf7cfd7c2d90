import type { HttpResponse, Reply } from "../http/send.ts";
import { isJsonObject } from "../is_json_object.ts";
import type { GraphRequest } from "./photo_requests.ts";

/**
 * Returns the body of a batch. The ids of its requests are "1", "2" and so on, in their order.
 *
 * @see https://learn.microsoft.com/graph/json-batching
 */
export function batchBody(requests: readonly GraphRequest[]): string {
  return JSON.stringify({
    requests: requests.map(({ method, path }, index) => ({ id: String(index + 1), method, url: path })),
  });
}

type Json = Record<string, unknown>;

/** Returns a header of an item, or `null`. `name` is in lower case; the item may spell it in any case. */
function headerOf(headers: Json, name: string): string | null {
  const key = Object.keys(headers).find((key) => key.length === name.length && key.toLowerCase() === name);
  const value = key === undefined ? undefined : headers[key];
  if (Array.isArray(value)) return value.join(", ");
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}

/** Returns the id of an item; some servers write it as a number. */
function idOf({ id }: Json): string | undefined {
  return typeof id === "string" || typeof id === "number" ? String(id) : undefined;
}

/** Returns the response in an item, or `undefined` if it has no valid status. */
function toResponse({ status, headers, body }: Json): HttpResponse | undefined {
  if (typeof status !== "number" || !Number.isInteger(status) || status < 100 || status > 599) {
    return undefined;
  }
  const known = isJsonObject(headers) ? headers : {};
  return { kind: "response", status, header: (name) => headerOf(known, name), body, batched: true };
}

/**
 * Returns the replies to the `count` requests of a batch, in the order of the requests. A request without a valid
 * item gets a malformed reply, and may have been carried out. If several items have the id of a request, the first
 * counts; items with other ids are ignored.
 *
 * @param text The body of the response to the batch.
 */
export function parseBatchResponse(text: string, count: number): Reply[] {
  let responses: unknown;
  try {
    responses = JSON.parse(text)?.responses;
  } catch { /* like JSON without responses */ }
  const replies: Reply[] = Array(count);
  const ids: unknown[] = Array.from(replies, (_, index) => String(index + 1));
  for (const item of Array.isArray(responses) ? responses : []) {
    const index = isJsonObject(item) ? ids.indexOf(idOf(item)) : -1;
    if (index < 0 || replies[index]) continue;
    replies[index] = toResponse(item) ?? { kind: "malformed", reason: "the batch item has no status" };
  }
  const reason = Array.isArray(responses) ? "the batch item is missing" : "the batch is not Graph's JSON";
  return Array.from(replies, (reply) => reply ?? { kind: "malformed", reason });
}
