import { decodeBase64 } from "../base64.ts";
import type { Redact } from "../http/redact.ts";
import { isJsonObject } from "../is_json_object.ts";
import { shortened } from "../printable.ts";
import { GRAPH_CODES } from "./error_codes.ts";

/** What an error response of Graph says. */
export interface GraphErrorBody {
  /** The most specific code that is known, else the innermost, else `null`. */
  code: string | null;
  /** Graph's message, or `null`. */
  message: string | null;
  /** Graph's request id, or `null`. */
  requestId: string | null;
}

type Json = Record<string, unknown>;

const asText = (value: unknown): string | null =>
  typeof value === "string" && value.trim() !== "" ? value.trim() : null;

/** Returns the object that a text holds as JSON, or `undefined`. */
function parseObject(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the body of an error as an object. It arrives as bytes; in a batch as JSON, or as base64 of its text. */
function toObject(body: unknown): Json | undefined {
  if (isJsonObject(body) && !(body instanceof Uint8Array)) return body;
  if (body instanceof Uint8Array) return parseObject(new TextDecoder().decode(body));
  if (typeof body !== "string") return undefined;
  try {
    return parseObject(body) ?? parseObject(new TextDecoder().decode(decodeBase64(body)));
  } catch {
    return undefined; // it is not base64
  }
}

/** Returns the error that stands in another one's message as JSON text: the photo service wraps others' errors so. */
function errorInMessage(message: string | null): Json | undefined {
  const value = message?.startsWith("{") ? parseObject(message) : undefined;
  if (!value || isJsonObject(value.error)) return value?.error as Json | undefined;
  return { code: value.errorCode ?? value.code, message: value.message };
}

/** How deep inner errors are followed; real ones nest once or twice. */
const MAX_DEPTH = 8;

/** Returns an error and those inside it, outermost first. */
function nestedErrors(error: unknown): Json[] {
  const found: Json[] = [];
  for (let inner = error; isJsonObject(inner) && found.length < MAX_DEPTH;) {
    found.push(inner);
    const { innerError, innererror, message } = inner as Json;
    inner = [innerError, innererror].find(isJsonObject) ?? errorInMessage(asText(message));
  }
  const outer = found[0];
  const hidden = outer && errorInMessage(asText(outer.message)); // also where there is an `innerError`, which may say less
  return hidden && !found.includes(hidden) ? [...found, hidden] : found;
}

/**
 * Reads the body of an error response, in any of its real spellings. A body that is not Graph's says nothing.
 *
 * @param body Bytes of JSON; in a batch a JSON value, or base64.
 * @param redact Replaces secrets in a text.
 * @see https://learn.microsoft.com/graph/errors
 */
export function parseErrorBody(body: unknown, redact: Redact = (text) => text): GraphErrorBody {
  const shown = (text: string | null | undefined) => text ? shortened(redact(text)) : null;
  const errors = nestedErrors(toObject(body)?.error);
  const texts = (name: string) => errors.map((error) => asText(error[name])).filter((text) => text !== null);
  const codes = texts("code");
  return {
    code: codes.findLast((code) => Object.hasOwn(GRAPH_CODES, code)) ?? shown(codes.at(-1)),
    message: shown(texts("message").findLast((message) => !parseObject(message))),
    requestId: shown(texts("request-id")[0]),
  };
}
