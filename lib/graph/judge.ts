import type { GraphErrorCode, GraphFailure } from "../errors.ts";
import type { Clock } from "../http/clock.ts";
import { describeLoss } from "../http/describe_loss.ts";
import { isTransient, type RetryPolicy, waitBefore } from "../http/retry.ts";
import type { Reply } from "../http/send.ts";
import { claimsChallenge } from "./claims_challenge.ts";
import { type GraphErrorBody, parseErrorBody } from "./error_body.ts";
import { GRAPH_CODES, HINTS, type Meaning, STATUS_MEANINGS } from "./error_codes.ts";

/** What has been tried for one target so far. */
export interface History {
  /** Requests sent. */
  attempts: number;
  /** Whether one of them may have taken effect without saying so. */
  ambiguous: boolean;
  /** Whether a refused token was renewed already. */
  renewed: boolean;
}

/** What a reply means for its target: it is done, it failed, or there is one more attempt to make. */
export type Verdict =
  | { next: "done"; absent: boolean; status: number; graphCode: string | null; requestId: string | null }
  | { next: "fail"; failure: GraphFailure }
  | { next: "wait"; delay: number; ambiguous: boolean }
  | { next: "renewToken"; claims?: string };

/** An id that is echoed into records: what does not look like one is dropped. */
function safeId(id: string | null): string | null {
  return id !== null && /^[\w.:-]{1,80}$/.test(id) ? id : null;
}

/** A page where Graph's JSON, or nothing, should be. */
function isHtml(headers: Headers): boolean {
  return /^\s*text\/html/i.test(headers.get("content-type") ?? "");
}

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

/**
 * Judges the reply to one attempt. Pure: it decides, and does nothing.
 *
 * @param history What was tried, this attempt included.
 */
export function judge(reply: Reply, history: History, policy: RetryPolicy, clock: Clock): Verdict {
  const answer = reply.kind === "answer" ? reply : undefined;
  const body = parseErrorBody(answer?.text);
  const requestId = safeId(answer?.headers.get("request-id") ?? body.requestId);
  const status = answer?.status ?? null;
  const fail = (code: GraphErrorCode, message: string): Verdict => ({
    next: "fail",
    failure: {
      code,
      message,
      hint: HINTS[code] ?? null,
      status,
      graphCode: body.code,
      requestId,
      attempts: history.attempts,
      ...(reply.kind === "lost" ? { cause: reply.cause } : {}),
    },
  });

  if (reply.kind !== "answer" || isTransient(reply)) {
    const wait = waitBefore(reply, history.attempts, policy, clock);
    if (wait !== "exhausted" && "delay" in wait) {
      // A lone 429 was turned away at the door; after anything else the photo may be gone.
      return { next: "wait", delay: wait.delay, ambiguous: status !== 429 };
    }
    const why = wait === "exhausted"
      ? `, after ${history.attempts} ${history.attempts === 1 ? "attempt" : "attempts"}`
      : `, and asks to wait ${Math.ceil(wait.tooLong / 1000)} s, longer than the ${
        policy.maxDelay / 1000
      } s allowed`;
    return reply.kind === "answer"
      ? fail(meaningOf(reply.status, null) as GraphErrorCode, describeAnswer(reply.status, body) + why)
      : fail(reply.kind === "lost" ? "ConnectionLost" : "TimedOut", describeLoss(reply, "Graph") + why);
  }

  const done = { next: "done", status: reply.status, graphCode: body.code, requestId } as const;
  if (reply.status >= 200 && reply.status < 300) {
    return isHtml(reply.headers)
      ? fail("UnexpectedAnswer", `Graph's address answered ${reply.status} with a web page`)
      : { ...done, absent: false };
  }
  if (reply.status === 401 && !history.renewed) {
    return { next: "renewToken", claims: claimsChallenge(reply.headers.get("www-authenticate")) };
  }
  const meaning = meaningOf(reply.status, body.code);
  return meaning === "NoPhoto"
    ? { ...done, absent: !history.ambiguous }
    : fail(meaning, describeAnswer(reply.status, body));
}
