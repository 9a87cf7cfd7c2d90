import { type Answer, type EmulatorRequest, isRecord, parseJson } from "./exchange.ts";

/** A request that the emulator got. An item of a `$batch` is recorded for itself, after its batch. */
export interface RecordedRequest {
  /** HTTP method. */
  readonly method: string;
  /** Path and query exactly as received; of a batch item, its `url`. */
  readonly url: string;
  /** Headers by lower-case name; a batch item's are its own. */
  readonly headers: Readonly<Record<string, string>>;
  /** Size of the body in bytes. */
  readonly bodyLength: number;
  /** Whether it came inside a `$batch`. */
  readonly batchItem: boolean;
  /** The `claims` parameter of a token request. */
  readonly claims: string | null;
  /** When it arrived, by `performance.now()`. */
  readonly receivedAt: number;
  /** When it was answered, by `performance.now()`; `null` as long as, or if, it was not. */
  readonly answeredAt: number | null;
  /** Status of its answer; `null` where there was none: dropped, stalled, or inside a batch that did not run. */
  readonly status: number | null;
  /** `Retry-After` of its answer as sent; of an item in a batch whose answer does not tell of it, that of the batch. */
  readonly retryAfter: string | null;
}

/** How many requests the emulator got, counted even where none is recorded. */
export interface RequestCounts {
  /** HTTP requests to Graph, `$batch` among them. */
  readonly graph: number;
  /** `$batch` requests. */
  readonly batch: number;
  /** Requests inside batches. */
  readonly items: number;
  /** Requests to the token endpoint. */
  readonly token: number;
  /** Requests, alone or in batches, that were not admitted; see `Emulator.admit()`. */
  readonly throttled: number;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A record that is still to be completed. */
export type OpenRecord = Writable<RecordedRequest>;

/** Keeps what was asked and answered: the latest `limit` requests. */
export class Recorder {
  readonly requests: RecordedRequest[] = [];
  readonly counts: Writable<RequestCounts> = { graph: 0, batch: 0, items: 0, token: 0, throttled: 0 };
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Records a request that just arrived. */
  begin(request: EmulatorRequest, batchItem: boolean, receivedAt: number): OpenRecord {
    const record: OpenRecord = {
      method: request.method,
      url: request.url,
      headers: request.headers,
      bodyLength: request.body.length,
      batchItem,
      claims: null,
      receivedAt,
      answeredAt: null,
      status: null,
      retryAfter: null,
    };
    if (this.#limit > 0) this.requests.push(record);
    if (this.requests.length > this.#limit) this.requests.shift();
    return record;
  }
}

/** Notes what was answered. */
export function noteAnswer(record: OpenRecord, answer: Answer): void {
  record.status = answer.status;
  record.retryAfter = answer.headers["retry-after"] ?? null;
}

/** The requests that a batch holds, as far as its body can be read. */
export function peekBatchItems(batch: EmulatorRequest): EmulatorRequest[] {
  const body = parseJson(batch.body);
  const items = isRecord(body) && Array.isArray(body.requests) ? body.requests.filter(isRecord) : [];
  return items.map(({ method, url }) => ({
    method: String(method).toUpperCase(),
    url: String(url),
    headers: {},
    body: new Uint8Array(),
  }));
}

/** A wait that the emulator asked for, and how long the client waited. */
export interface RetryWait {
  /** HTTP method. */
  readonly method: string;
  /** Path and query below the version. */
  readonly url: string;
  /** `Retry-After` as sent. */
  readonly retryAfter: string;
  /** Milliseconds asked for; `NaN` where `retryAfter` is neither seconds nor an HTTP-date. */
  readonly askedMs: number;
  /** Milliseconds from the answer to the next request for the same; `null` where none came. */
  readonly waitedMs: number | null;
}

function askedMs(retryAfter: string, answeredAt: number): number {
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter) * 1000;
  return Date.parse(retryAfter) - (performance.timeOrigin + answeredAt);
}

/**
 * Pairs each answer that carried `Retry-After` with the next request for the same method and path, alone or in a
 * batch. A batch as a whole is left out: its items stand for it.
 */
export function retryWaits(requests: readonly RecordedRequest[]): RetryWait[] {
  const next = new Map<string, number>();
  const waits: RetryWait[] = [];
  for (const { method, url: received, retryAfter, answeredAt, receivedAt } of requests.toReversed()) {
    const url = received.replace(/^\/v1\.0(?=\/)/, "");
    if (retryAfter !== null && answeredAt !== null && url !== "/$batch") {
      const later = next.get(`${method} ${url}`);
      const waitedMs = later === undefined ? null : later - answeredAt;
      waits.push({ method, url, retryAfter, askedMs: askedMs(retryAfter, answeredAt), waitedMs });
    }
    next.set(`${method} ${url}`, receivedAt);
  }
  return waits.reverse();
}
