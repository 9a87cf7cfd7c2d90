import type { Redact } from "../http/redact.ts";
import { GRAPH_CODES } from "./error_codes.ts";

/** What an error answer of Graph says. */
export interface GraphErrorBody {
  /** The most specific code that is known, else the innermost there is, else `null`. */
  code: string | null;
  /** Graph's message, or `null`. */
  message: string | null;
  /** Graph's request id, or `null`. */
  requestId: string | null;
}

type Json = Record<string, unknown>;

function asObject(value: unknown): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Json : undefined;
}

function asText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How deep inner errors are followed; real ones nest once or twice. */
const DEPTH = 8;

/** An error and those inside it, outermost first; Graph spells the member both ways. */
function nested(error: Json | undefined): Json[] {
  const found: Json[] = [];
  for (let at = error; at && found.length < DEPTH; at = asObject(at.innerError) ?? asObject(at.innererror)) {
    found.push(at);
  }
  return found;
}

/** The photo service puts its own code into the message, as JSON in a string. */
function codeInMessage(message: string | null): string | null {
  return message?.startsWith("{") ? asText(asObject(parseJson(message))?.errorCode) : null;
}

/**
 * Reads the body of an error answer, in any of its real spellings; what is not Graph's says nothing.
 *
 * @param body Bytes or text of JSON, or its value.
 * @param redact Takes out of a text what must not be shown.
 * @see https://learn.microsoft.com/graph/errors
 */
export function parseErrorBody(body: unknown, redact: Redact = (text) => text): GraphErrorBody {
  const shown = (text: string | null | undefined) => text ? redact(text).slice(0, 2000) : null;
  const text = body instanceof Uint8Array ? new TextDecoder().decode(body) : body;
  const value = typeof text === "string" ? parseJson(text) : text;
  const errors = nested(asObject(asObject(value)?.error));
  const message = asText(errors[0]?.message);
  const codes = [...errors.map((error) => asText(error.code)), codeInMessage(message)].filter((code) =>
    code !== null
  );
  return {
    code: codes.findLast((code) => Object.hasOwn(GRAPH_CODES, code)) ?? shown(codes.at(-1)),
    message: shown(message),
    requestId: shown(asText(errors.map((error) => error["request-id"]).find((id) => id !== undefined))),
  };
}
