import { isJsonObject, parseJson } from "./encoding.ts";
import type { Delivery } from "./fault/fault_queue.ts";
import type { EmulatorRequest } from "./http_message.ts";

/** A request that the emulator received. Items of a `$batch` have their own records after the batch's. */
export interface RecordedRequest extends Omit<EmulatorRequest, "body"> {
  /** Length of the body in bytes. */
  readonly bodyLength: number;
  /** Whether the request was inside a `$batch`. */
  readonly batchItem: boolean;
  /** The `claims` parameter of a token request, as sent; `null` if there was none. */
  readonly claims: string | null;
  /** When the request arrived, as `performance.now()`. */
  readonly receivedAt: number;
  /** When the response was sent, as `performance.now()`; `null` until then, and if none was sent. */
  readonly answeredAt: number | null;
  /** Status of the response; `null` if none was sent, or if the item's batch was not executed. */
  readonly status: number | null;
  /** `Retry-After` as sent; for an item whose own response the batch does not show, that of the batch. */
  readonly retryAfter: string | null;
}

/** Numbers of requests received, including those that are not recorded. */
export interface RequestCounts {
  /** HTTP requests to Graph, including `$batch`. */
  readonly graph: number;
  /** `$batch` requests. */
  readonly batch: number;
  /** Requests inside batches. */
  readonly items: number;
  /** Requests to the token endpoint. */
  readonly token: number;
  /** Requests and batch items refused by the rate limit; see `Emulator.setRateLimit()`. */
  readonly throttled: number;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The record of a request whose response has not been sent yet. */
export type PendingRecord = Writable<RecordedRequest>;

/** How much memory the records may take, in bytes: estimated, one byte a character and the rest for each record. */
const MAX_BYTES = 2 ** 26;
const RECORD_BYTES = 256;

function sizeOf({ url, headers, claims }: RecordedRequest): number {
  const texts = [url, claims ?? "", ...Object.entries(headers).flat()];
  return texts.reduce((sum, text) => sum + text.length, RECORD_BYTES);
}

/** Records the most recent requests, `limit` of them at most and within 64 MiB, and counts all. */
export class Recorder {
  readonly requests: RecordedRequest[] = [];
  readonly counts: Writable<RequestCounts> = { graph: 0, batch: 0, items: 0, token: 0, throttled: 0 };
  readonly #limit: number;
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Records a request that has just arrived, and returns the record to complete. */
  begin(
    { body, ...request }: EmulatorRequest,
    batchItem: boolean,
    receivedAt: number,
    claims: string | null = null,
  ): PendingRecord {
    const response = { answeredAt: null, status: null, retryAfter: null };
    const record = { ...request, bodyLength: body.length, batchItem, claims, receivedAt, ...response };
    if (this.#limit === 0) return record;
    this.requests.push(record);
    this.#bytes += sizeOf(record);
    if (this.requests.length > this.#limit) this.#dropOldest(1);
    // By tenths: to move up all records for each new one would take long.
    while (this.#bytes > MAX_BYTES && this.requests.length > 1) {
      this.#dropOldest(Math.ceil(this.requests.length / 10));
    }
    return record;
  }

  #dropOldest(count: number): void {
    for (const dropped of this.requests.splice(0, count)) this.#bytes -= sizeOf(dropped);
  }
}

/** Adds the status and `Retry-After` of a response to the record of its request. */
export function recordResponse(record: PendingRecord, { status, headers }: Delivery["response"]): void {
  record.status = status;
  record.retryAfter = headers["retry-after"] ?? null;
}

/** Completes the records of an HTTP request and its batch items, immediately before the response is sent. */
export function recordDelivery(
  record: PendingRecord,
  items: readonly PendingRecord[],
  { response, mode }: Delivery,
): void {
  if (mode === "drop" || mode === "reset" || mode === "stall") return;
  recordResponse(record, response);
  const showsItems = mode === "send" && isJsonObject(response.json) && "responses" in response.json;
  const answeredAt = performance.now();
  for (const each of [record, ...items]) {
    each.answeredAt = answeredAt;
    if (!showsItems) each.retryAfter = record.retryAfter;
  }
}

/** Returns the items of a batch that is not executed, as far as its body can be parsed. */
export function peekBatchItems(batch: EmulatorRequest): EmulatorRequest[] {
  const body = parseJson(batch.body);
  const items = isJsonObject(body) && Array.isArray(body.requests) ? body.requests.filter(isJsonObject) : [];
  return items.map(({ method, url }) => ({
    method: String(method).toUpperCase(),
    url: String(url),
    headers: {},
    body: new Uint8Array(),
  }));
}

/** A `Retry-After` that the emulator sent, and how long the client waited. */
export interface RetryWait {
  /** HTTP method. */
  readonly method: string;
  /** Path and query without the API version. */
  readonly url: string;
  /** `Retry-After` as sent. */
  readonly retryAfter: string;
  /** `retryAfter` in milliseconds; `NaN` if it is neither seconds nor an HTTP-date. */
  readonly retryAfterMs: number;
  /** Milliseconds from the response to the next request of the same method and URL; `null` without one. */
  readonly waitedMs: number | null;
}

function toMilliseconds(retryAfter: string, answeredAt: number): number {
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  return Date.parse(retryAfter) - (performance.timeOrigin + answeredAt);
}

/**
 * Pairs each response that had `Retry-After` with the next request of the same method and URL, alone or in a
 * batch. Leaves out batches as a whole, as their items have entries of their own.
 */
export function retryWaits(requests: readonly RecordedRequest[]): RetryWait[] {
  const nextArrival = new Map<string, number>();
  const waits: RetryWait[] = [];
  for (const { method, url: received, retryAfter, answeredAt, receivedAt } of requests.toReversed()) {
    const url = received.replace(/^\/v1\.0(?=\/)/, "");
    const key = `${method} ${url}`;
    if (retryAfter !== null && answeredAt !== null && url !== "/$batch") {
      const next = nextArrival.get(key);
      const waitedMs = next === undefined ? null : next - answeredAt;
      const retryAfterMs = toMilliseconds(retryAfter, answeredAt);
      waits.push({ method, url, retryAfter, retryAfterMs, waitedMs });
    }
    nextArrival.set(key, receivedAt);
  }
  return waits.reverse();
}
