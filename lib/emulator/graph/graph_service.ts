import type { AccessTokens } from "../entra/access_tokens.ts";
import { type Answer, type EmulatorRequest, jsonAnswer, type Outcome, parseJson } from "../exchange.ts";
import type { Fault, FaultPlace, StatusFault } from "../fault/fault.ts";
import { answerUnderFault } from "../fault/fault_effects.ts";
import type { FaultQueue } from "../fault/fault_queue.ts";
import { type Random, shuffled } from "../random.ts";
import { noteAnswer, type OpenRecord } from "../recorder.ts";
import { type BatchItem, readBatch } from "./batch_request.ts";
import {
  errorAnswer,
  failedDependency,
  GraphError,
  graphHeaders,
  unknownSegment,
  usualCode,
} from "./graph_error.ts";
import { answerRoute } from "./graph_routes.ts";
import type { GraphState } from "./graph_state.ts";

/** What answering Graph requests needs. */
export interface GraphServiceState extends GraphState {
  readonly tokens: AccessTokens;
  readonly faults: FaultQueue;
  readonly random: Random;
  /** Whether a batch may delete photos. */
  readonly batchDeletes: boolean;
  /** Admits a request, or says how long it is to wait. */
  readonly limiter: () => { retryAfter: number } | undefined;
  /** Records a request inside a batch. */
  readonly recordItem: (item: EmulatorRequest) => OpenRecord;
}

const VERSION = "/v1.0";
const PHOTO_DELETE = /\/photo\/(?:\$|%24)value$/i;

/** Whether a request is for Graph's `$batch`. */
export function isBatch(request: EmulatorRequest): boolean {
  return /^\/v1\.0\/(?:\$|%24)batch(?:\?|$)/.test(request.url);
}

/** Whether a request is for Graph. */
export function isGraph(request: EmulatorRequest): boolean {
  return request.url.startsWith(`${VERSION}/`);
}

async function answering(request: EmulatorRequest, run: () => Promise<Answer>): Promise<Answer> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof GraphError) return errorAnswer(error, request);
    throw error;
  }
}

function statusAnswer(fault: StatusFault, request: EmulatorRequest): Answer {
  const { status, code = usualCode(status), message = "This fault was asked for.", retryAfter } = fault;
  const headers: Record<string, string> = retryAfter === undefined ? {} : { "retry-after": retryAfter };
  return errorAnswer(new GraphError(status, code, message, headers), request);
}

/** What goes wrong with a request: it is one too many, or a fault is queued. A batch is not counted, its items are. */
function nextFault(
  state: GraphServiceState,
  places: readonly FaultPlace[],
  request: EmulatorRequest,
): Fault | undefined {
  const refused = places.includes("batch") ? undefined : state.limiter();
  if (!refused) return state.faults.take(places, request);
  return {
    kind: "status",
    status: 429,
    retryAfter: String(refused.retryAfter),
    message: "Too many requests.",
  };
}

function underFault(
  state: GraphServiceState,
  fault: Fault | undefined,
  request: EmulatorRequest,
  run: () => Promise<Answer>,
): Promise<Outcome> {
  return answerUnderFault(fault, {
    run: () => answering(request, run),
    statusAnswer: (status) => statusAnswer(status, request),
    expireTokens: () => state.tokens.expireAll(),
    challenge: (claims) => state.tokens.challenge(claims),
  });
}

async function answerAlone(
  state: GraphServiceState,
  request: EmulatorRequest,
  relativeUrl: string,
  authorization: string | undefined,
): Promise<Answer> {
  const caller = await state.tokens.caller(authorization);
  const answer = answerRoute(state, caller, request, relativeUrl);
  return { ...answer, headers: { ...graphHeaders(request), ...answer.headers } };
}

function itemBody(answer: Answer): { body?: unknown } {
  if (answer.json !== undefined) return { body: answer.json };
  if (!answer.bytes) return {};
  const isJson = (answer.headers["content-type"] ?? "").includes("json");
  const json = isJson ? parseJson(answer.bytes) : undefined;
  return { body: json ?? answer.bytes.toBase64() };
}

async function runItem(
  state: GraphServiceState,
  { request, refusal }: BatchItem,
  batch: EmulatorRequest,
): Promise<Outcome> {
  const record = state.recordItem(request);
  const outcome = await underFault(state, nextFault(state, ["item"], request), request, () => {
    if (refusal) throw refusal;
    const path = request.url.split("?")[0]!;
    if (!state.batchDeletes && request.method === "DELETE" && PHOTO_DELETE.test(path)) {
      throw new GraphError(405, "MethodNotAllowed", "The request cannot be part of a batch.");
    }
    const relative = request.url.startsWith("/") ? request.url : `/${request.url}`;
    return answerAlone(state, request, relative, batch.headers.authorization);
  });
  noteAnswer(record, outcome.answer);
  return outcome;
}

/** As Graph spells them inside a batch; HTTP headers are lower-case here, and clients must not care. */
const ITEM_SPELLING: Readonly<Record<string, string>> = {
  "content-type": "Content-Type",
  "retry-after": "Retry-After",
};

function itemHeaders(headers: Answer["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [ITEM_SPELLING[name] ?? name, value]),
  );
}

const COPIES: Readonly<Record<string, number>> = { omit: 0, duplicate: 2 };
const NOBODY = "nobody";

async function answerBatch(state: GraphServiceState, batch: EmulatorRequest): Promise<Answer> {
  await state.tokens.caller(batch.headers.authorization);
  if (batch.method !== "POST") {
    throw new GraphError(
      405,
      "MethodNotAllowed",
      "Specified HTTP method is not allowed for the request target.",
    );
  }
  const responses: unknown[] = [];
  const failed = new Set<string>();
  for (const item of readBatch(batch)) {
    const refusal = item.dependsOn.some((id) => failed.has(id)) ? failedDependency() : item.refusal;
    const { answer, delivery } = await runItem(state, { ...item, refusal }, batch);
    if (answer.status >= 400) failed.add(item.id.toLowerCase());
    const response = {
      id: delivery === "rename" ? NOBODY : item.id,
      status: answer.status,
      headers: itemHeaders(answer.headers),
      ...itemBody(answer),
    };
    for (let copy = 0; copy < (COPIES[delivery] ?? 1); copy++) responses.push(response);
  }
  return jsonAnswer(200, { responses: shuffled(responses, state.random) }, graphHeaders(batch));
}

/** Answers one HTTP request to Graph. */
export function answerGraph(state: GraphServiceState, request: EmulatorRequest): Promise<Outcome> {
  const batch = isBatch(request);
  const places: readonly FaultPlace[] = batch ? ["batch", "graph"] : ["graph"];
  return underFault(state, nextFault(state, places, request), request, () => {
    if (batch) return answerBatch(state, request);
    const relative = request.url.slice(VERSION.length);
    if (relative === "/") throw unknownSegment("");
    return answerAlone(state, request, relative, request.headers.authorization);
  });
}
