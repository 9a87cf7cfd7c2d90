import { encodeUtf8 } from "./encoding.ts";

/** A request as received. A request inside a `$batch` has the same form. */
export interface EmulatorRequest {
  /** HTTP method. */
  readonly method: string;
  /** Path and query exactly as received; for a batch item, its `url`. */
  readonly url: string;
  /** Headers by lowercase name; a batch item does not inherit those of its batch. */
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

/** Returns the lowercase media type of a request without its parameters; empty if there is none. */
export function mediaType({ headers }: EmulatorRequest): string {
  return (headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
}

/** Creates a response with a JSON body. */
export function jsonResponse(
  status: number,
  json: unknown,
  headers: EmulatorResponse["headers"] = {},
): EmulatorResponse {
  return { status, headers: { "content-type": "application/json; charset=utf-8", ...headers }, json };
}

/** Creates a response with a body of this media type. */
export function textResponse(
  status: number,
  contentType: string,
  text: string,
  headers: EmulatorResponse["headers"] = {},
): EmulatorResponse {
  const lowercase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  const allHeaders = { "content-type": contentType, ...Object.fromEntries(lowercase) };
  return { status, headers: allHeaders, bytes: encodeUtf8(text) };
}
