import denoJson from "../../deno.json" with { type: "json" };
import { GraphError, type GraphErrorCode } from "../errors.ts";
import { type Redact, redactor } from "../http/redact.ts";

import { type HttpResponse, isSuccess, type Reply, send } from "../http/send.ts";
import { toKindAndId } from "../target.ts";
import type { Target } from "../target.ts";
import { getToken, type GraphClient, replaceToken } from "./client.ts";
import { type GraphFailure, type History, interpretReply, type Success } from "./interpret_reply.ts";
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
  /** The number of the HTTP response, in the order of arrival. */
  replyNumber: number;
  /** The `client-request-id` that was sent. */
  clientRequestId: string;
  /** Replaces the token in a text. */
  redact: Redact;
}

/** Sends a request once, alone or in a batch; `undefined` if it was not sent because the run ended before. */
export type SendRequest = (request: GraphRequest) => Promise<TokenReply | undefined>;

/** How requests are sent, and how they wait between attempts. */
export interface Transport {
  send: SendRequest;
  /**
   * Waits; `false` if the wait was cut short, and the request must not be repeated.
   *
   * @param target Whose photo the request is about; `null` for a list of users or groups.
   */
  waitForRetry(retry: Omit<Retry, "target">, target: Target | null): Promise<boolean>;
}

/** How a request ended, after all attempts. */
export type GraphOutcome =
  | { kind: "succeeded"; success: Success; response: HttpResponse; attempts: number }
  | { kind: "failed"; error: GraphError }
  /** It was never sent: the run ended before. */
  | { kind: "notSent" };

/** A request that did what it is for, or found no photo. */
export type Succeeded = Extract<GraphOutcome, { kind: "succeeded" }>;

/** Tells the tenant's activity logs what sent a request. */
const USER_AGENT = `remove-profile-photo/${denoJson.version} (${navigator.userAgent})`;

/** Returns a GUID for logs. The first use of `crypto`, which secrets would need, costs a process 1 ms. */
const randomGuid = (): string =>
  "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx".replace(/x/g, () => Math.trunc(Math.random() * 16).toString(16));

/** A request as it is sent to Graph: below the API version, without its token. */
export interface RawRequest {
  method: string;
  version?: "beta";
  path: string;
  body?: Uint8Array<ArrayBuffer> | Blob;
  contentType?: string;
  isAdvanced?: boolean;
  maxBytes: number;
}

/**
 * Sends a request or a batch once, with the token and the headers that identify it.
 *
 * @param toReplies Returns the replies to the requests of a batch. Default: the reply itself.
 */
export async function sendWithToken(
  client: GraphClient,
  request: RawRequest,
  toReplies: (reply: Reply) => readonly Reply[] = (reply) => [reply],
): Promise<TokenReply> {
  const token = await getToken(client);
  const clientRequestId = randomGuid();
  const { method, version = "v1.0", path, body, contentType, isAdvanced, maxBytes } = request;
  const headers: Record<string, string> = {
    authorization: `Bearer ${token}`,
    "client-request-id": clientRequestId,
    "user-agent": USER_AGENT,
  };
  if (contentType) headers["content-type"] = contentType;
  if (isAdvanced) headers.consistencylevel = "eventual";
  const sendAndNote = async (): Promise<TokenReply> => {
    const url = `${client.cloud.graph}/${version}${path}`;
    const reply = await send(url, { method, headers, body }, { ...client, maxBytes });
    const replyNumber = ++client.replyCount;
    client.opening.abort();
    if (toReplies(reply).some(isSuccess)) client.accepted = { reply: replyNumber, token };
    return { reply, token, replyNumber, clientRequestId, redact: redactor([token]) };
  };
  const sending = sendAndNote();
  client.inFlight.add(sending);
  return await sending.finally(() => client.inFlight.delete(sending));
}

/**
 * Sends a request once, outside a batch.
 *
 * If a reused connection is lost before the response, Deno repeats a DELETE unseen, so that a photo which this very
 * request removed is reported as absent. A request body would prevent that, but DELETE has none.
 */
export const sendDirectly = (client: GraphClient, request: GraphRequest): Promise<TokenReply> =>
  sendWithToken(client, request);

/** Sends requests one by one. */
export const directly = (client: GraphClient): Transport => ({
  send: (request) => sendDirectly(client, request),
  waitForRetry: ({ delay }) => client.clock.sleep(delay, client.signal).then(() => true),
});

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
  let lastFailure: GraphFailure | undefined;
  let clientRequestId: string | null = null;
  const failed = (failure: GraphFailure): GraphOutcome => ({
    kind: "failed",
    error: new GraphError({ ...failure, message: subject + failure.message, clientRequestId }),
  });
  for (;;) {
    const tokenReply = await transport.send(request);
    if (!tokenReply) return lastFailure ? failed(lastFailure) : { kind: "notSent" };
    const { reply, token, redact } = tokenReply;
    clientRequestId = tokenReply.clientRequestId;
    const interpret = () => interpretReply(request.kind, reply, history, retry, clock, redact);
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
            ? await explain(step.failure, request, tokenReply, client)
            : step.failure,
        );
      case "retry": {
        const { attempts } = history;
        history.ambiguous ||= step.ambiguous && request.method === "DELETE";
        lastFailure = step.failure;
        const status = reply.kind === "response" ? reply.status : null;
        if (await transport.waitForRetry({ attempts, delay: step.delay, status }, target)) continue;
        return failed(lastFailure);
      }
    }
  }
}

const EXPLAINED_BY_TOKEN: ReadonlySet<GraphErrorCode> = new Set(["AccessDenied", "TokenRefused"]);

/** Adds to a refusal what is known about its cause: from the token's claims, and from other requests. */
async function explain(
  failure: GraphFailure,
  { target, operation = toKindAndId(target!).kind }: GraphRequest,
  { token, replyNumber }: TokenReply,
  client: GraphClient,
): Promise<GraphFailure> {
  const isAccepted = () => client.accepted?.token === token && client.accepted.reply >= replyNumber;
  if (failure.code === "TokenRefused" && !isAccepted()) await Promise.allSettled(client.inFlight);
  if (failure.code === "TokenRefused" && isAccepted()) {
    const hint = "Graph accepts the same token for other targets, so the cause lies with this one.";
    return { ...failure, code: "AccessDenied", hint };
  }
  const { explainRefusal, explainRefusedToken } = await import("../permissions.ts");
  const { decodeClaims } = await import("../auth/token_claims.ts");
  const claims = decodeClaims(token);
  const hint = failure.code === "AccessDenied"
    ? explainRefusal(operation, claims, failure.graphCode)
    : explainRefusedToken(claims, client.cloud.graph, client.clock.now(), failure.message);
  return { ...failure, hint };
}
