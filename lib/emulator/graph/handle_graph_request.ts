import { parseJson } from "../encoding.ts";
import type { AccessTokens } from "../entra/access_tokens.ts";
import type { Fault, FaultPlace, StatusFault } from "../fault/fault.ts";
import type { FaultQueue } from "../fault/fault_queue.ts";
import { respondWithFault, retryAfterHeader } from "../fault/respond_with_fault.ts";
import { type Delivery, type EmulatorRequest, type EmulatorResponse, jsonResponse } from "../http_message.ts";
import { type Random, shuffled } from "../random.ts";
import { type PendingRecord, recordResponse } from "../recorder.ts";
import {
  defaultErrorCode,
  errorResponse,
  failedDependency,
  graphHeaders,
  GraphHttpError,
  methodNotAllowed,
  unknownSegment,
} from "./graph_http_error.ts";
import { type BatchItem, parseBatch } from "./parse_batch.ts";
import type { GraphState } from "./resource_handler.ts";
import { routeGraphRequest } from "./route_graph_request.ts";

/** What `handleGraphRequest()` works with. */
export interface GraphService extends GraphState {
  readonly tokens: AccessTokens;
  readonly faults: FaultQueue;
  readonly random: Random;
  /** Whether batches can delete photos. */
  readonly allowBatchDelete: boolean;
  /** Counts a request; returns the seconds to wait if it is over the rate limit. */
  readonly limitRate: () => { retryAfter: number } | undefined;
  /** Records a request inside a batch. */
  readonly recordItem: (item: EmulatorRequest) => PendingRecord;
}

const VERSION = "/v1.0";
const PHOTO_VALUE = /\/photo\/(?:\$|%24)value$/i;

/** Whether the request is for Graph's `$batch`. */
export function isBatchRequest(request: EmulatorRequest): boolean {
  return /^\/v1\.0\/(?:\$|%24)batch(?:\?|$)/.test(request.url);
}

/** Whether the request is for Graph. */
export function isGraphRequest(request: EmulatorRequest): boolean {
  return request.url.startsWith(`${VERSION}/`);
}

function faultResponse(fault: StatusFault, request: EmulatorRequest): EmulatorResponse {
  const { status, code = defaultErrorCode(status), message = "Simulated fault." } = fault;
  return errorResponse(new GraphHttpError(status, code, message, retryAfterHeader(fault)), request);
}

/** Returns a 429 for a request over the rate limit, else the next fault. Batches count by their items. */
function nextFault(
  service: GraphService,
  places: readonly FaultPlace[],
  request: EmulatorRequest,
): Fault | undefined {
  const excess = places.includes("batch") ? undefined : service.limitRate();
  if (!excess) return service.faults.take(places, request);
  return {
    kind: "status",
    status: 429,
    retryAfter: String(excess.retryAfter),
    message: "Too many requests.",
  };
}

/** Responds with what `handle` returns or throws, unless a fault or the rate limit intervenes. */
function respond(
  service: GraphService,
  places: readonly FaultPlace[],
  request: EmulatorRequest,
  handle: () => Promise<EmulatorResponse>,
): Promise<Delivery> {
  return respondWithFault(nextFault(service, places, request), {
    execute: async () => {
      try {
        return await handle();
      } catch (error) {
        if (error instanceof GraphHttpError) return errorResponse(error, request);
        throw error;
      }
    },
    errorResponse: (fault) => faultResponse(fault, request),
    expireTokens: () => service.tokens.expireAll(),
    requireClaims: (claims) => service.tokens.requireClaims(claims),
  });
}

async function handleSingle(
  service: GraphService,
  request: EmulatorRequest,
  relativeUrl: string,
  authorization: string | undefined,
): Promise<EmulatorResponse> {
  const caller = await service.tokens.authenticate(authorization);
  const response = routeGraphRequest(service, caller, request, relativeUrl);
  return { ...response, headers: { ...graphHeaders(request), ...response.headers } };
}

async function handleItem(
  service: GraphService,
  { request, error }: BatchItem,
  authorization: string | undefined,
): Promise<Delivery> {
  const record = service.recordItem(request);
  const delivery = await respond(service, ["item"], request, () => {
    if (error) throw error;
    const path = request.url.split("?")[0]!;
    if (!service.allowBatchDelete && request.method === "DELETE" && PHOTO_VALUE.test(path)) {
      throw methodNotAllowed("The request cannot be part of a batch.");
    }
    const relativeUrl = request.url.startsWith("/") ? request.url : `/${request.url}`;
    return handleSingle(service, request, relativeUrl, authorization);
  });
  recordResponse(record, delivery.response);
  return delivery;
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

async function handleBatch(service: GraphService, batch: EmulatorRequest): Promise<EmulatorResponse> {
  const { authorization } = batch.headers;
  await service.tokens.authenticate(authorization);
  if (batch.method !== "POST") throw methodNotAllowed();
  const responses: unknown[] = [];
  const failed = new Set<string>();
  for (const item of parseBatch(batch)) {
    const error = item.dependsOn.some((id) => failed.has(id)) ? failedDependency() : item.error;
    const { response, mode } = await handleItem(service, { ...item, error }, authorization);
    if (response.status >= 400) failed.add(item.id.toLowerCase());
    const copy = {
      id: mode === "rename" ? UNKNOWN_ID : item.id,
      status: response.status,
      headers: itemHeaders(response.headers),
      ...itemBody(response),
    };
    for (let copies = COPIES[mode] ?? 1; copies > 0; copies--) responses.push(copy);
  }
  return jsonResponse(200, { responses: shuffled(responses, service.random) }, graphHeaders(batch));
}

/** Handles an HTTP request to Graph. */
export function handleGraphRequest(service: GraphService, request: EmulatorRequest): Promise<Delivery> {
  const isBatch = isBatchRequest(request);
  return respond(service, isBatch ? ["batch", "graph"] : ["graph"], request, () => {
    if (isBatch) return handleBatch(service, request);
    const relativeUrl = request.url.slice(VERSION.length);
    if (relativeUrl === "/") throw unknownSegment("");
    return handleSingle(service, request, relativeUrl, request.headers.authorization);
  });
}
