import { decodeBase64 } from "../base64.ts";
import type { GraphErrorCode, GraphErrorInit } from "../errors.ts";
import type { Clock } from "../http/clock.ts";
import { describeConnectionError, isUntrusted, TRUST_HINT } from "../http/connection_error.ts";
import type { Redact } from "../http/redact.ts";
import { isThrottled, nextDelay, retriedStatus, type RetryPolicy, type Wait } from "../http/retry.ts";
import type { HttpResponse, Reply } from "../http/send.ts";
import { isJsonObject } from "../is_json_object.ts";
import { type GraphErrorBody, parseErrorBody } from "./error_body.ts";
import {
  GRAPH_CODES,
  HINTS,
  type Meaning,
  NO_RESPONSE_CODES,
  RETRIED_MEANINGS,
  STATUS_MEANINGS,
} from "./error_codes.ts";

/** What was tried for a request so far. */
export interface History {
  /** How often it was sent. */
  attempts: number;
  /** Whether one of these attempts may have taken effect, although its reply does not say so. */
  ambiguous: boolean;
  /** Whether a rejected token was replaced. */
  tokenReplaced: boolean;
}

/** The request did what it is for, or there was no photo to do it with. */
export interface Success {
  next: "succeeded";
  /** Whether there was no photo. */
  absent: boolean;
  status: number;
  graphCode: string | null;
  requestId: string | null;
}

/** What to do after a reply. */
export type NextStep =
  | Success
  | { next: "failed"; failure: GraphErrorInit }
  /**
   * Repeat the request after `delay` ms; `ambiguous`: this attempt may have taken effect; `failure`: how the request
   * failed if it is not repeated after all.
   */
  | { next: "retry"; delay: number; ambiguous: boolean; failure: GraphErrorInit }
  /** Repeat it with a new token, which has to meet these claims (JSON). */
  | { next: "replaceToken"; claims?: string };

const NO_ERROR: GraphErrorBody = { code: null, message: null, requestId: null };

/** Returns a request id for records, or `null` if it does not look like one. */
function safeId(id: string): string | null {
  return /^[\w.:-]{1,80}$/.test(id) ? id : null;
}

/** HTML or text instead of JSON, an image or an empty body: not from Graph but from a proxy. */
function isFromProxy({ header, body }: HttpResponse): boolean {
  const type = header("content-type") ?? "";
  const isEmpty = !body || (body instanceof Uint8Array && body.length === 0);
  return /^\s*text\/html/i.test(type) || (!isEmpty && /^\s*(text\/|application\/xml)/i.test(type));
}

/**
 * Returns the claims that a 401 demands of a new token, as JSON; `undefined` if it demands none that can be read.
 *
 * @param header The `WWW-Authenticate` header.
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge
 */
export function claimsChallenge(header: string | null): string | undefined {
  const encoded = /\berror="?insufficient_claims"?/i.test(header ?? "")
    ? /\bclaims="([A-Za-z0-9+/=_-]+)"/i.exec(header ?? "")?.[1]
    : undefined;
  if (!encoded) return undefined;
  try {
    const claims = new TextDecoder().decode(decodeBase64(encoded));
    return isJsonObject(JSON.parse(claims)) ? claims : undefined;
  } catch {
    return undefined;
  }
}

/** Returns what an error response means, from its code if that is known, else from its status. */
function meaningOf(status: number, code: string | null): Meaning {
  const known = code !== null && Object.hasOwn(GRAPH_CODES, code) ? GRAPH_CODES[code] : undefined;
  if (known && (known !== "NoPhoto" || status === 404)) return known;
  if (status >= 300 && status < 400) return "RedirectRefused";
  return STATUS_MEANINGS[status] ?? (status < 400 ? "UnexpectedAnswer" : "RequestRefused");
}

/** Describes a response: "Graph answered 403 ErrorAccessDenied: Access is denied." */
function describeResponse(status: number, { code, message }: GraphErrorBody): string {
  const said = message && !message.startsWith("{") ? `: ${message.trim()}` : "";
  return `Graph answered ${status}${code ? ` ${code}` : ""}${said}`;
}

/** Says why there is no further attempt. */
function describeEnd(
  wait: Exclude<Wait, { delay: number }>,
  attempts: number,
  { maxDelay }: RetryPolicy,
): string {
  return wait === "exhausted"
    ? `, after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}`
    : `, and asks to wait ${Math.ceil(wait.tooLong / 1000)} s, longer than the ${maxDelay / 1000} s allowed`;
}

/**
 * Decides what to do after the reply to one attempt. Pure.
 *
 * @param history What was tried, including this attempt.
 * @param redact Replaces secrets in a text.
 */
export function interpretReply(
  reply: Reply,
  history: History,
  policy: RetryPolicy,
  clock: Clock,
  redact: Redact = (text) => text,
): NextStep {
  const { attempts } = history;
  const response = reply.kind === "response" ? reply : undefined;
  const isError = response !== undefined && (response.status < 200 || response.status >= 300);
  const body = isError ? parseErrorBody(response.body, redact) : NO_ERROR;
  const requestId = safeId(redact(response?.header("request-id") ?? body.requestId ?? ""));
  const toFailure = (code: GraphErrorCode, message: string): GraphErrorInit => ({
    code,
    message,
    hint: isUntrusted(reply) ? TRUST_HINT : HINTS[code] ?? null,
    status: response?.status ?? null,
    graphCode: body.code,
    requestId,
    attempts,
    ...(reply.kind === "disconnected" ? { cause: reply.cause } : {}),
  });
  const failed = (code: GraphErrorCode, message: string): NextStep => ({
    next: "failed",
    failure: toFailure(code, message),
  });
  const retryOrFail = (ambiguous: boolean, code: GraphErrorCode, what: string): NextStep => {
    const wait = nextDelay(reply, attempts, policy, clock);
    if (wait === "exhausted" || "tooLong" in wait) {
      return failed(code, what + describeEnd(wait, attempts, policy));
    }
    const failure = toFailure(code, what + describeEnd("exhausted", attempts, policy));
    return { next: "retry", delay: wait.delay, ambiguous, failure };
  };

  if (reply.kind !== "response") {
    return retryOrFail(true, NO_RESPONSE_CODES[reply.kind], describeConnectionError(reply, "Graph"));
  }
  const { status } = reply;
  const retried = retriedStatus(status);
  if (retried) {
    // A 429 outside a batch was not processed; after any other transient failure the photo may be gone already.
    const ambiguous = !isThrottled(status) || reply.batched === true;
    return retryOrFail(ambiguous, RETRIED_MEANINGS[retried], describeResponse(status, body));
  }
  const success: Success = { next: "succeeded", absent: false, status, graphCode: body.code, requestId };
  if (!isError) {
    return isFromProxy(reply)
      ? failed("UnexpectedAnswer", `Graph's address answered ${status} with HTML or text, as a proxy does`)
      : success;
  }
  if (status === 401 && !history.tokenReplaced) {
    return { next: "replaceToken", claims: claimsChallenge(reply.header("www-authenticate")) };
  }
  const meaning = meaningOf(status, body.code);
  return meaning === "NoPhoto"
    ? { ...success, absent: !history.ambiguous }
    : failed(meaning, describeResponse(status, body));
}
