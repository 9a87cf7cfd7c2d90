import type { GraphErrorCode, GraphFailure } from "../errors.ts";
import type { Clock } from "../http/clock.ts";
import { describeConnectionError, isUntrusted, TRUST_HINT } from "../http/connection_error.ts";
import { isTransient, nextDelay, type RetryPolicy, type Wait } from "../http/retry.ts";
import type { Redact } from "../http/redact.ts";
import type { HttpResponse, Reply } from "../http/reply.ts";
import { claimsChallenge } from "./claims_challenge.ts";
import { type GraphErrorBody, parseErrorBody } from "./error_body.ts";
import { GRAPH_CODES, HINTS, type Meaning, NO_RESPONSE_CODES, STATUS_MEANINGS } from "./error_codes.ts";

/** What has been tried for one request so far. */
export interface History {
  /** How often it was sent. */
  attempts: number;
  /** Whether one of these may have taken effect without saying so. */
  ambiguous: boolean;
  /** Whether a refused token was renewed already. */
  renewed: boolean;
}

/** It did what was asked, or there was no photo to do it with. */
export interface Done {
  next: "done";
  absent: boolean;
  status: number;
  graphCode: string | null;
  requestId: string | null;
}

/** It failed, and there is no further attempt. */
export interface Fail {
  next: "fail";
  failure: GraphFailure;
}

/** What a reply means for its request: it is done, it failed, or there is one more attempt to make. */
export type NextStep =
  | Done
  | Fail
  | { next: "wait"; delay: number; ambiguous: boolean }
  | { next: "renewToken"; claims?: string };

const NOTHING_SAID: GraphErrorBody = { code: null, message: null, requestId: null };

/** An id that is echoed into records: what does not look like one is dropped. */
function safeId(id: string): string | null {
  return /^[\w.:-]{1,80}$/.test(id) ? id : null;
}

/** A page, or a text, where Graph's JSON, a photo or nothing should be. */
function isFromProxy({ header, body }: HttpResponse): boolean {
  const type = header("content-type") ?? "";
  const isEmpty = !body || (body instanceof Uint8Array && body.length === 0);
  return /^\s*text\/html/i.test(type) || (!isEmpty && /^\s*(text\/|application\/xml)/i.test(type));
}

/** What an answer says that repeating will not change. */
function meaningOf(status: number, code: string | null): Meaning {
  const known = code !== null && Object.hasOwn(GRAPH_CODES, code) ? GRAPH_CODES[code] : undefined;
  if (known && (known !== "NoPhoto" || status === 404)) return known;
  if (status >= 300 && status < 400) return "RedirectRefused";
  return STATUS_MEANINGS[status] ?? (status < 400 ? "UnexpectedAnswer" : "RequestRefused");
}

/** "Graph answered 403 ErrorAccessDenied: Access is denied." */
function describeAnswer(status: number, { code, message }: GraphErrorBody): string {
  const said = message && !message.startsWith("{") ? `: ${message.trim()}` : "";
  return `Graph answered ${status}${code ? ` ${code}` : ""}${said}`;
}

/** Why there is no further attempt. */
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
 * Judges the reply to one attempt. Pure: it decides, and does nothing.
 *
 * @param history What was tried, this attempt included.
 * @param redact Takes out of a text what must not be shown.
 */
export function interpretReply(
  reply: Reply,
  history: History,
  policy: RetryPolicy,
  clock: Clock,
  redact: Redact = (text) => text,
): NextStep {
  const answer = reply.kind === "response" ? reply : undefined;
  const failed = answer !== undefined && (answer.status < 200 || answer.status >= 300);
  const body = failed ? parseErrorBody(answer.body, redact) : NOTHING_SAID;
  const requestId = safeId(redact(answer?.header("request-id") ?? body.requestId ?? ""));
  const { attempts } = history;
  const fail = (code: GraphErrorCode, message: string): NextStep => ({
    next: "fail",
    failure: {
      code,
      message,
      hint: isUntrusted(reply) ? TRUST_HINT : HINTS[code] ?? null,
      status: answer?.status ?? null,
      graphCode: body.code,
      requestId,
      attempts,
      ...(reply.kind === "disconnected" ? { cause: reply.cause } : {}),
    },
  });

  if (reply.kind !== "response") {
    const wait = nextDelay(reply, attempts, policy, clock);
    return wait !== "exhausted" && "delay" in wait
      ? { next: "wait", delay: wait.delay, ambiguous: true }
      : fail(
        NO_RESPONSE_CODES[reply.kind],
        describeConnectionError(reply, "Graph") + describeEnd(wait, attempts, policy),
      );
  }
  const { status } = reply;
  if (isTransient(reply)) {
    const wait = nextDelay(reply, attempts, policy, clock);
    // A lone 429 was turned away at the door; after anything else the photo may be gone.
    return wait !== "exhausted" && "delay" in wait
      ? { next: "wait", delay: wait.delay, ambiguous: status !== 429 || reply.batched === true }
      : fail(STATUS_MEANINGS[status]!, describeAnswer(status, body) + describeEnd(wait, attempts, policy));
  }
  const done: Done = { next: "done", absent: false, status, graphCode: body.code, requestId };
  if (!failed) {
    return isFromProxy(reply)
      ? fail("UnexpectedAnswer", `Graph's address answered ${status} with a page or a text, as a proxy does`)
      : done;
  }
  if (status === 401 && !history.renewed) {
    return { next: "renewToken", claims: claimsChallenge(reply.header("www-authenticate")) };
  }
  const meaning = meaningOf(status, body.code);
  return meaning === "NoPhoto"
    ? { ...done, absent: !history.ambiguous }
    : fail(meaning, describeAnswer(status, body));
}
