import type { GraphErrorCode, GraphFailure } from "../errors.ts";
import type { HttpResponse } from "../http/reply.ts";
import { type GraphClient, renewToken } from "./client.ts";
import type { TargetKind } from "../target.ts";
import type { SendRequest } from "./exchange.ts";
import { type Done, type Fail, type History, interpretReply } from "./interpret_reply.ts";
import type { GraphRequest } from "./photo_requests.ts";

/** A request that is to be sent again after a wait. */
export interface Retry {
  /** How often it was sent so far. */
  attempts: number;
  /** The wait, in ms. */
  delay: number;
  /** HTTP status of the last answer, or `null`. */
  status: number | null;
}

/** What a request is sent by, and what its waits go through. */
export interface Transport {
  send: SendRequest;
  /** Waits; `false` when the wait is cut short, and the request is not to be sent again. */
  waitForRetry(retry: Retry): Promise<boolean>;
}

/** How a request ended. */
export type GraphOutcome =
  | { done: Done; answer: HttpResponse; attempts: number }
  | { failure: GraphFailure }
  /** It was never sent, as the run ended before. */
  | { unsent: true };

/** Sends a request in as many attempts as it takes. */
export async function requestWithRetries(
  request: GraphRequest,
  kind: TargetKind,
  session: GraphClient,
  lane: Transport,
): Promise<GraphOutcome> {
  const { retry, clock } = session;
  const history: History = { attempts: 0, ambiguous: false, renewed: false };
  let lastFailure: (() => GraphFailure) | undefined;
  for (;;) {
    const exchange = await lane.send(request);
    if (!exchange) return lastFailure ? { failure: lastFailure() } : { unsent: true };
    const { reply, token, redact } = exchange;
    history.attempts++;
    let verdict = interpretReply(reply, history, retry, clock, redact);
    if (verdict.next === "renewToken") {
      history.renewed = true;
      const fresh = await renewToken(session, token, verdict.claims);
      if (fresh !== token) continue;
      verdict = interpretReply(reply, history, retry, clock, redact); // there is no other token to try
    }
    if (verdict.next === "wait") {
      history.ambiguous ||= verdict.ambiguous && request.method === "DELETE";
      const { attempts } = history;
      lastFailure = () => {
        const end = interpretReply(reply, history, { ...retry, maxAttempts: attempts }, clock, redact);
        return (end as Fail).failure; // of a transient answer, which no permission would have changed
      };
      const status = reply.kind === "response" ? reply.status : null;
      if (await lane.waitForRetry({ attempts, delay: verdict.delay, status })) continue;
      return { failure: lastFailure() };
    }
    if (verdict.next === "done") {
      return { done: verdict, answer: reply as HttpResponse, attempts: history.attempts };
    }
    if (verdict.next === "fail") {
      const { failure } = verdict;
      return { failure: REFUSALS.has(failure.code) ? await explain(failure, kind, token, session) : failure };
    }
  }
}

const REFUSALS: ReadonlySet<GraphErrorCode> = new Set(["AccessDenied", "TokenRefused"]);

/** A refusal, explained by what the token says of itself. */
async function explain(
  failure: GraphFailure,
  kind: TargetKind,
  token: string,
  session: GraphClient,
): Promise<GraphFailure> {
  const { explainRefusal, explainRefusedToken } = await import("../permissions.ts");
  const { decodeClaims } = await import("../auth/token_claims.ts");
  const claims = decodeClaims(token);
  const hint = failure.code === "AccessDenied"
    ? explainRefusal(kind, claims)
    : explainRefusedToken(claims, session.cloud.graph, session.clock.now());
  return { ...failure, hint };
}
