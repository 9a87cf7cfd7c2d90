/** A request as it arrived; an item of a `$batch` has the same form. */
export interface EmulatorRequest {
  /** HTTP method. */
  readonly method: string;
  /** Path and query exactly as received; of a batch item, its `url`. */
  readonly url: string;
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body, decoded from base64 or JSON where it is a batch item's. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** What is answered: `json` or `bytes` or neither. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

/** What happens to an answer on its way out; `omit`, `duplicate` and `rename` concern batch items. */
export type Delivery =
  | "send"
  | "drop"
  | "reset"
  | "stall"
  | "truncate"
  | "stallBody"
  | "drip"
  | "endless"
  | "omit"
  | "duplicate"
  | "rename";

/** An answer and its fate. */
export interface Outcome {
  readonly answer: Answer;
  readonly delivery: Delivery;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The UTF-8 bytes of a text. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** The text that UTF-8 bytes stand for. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** An answer with a JSON body. */
export function jsonAnswer(status: number, json: unknown, headers: Record<string, string> = {}): Answer {
  return { status, headers: { "content-type": "application/json; charset=utf-8", ...headers }, json };
}

/** The bytes of an answer's body, empty where it has none. */
export function bodyBytes(answer: Answer): Uint8Array<ArrayBuffer> {
  if (answer.bytes) return answer.bytes;
  return answer.json === undefined ? new Uint8Array() : utf8(JSON.stringify(answer.json));
}

/** Reads JSON from bytes; `undefined` where they are not JSON. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(bytes));
  } catch {
    return undefined;
  }
}

/** Whether a value is an object with properties (not null, not an array). */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
