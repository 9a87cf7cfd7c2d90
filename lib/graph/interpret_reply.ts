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
  MEANING_STATUSES,
  NO_RESPONSE_CODES,
  RETRIED_MEANINGS,
  STATUS_MEANINGS,
} from "./error_codes.ts";
import type { GraphRequest } from "./photo_requests.ts";

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
  /** Whether there is no photo, but an earlier attempt without an answer may have removed it. */
  presumed: boolean;
  status: number;
  graphCode: string | null;
  requestId: string | null;
}

/** A failed request, before it is known which attempt was its last. */
export type GraphFailure = Omit<GraphErrorInit, "clientRequestId">;

/** What to do after a reply. */
export type NextStep =
  | Success
  | { next: "failed"; failure: GraphFailure }
  /**
   * Repeat the request after `delay` ms; `ambiguous`: this attempt may have taken effect; `failure`: how the request
   * failed if it is not repeated after all.
   */
  | { next: "retry"; delay: number; ambiguous: boolean; failure: GraphFailure }
  /** Repeat it with a new token, which has to meet these claims (JSON). */
  | { next: "replaceToken"; claims?: string };

const NO_ERROR: GraphErrorBody = { code: null, message: null, requestId: null };

/** Returns a request id for records, or `null` if it does not look like one. */
function safeId(id: string): string | null {
  return /^[\w.:-]{1,80}$/.test(id) ? id : null;
}

/** HTML or text instead of JSON, an image or an empty body: not from Graph but from a proxy. */
function isFromProxy({ status, header, body }: HttpResponse): boolean {
  const type = header("content-type") ?? "";
  const isEmpty = !body || (body instanceof Uint8Array && body.length === 0);
  return status === 407 || /^\s*text\/html/i.test(type) ||
    (!isEmpty && /^\s*(text\/|application\/xml)/i.test(type));
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

/** Returns the JSON object of a response, or `undefined`. */
export function jsonOf({ body }: HttpResponse): Record<string, unknown> | undefined {
  if (body instanceof Uint8Array && body.length === 0) return undefined; // without the cost of a SyntaxError
  try {
    const value: unknown = body instanceof Uint8Array ? JSON.parse(new TextDecoder().decode(body)) : body;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Returns what an error response means, from its code if that is known, else from its status. */
function meaningOf(status: number, code: string | null): Meaning {
  const known = code !== null && Object.hasOwn(GRAPH_CODES, code) ? GRAPH_CODES[code]! : undefined;
  if (known && (MEANING_STATUSES[known]?.includes(status) ?? true)) return known;
  if (status >= 300 && status < 400) return "RedirectRefused";
  return STATUS_MEANINGS[status] ?? "RequestRefused";
}

/** Metadata of 1 × 1 stands for no photo; see https://learn.microsoft.com/graph/api/profilephoto-get */
const isPlaceholder = ({ width, height }: Record<string, unknown>): boolean =>
  typeof width === "number" && typeof height === "number" && width <= 1 && height <= 1;

/**
 * Returns why a response of 2xx is not how Graph documents success, or `undefined`: a page of a proxy, an error in
 * the body, or no JSON where JSON was asked for.
 */
function whyUnexpected(
  kind: GraphRequest["kind"],
  response: HttpResponse,
  redact: Redact,
): string | undefined {
  const { status } = response;
  if (isFromProxy(response)) return `Graph's address answered ${status} with HTML or text, as a proxy does`;
  const json = kind === "download" ? undefined : jsonOf(response);
  const { code, message } = json?.error === undefined ? NO_ERROR : parseErrorBody(json, redact);
  if (json?.error !== undefined) return `Graph answered ${status}, but with an error: ${code}: ${message}`;
  const isRead = kind === "metadata" || kind === "existence" || kind === "list";
  if (isRead && (status !== 200 || !json)) {
    return `Graph answered ${status} without the JSON that was asked for`;
  }
  return undefined;
}

/** Describes a response: "Graph answered 403 ErrorAccessDenied: Access is denied." */
function describeResponse(status: number, { code, message }: GraphErrorBody): string {
  return `Graph answered ${status}${code ? ` ${code}` : ""}${message ? `: ${message}` : ""}`;
}

/** Says why there is no further attempt, and from when on to try again, if Graph said that. `now`: ms since 1970. */
function describeEnd(
  wait: Exclude<Wait, { delay: number }>,
  attempts: number,
  { maxDelay }: RetryPolicy,
  now: number,
): { end: string; hint?: string } {
  if (wait === "exhausted") return { end: `, after ${attempts} ${attempts === 1 ? "attempt" : "attempts"}` };
  const seconds = Math.ceil(wait.tooLong / 1000);
  const from = new Date(Math.min(now + wait.tooLong, 8.64e15)).toISOString().replace(/\.\d+Z$/, "Z");
  return {
    end: `, and asks to wait ${seconds} s, longer than the ${maxDelay / 1000} s allowed`,
    hint: `Try again from ${from}, or allow longer waits.`,
  };
}

/**
 * Decides what to do after the reply to one attempt. Pure.
 *
 * @param kind What the request asked for.
 * @param history What was tried, including this attempt.
 * @param redact Replaces secrets in a text.
 */
export function interpretReply(
  kind: GraphRequest["kind"],
  reply: Reply,
  history: History,
  policy: RetryPolicy,
  clock: Clock,
  redact: Redact = (text) => text,
): NextStep {
  const { attempts, ambiguous } = history;
  const response = reply.kind === "response" ? reply : undefined;
  const isError = response !== undefined && (response.status < 200 || response.status >= 300);
  const body = isError ? parseErrorBody(response.body, redact) : NO_ERROR;
  const requestId = safeId(redact(response?.header("request-id") ?? body.requestId ?? ""));
  const toFailure = (code: GraphErrorCode, message: string): GraphFailure => ({
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
    const isOver = wait === "exhausted" || "tooLong" in wait;
    const { end, hint } = describeEnd(isOver ? wait : "exhausted", attempts, policy, clock.now());
    const failure = { ...toFailure(code, what + end), ...(hint ? { hint } : {}) };
    return isOver ? { next: "failed", failure } : { next: "retry", delay: wait.delay, ambiguous, failure };
  };
  const succeeded = (absent: boolean, presumed = false): NextStep => {
    const { status } = response!;
    return { next: "succeeded", absent, presumed, status, graphCode: body.code, requestId };
  };

  if (reply.kind !== "response") {
    return retryOrFail(true, NO_RESPONSE_CODES[reply.kind], describeConnectionError(reply, "Graph"));
  }
  const { status } = reply;
  const meaning = meaningOf(status, body.code);
  const retried = retriedStatus(status) ?? (isError && meaning === "Transient" ? 503 : undefined);
  if (retried !== undefined) {
    // A throttled request was not processed; after any other transient failure the photo may be gone already.
    return retryOrFail(!isThrottled(status), RETRIED_MEANINGS[retried], describeResponse(status, body));
  }
  if (!isError) {
    const why = whyUnexpected(kind, reply, redact);
    if (why !== undefined) return failed("UnexpectedAnswer", why);
    return succeeded(kind === "metadata" && isPlaceholder(jsonOf(reply)!));
  }
  if (isFromProxy(reply) && body.code === null) {
    return failed("UnexpectedAnswer", `A proxy answered ${status} in place of Graph, with HTML or text`);
  }
  if (status === 401 && meaning !== "AccessDenied" && !history.tokenReplaced) {
    return { next: "replaceToken", claims: claimsChallenge(reply.header("www-authenticate")) };
  }
  const code = meaning === "NoPhoto" ? "NotFound" : meaning as GraphErrorCode;
  if (meaning === "NoPhoto" && kind !== "upload" && kind !== "list") return succeeded(!ambiguous, ambiguous); // nothing to delete or read
  return failed(code, describeResponse(status, body));
}
