import { GraphError, type GraphErrorCode, type GraphErrorInit } from "../errors.ts";
import { type Redact, redactor } from "../http/redact.ts";
import { type HttpResponse, type Reply, send } from "../http/send.ts";
import { toKindAndId } from "../target.ts";
import type { Target } from "../target.ts";
import { getToken, type GraphClient, replaceToken } from "./client.ts";
import { type History, interpretReply, type Success } from "./interpret_reply.ts";
import type { GraphRequest } from "./photo_requests.ts";

/** A request that is about to be repeated. */
export interface Retry {
  /** Whose photo the request is about. */
  target: Target;
  /** How often it was sent so far. */
  attempts: number;
  /** The wait before the next attempt, in ms. */
  delay: number;
  /** HTTP status of the last response, or `null`. */
  status: number | null;
}

/** A reply, and the token that its request was sent with. */
export interface TokenReply {
  reply: Reply;
  token: string;
  /** Replaces the token in a text. */
  redact: Redact;
}

/** Sends a request once, alone or in a batch; `undefined` if it was not sent because the run ended before. */
export type SendRequest = (request: GraphRequest) => Promise<TokenReply | undefined>;

/** How requests are sent, and how they wait between attempts. */
export interface Transport {
  send: SendRequest;
  /** Waits; `false` if the wait was cut short, and the request must not be repeated. */
  waitForRetry(retry: Retry): Promise<boolean>;
}

/** How a request ended, after all attempts. */
export type GraphOutcome =
  | { kind: "succeeded"; success: Success; response: HttpResponse; attempts: number }
  | { kind: "failed"; error: GraphError }
  /** It was never sent: the run ended before. */
  | { kind: "notSent" };

/**
 * Sends a request once, outside a batch.
 *
 * If a reused connection is lost before the response, Deno repeats a DELETE unseen, so that a photo which this very
 * request removed is reported as absent. A request body would prevent that, but DELETE has none.
 */
export async function sendDirectly(client: GraphClient, request: GraphRequest): Promise<TokenReply> {
  const token = await getToken(client);
  const { method, path, body, contentType, maxBytes } = request;
  const headers: Record<string, string> = { authorization: `Bearer ${token}` };
  if (contentType) headers["content-type"] = contentType;
  const reply = await send(`${client.cloud.graph}/v1.0${path}`, { method, headers, body }, {
    ...client,
    maxBytes,
  });
  return { reply, token, redact: redactor([token]) };
}

/**
 * Sends a request, and repeats it while that can help.
 *
 * @param subject What the message of an error begins with.
 */
export async function requestWithRetries(
  request: GraphRequest,
  client: GraphClient,
  transport: Transport,
  subject = "",
): Promise<GraphOutcome> {
  const { retry, clock } = client;
  const { target } = request;
  const history: History = { attempts: 0, ambiguous: false, tokenReplaced: false };
  let lastFailure: GraphErrorInit | undefined;
  const failed = (failure: GraphErrorInit): GraphOutcome => ({
    kind: "failed",
    error: new GraphError({ ...failure, message: subject + failure.message }),
  });
  for (;;) {
    const tokenReply = await transport.send(request);
    if (!tokenReply) return lastFailure ? failed(lastFailure) : { kind: "notSent" };
    const { reply, token, redact } = tokenReply;
    const interpret = () => interpretReply(reply, history, retry, clock, redact);
    history.attempts++;
    let step = interpret();
    if (step.next === "replaceToken") {
      history.tokenReplaced = true;
      if (await replaceToken(client, token, step.claims) !== token) continue;
      step = interpret(); // there is no other token to try
    }
    switch (step.next) {
      case "succeeded":
        return {
          kind: "succeeded",
          success: step,
          response: reply as HttpResponse,
          attempts: history.attempts,
        };
      case "failed":
        return failed(
          EXPLAINED_BY_TOKEN.has(step.failure.code)
            ? await explain(step.failure, target, token, client)
            : step.failure,
        );
      case "retry": {
        const { attempts } = history;
        history.ambiguous ||= step.ambiguous && request.method === "DELETE";
        lastFailure = step.failure;
        const status = reply.kind === "response" ? reply.status : null;
        if (await transport.waitForRetry({ target, attempts, delay: step.delay, status })) continue;
        return failed(lastFailure);
      }
    }
  }
}

const EXPLAINED_BY_TOKEN: ReadonlySet<GraphErrorCode> = new Set(["AccessDenied", "TokenRefused"]);

/** Adds to a refusal what the token's claims say about its cause. */
async function explain(
  failure: GraphErrorInit,
  target: Target,
  token: string,
  client: GraphClient,
): Promise<GraphErrorInit> {
  const { explainRefusal, explainRefusedToken } = await import("../permissions.ts");
  const { decodeClaims } = await import("../auth/token_claims.ts");
  const claims = decodeClaims(token);
  const hint = failure.code === "AccessDenied"
    ? explainRefusal(toKindAndId(target).kind, claims)
    : explainRefusedToken(claims, client.cloud.graph, client.clock.now());
  return { ...failure, hint };
}
