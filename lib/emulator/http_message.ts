import { encodeUtf8 } from "./encoding.ts";

/** A request as received. A request inside a `$batch` has the same form. */
export interface EmulatorRequest {
  /** HTTP method. */
  readonly method: string;
  /** Path and query exactly as received; for a batch item, its `url`. */
  readonly url: string;
  /** Headers by lowercase name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body. A batch item's body has been decoded from JSON or base64. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A response to send; its body is `json`, `bytes` or empty. */
export interface EmulatorResponse {
  readonly status: number;
  /** Headers by lowercase name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

/** How a response is sent, or what happens instead; `omit`, `duplicate` and `rename` apply to batch items. */
export type DeliveryMode =
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

/** A response and how it is sent. */
export interface Delivery {
  readonly response: EmulatorResponse;
  readonly mode: DeliveryMode;
}

/** Returns the lowercase media type of a request without its parameters; empty if there is none. */
export function mediaType({ headers }: EmulatorRequest): string {
  return (headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
}

/** Creates a response with a JSON body. */
export function jsonResponse(
  status: number,
  json: unknown,
  headers: Record<string, string> = {},
): EmulatorResponse {
  return { status, headers: { "content-type": "application/json; charset=utf-8", ...headers }, json };
}

/** Returns the bytes of a response's body. */
export function bodyBytes({ bytes, json }: EmulatorResponse): Uint8Array<ArrayBuffer> {
  if (bytes) return bytes;
  return json === undefined ? new Uint8Array() : encodeUtf8(JSON.stringify(json));
}
