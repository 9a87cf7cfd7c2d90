import { decodeBase64, encodeUtf8, isJsonObject, parseJson } from "../encoding.ts";
import { type EmulatorRequest, mediaType } from "../http_message.ts";
import { GraphHttpError } from "./graph_http_error.ts";

/** A request of a batch. */
export interface BatchItem {
  readonly id: string;
  readonly request: EmulatorRequest;
  /** Why this item alone is refused. */
  readonly error?: GraphHttpError;
  /** Lowercase ids of the items that must succeed first. */
  readonly dependsOn: readonly string[];
}

const MAX_ITEMS = 20;
const METHODS_WITH_BODY = ["POST", "PUT", "PATCH"];

const invalid = (message = "Invalid batch payload format.") => new GraphHttpError(400, message);

function parseHeaders(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isJsonObject(value)) throw invalid();
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name.toLowerCase(), String(text)]));
}

/** Decodes the body of an item: JSON as is, anything else in base64 (JSON batching, "Request format"). */
function decodeBody(value: unknown, headers: Record<string, string>): Uint8Array<ArrayBuffer> | undefined {
  if (value === undefined || value === null) return new Uint8Array();
  if ((headers["content-type"] ?? "").startsWith("application/json")) {
    return encodeUtf8(JSON.stringify(value));
  }
  return typeof value === "string" ? decodeBase64(value) : undefined;
}

function itemError(url: string, body: unknown): GraphHttpError | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(url)) return invalid(`The request URI '${url}' is not relative.`);
  return body === undefined ? invalid("The request body is not valid base64.") : undefined;
}

function parseIds(value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((id) => typeof id === "string")) throw invalid();
  return value.map((id) => id.toLowerCase());
}

/** Sorts items so that each comes after those it depends on. */
function sortByDependency(items: readonly BatchItem[]): BatchItem[] {
  const sorted: BatchItem[] = [];
  const placed = new Set<string>();
  while (sorted.length < items.length) {
    const next = items.find(({ id, dependsOn }) =>
      !placed.has(id.toLowerCase()) && dependsOn.every((other) => placed.has(other))
    );
    if (!next) throw invalid("Requests may depend only on other requests of the batch, without cycles.");
    sorted.push(next);
    placed.add(next.id.toLowerCase());
  }
  return sorted;
}

function parseItem(item: unknown): BatchItem {
  if (!isJsonObject(item)) throw invalid();
  const { id, method, url } = item;
  const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
  if (!isText(id) || typeof method !== "string" || !isText(url)) throw invalid();
  const headers = parseHeaders(item.headers);
  const needsBody = METHODS_WITH_BODY.includes(method.toUpperCase());
  if (needsBody && (item.body === undefined || !headers["content-type"])) {
    throw invalid(`Write request id : ${id} does not contain Content-Type header or body.`);
  }
  const body = decodeBody(item.body, headers);
  const request = { method: method.toUpperCase(), url, headers, body: body ?? new Uint8Array() };
  return { id, request, error: itemError(url, body), dependsOn: parseIds(item.dependsOn ?? []) };
}

/**
 * Parses a batch, and returns its items in an order that respects their dependencies.
 *
 * @throws {GraphHttpError} 400 if the whole batch is refused.
 */
export function parseBatch(batch: EmulatorRequest): BatchItem[] {
  const body = mediaType(batch) === "application/json" ? parseJson(batch.body) : undefined;
  if (!isJsonObject(body) || !Array.isArray(body.requests) || body.requests.length === 0) {
    throw invalid();
  }
  if (body.requests.length > MAX_ITEMS) {
    const message = `Number of batch request steps exceeds the max value of ${MAX_ITEMS}.`;
    throw new GraphHttpError(400, message, "MaximumValueExceeded");
  }
  const items = body.requests.map(parseItem);
  const ids = new Set(items.map(({ id }) => id.toLowerCase()));
  if (ids.size < items.length) throw invalid("Request Id's have to be unique in a batch.");
  return sortByDependency(items);
}
