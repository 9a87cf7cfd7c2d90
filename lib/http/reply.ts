/** An answer, whether it came by itself or as an item of a batch. */
export interface HttpResponse {
  kind: "response";
  /** HTTP status. */
  status: number;
  /** A header's value, by its name in lower case. */
  header(name: string): string | null;
  /** The body: bytes, or a JSON value where it came inside a batch. */
  body: unknown;
  /** Whether the body goes on beyond what was read of it. */
  truncated?: true;
  /** Whether it is an item's own answer in a batch. */
  batched?: true;
}

/** What came of sending a request once. */
export type Reply =
  | HttpResponse
  /** The connection broke. */
  | { kind: "disconnected"; cause: unknown }
  /** The answer did not come, or not whole, in time. */
  | { kind: "timedOut"; timeout: number }
  /** An answer came that is none. */
  | { kind: "malformed"; reason: string };

/** The text of a body that came by itself. */
export function bodyText(body: unknown): string {
  return body instanceof Uint8Array ? new TextDecoder().decode(body) : "";
}
