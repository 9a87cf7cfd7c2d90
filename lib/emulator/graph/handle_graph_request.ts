import { parseJson } from "../encoding.ts";
import type { AccessTokens } from "../entra/access_tokens.ts";
import type { Fault, FaultPlace } from "../fault/fault.ts";
import { type Delivery, type FaultQueue, respondWithFault, retryAfterHeader } from "../fault/fault_queue.ts";
import type { RateLimiter } from "../fault/rate_limit.ts";
import { type EmulatorRequest, type EmulatorResponse, jsonResponse } from "../http_message.ts";
import { type Random, shuffled } from "../random.ts";
import { type PendingRecord, type Recorder, recordResponse } from "../recorder.ts";
import { errorResponse, GraphHttpError, methodNotAllowed, unknownSegment } from "./graph_http_error.ts";
import { type BatchItem, parseBatch } from "./parse_batch.ts";
import type { GraphState } from "./graph_call.ts";
import { routeBetaRequest, routeGraphRequest } from "./route_graph_request.ts";

/** What `handleGraphRequest()` works with. */
export interface GraphService extends GraphState {
  readonly tokens: AccessTokens;
  readonly faults: FaultQueue;
  readonly random: Random;
  readonly counts: Recorder["counts"];
  /** Whether batches can delete photos. */
  readonly allowBatchDelete: boolean;
  /** `undefined` if there is no rate limit. */
  rateLimiter: RateLimiter | undefined;
}

/** Records a request inside a batch. */
export type RecordItem = (item: EmulatorRequest) => PendingRecord;

const VERSION = "/v1.0";
const BETA = "/beta";
const PHOTO_VALUE = /^[^?]*\/photo\/(?:\$|%24)value(?:\?|$)/i;

/** Whether the request is for Graph's `$batch`. */
export function isBatchRequest(request: EmulatorRequest): boolean {
  return /^\/v1\.0\/(?:\$|%24)batch(?:\?|$)/.test(request.url);
}

/** Whether the request is for Graph. */
export function isGraphRequest(request: EmulatorRequest): boolean {
  return request.url.startsWith(`${VERSION}/`) || request.url.startsWith(`${BETA}/`);
}

/** Returns a 429 for a request over the rate limit, else the next fault. Batches count by their items. */
function nextFault(
  { faults, rateLimiter, counts }: GraphService,
  places: readonly FaultPlace[],
  request: EmulatorRequest,
): Fault | undefined {
  const excess = places.includes("batch") ? undefined : rateLimiter?.(performance.now());
  if (!excess) return faults.take(places, request);
  counts.throttled++;
  const retryAfter = String(excess.retryAfter);
  return { kind: "status", status: 429, retryAfter, message: "Too many requests." };
}

/** Responds with what `handle` returns or throws, unless a fault or the rate limit intervenes. */
function respond(
  service: GraphService,
  places: readonly FaultPlace[],
  request: EmulatorRequest,
  handle: () => Promise<EmulatorResponse>,
): Promise<Delivery> {
  const requestId = crypto.randomUUID();
  const clientRequestId = request.headers["client-request-id"] ?? requestId;
  const ids = { "request-id": requestId, "client-request-id": clientRequestId };
  return respondWithFault(nextFault(service, places, request), {
    tokens: service.tokens,
    execute: async () => {
      try {
        const response = await handle();
        return { ...response, headers: { ...ids, ...response.headers } };
      } catch (error) {
        if (error instanceof GraphHttpError) return errorResponse(error, ids);
        throw error;
      }
    },
    errorResponse: (fault) => {
      const { status, message = "Simulated fault.", code } = fault;
      return errorResponse(new GraphHttpError(status, message, code, retryAfterHeader(fault)), ids);
    },
  });
}

async function handleSingle(
  service: GraphService,
  request: EmulatorRequest,
  relativeUrl: string,
  authorization: string | undefined,
): Promise<EmulatorResponse> {
  const caller = await service.tokens.authenticate(authorization);
  return routeGraphRequest(service, caller, request, relativeUrl);
}

async function handleBeta(service: GraphService, request: EmulatorRequest): Promise<EmulatorResponse> {
  const caller = await service.tokens.authenticate(request.headers.authorization);
  return routeBetaRequest(service, caller, request, request.url.slice(BETA.length));
}

function handleItem(
  service: GraphService,
  { request, error }: BatchItem,
  authorization: string | undefined,
): Promise<Delivery> {
  const { method, url } = request;
  return respond(service, ["item"], request, () => {
    if (error) throw error;
    if (!service.allowBatchDelete && method === "DELETE" && PHOTO_VALUE.test(url)) {
      throw new GraphHttpError(405, "The request cannot be part of a batch.");
    }
    return handleSingle(service, request, url.startsWith("/") ? url : `/${url}`, authorization);
  });
}

/** Spelling of header names inside batches; in HTTP they are lowercase. Clients must accept both. */
const ITEM_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "Content-Type",
  "retry-after": "Retry-After",
};

function itemHeaders(headers: EmulatorResponse["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [ITEM_HEADERS[name] ?? name, value]),
  );
}

function itemBody({ headers, json, bytes }: EmulatorResponse): { body?: unknown } {
  if (json !== undefined) return { body: json };
  if (!bytes) return {};
  const isJson = (headers["content-type"] ?? "").includes("json");
  return { body: (isJson ? parseJson(bytes) : undefined) ?? bytes.toBase64() };
}

/** How often an item's response appears in that of its batch. */
const COPIES: Readonly<Record<string, number>> = { omit: 0, duplicate: 2 };
const UNKNOWN_ID = "nobody";

async function handleBatch(
  service: GraphService,
  batch: EmulatorRequest,
  recordItem: RecordItem,
): Promise<EmulatorResponse> {
  const { authorization } = batch.headers;
  await service.tokens.authenticate(authorization);
  if (batch.method !== "POST") throw methodNotAllowed();
  const responses: unknown[] = [];
  const failed = new Set<string>();
  for (const item of parseBatch(batch)) {
    const error = item.dependsOn.some((id) => failed.has(id))
      ? new GraphHttpError(424, "A request that this one depends on has failed.", "FailedDependency")
      : item.error;
    const record = recordItem(item.request);
    const { response, mode } = await handleItem(service, { ...item, error }, authorization);
    recordResponse(record, response);
    if (response.status >= 400) failed.add(item.id.toLowerCase());
    const copy = {
      id: mode === "rename" ? UNKNOWN_ID : item.id,
      status: response.status,
      headers: itemHeaders(response.headers),
      ...itemBody(response),
    };
    for (let copies = COPIES[mode] ?? 1; copies > 0; copies--) responses.push(copy);
  }
  return jsonResponse(200, { responses: shuffled(responses, service.random) });
}

/** Handles an HTTP request to Graph. */
export function handleGraphRequest(
  service: GraphService,
  request: EmulatorRequest,
  recordItem: RecordItem,
): Promise<Delivery> {
  const isBatch = isBatchRequest(request);
  return respond(service, isBatch ? ["batch", "graph"] : ["graph"], request, () => {
    if (isBatch) return handleBatch(service, request, recordItem);
    if (request.url.startsWith(BETA)) return handleBeta(service, request);
    const relativeUrl = request.url.slice(VERSION.length);
    if (relativeUrl === "/") throw unknownSegment("");
    return handleSingle(service, request, relativeUrl, request.headers.authorization);
  });
}
