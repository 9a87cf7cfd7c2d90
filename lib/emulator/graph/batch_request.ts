import { fromBase64 } from "../base64.ts";
import { type EmulatorRequest, isRecord, parseJson, utf8 } from "../exchange.ts";
import { GraphError } from "./graph_error.ts";

/** One request of a batch: ready to run, or refused for itself. */
export interface BatchItem {
  readonly id: string;
  readonly request: EmulatorRequest;
  readonly refusal?: GraphError;
  /** The ids of the requests that must have succeeded before, in lower case. */
  readonly dependsOn: readonly string[];
}

const MAX_ITEMS = 20;
const WITH_BODY = ["POST", "PUT", "PATCH"];

function invalid(message = "Invalid batch payload format."): GraphError {
  return new GraphError(400, "BadRequest", message);
}

function headersOf(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isRecord(value)) throw invalid();
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name.toLowerCase(), String(text)]));
}

/** JSON bodies stand as JSON, all others as base64 (JSON batching, "Request format"). */
function bodyOf(value: unknown, headers: Record<string, string>): Uint8Array<ArrayBuffer> | undefined {
  if (value === undefined || value === null) return new Uint8Array();
  if ((headers["content-type"] ?? "").startsWith("application/json")) return utf8(JSON.stringify(value));
  return typeof value === "string" ? fromBase64(value) : undefined;
}

function itemRefusal(url: string, body: unknown): GraphError | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(url)) return invalid(`The request URI '${url}' is not relative.`);
  return body === undefined ? invalid("The request body is not valid base64.") : undefined;
}

function idsOf(value: unknown): string[] {
  if (!Array.isArray(value) || !value.every((id) => typeof id === "string")) throw invalid();
  return value.map((id) => id.toLowerCase());
}

/** The same items, each after those that it depends on. */
function inOrder(items: readonly BatchItem[]): BatchItem[] {
  const ordered: BatchItem[] = [];
  const placed = new Set<string>();
  while (ordered.length < items.length) {
    const next = items.find(({ id, dependsOn }) =>
      !placed.has(id.toLowerCase()) && dependsOn.every((other) => placed.has(other))
    );
    if (!next) {
      throw invalid("Request dependencies must be on other requests of the batch, and not in a circle.");
    }
    ordered.push(next);
    placed.add(next.id.toLowerCase());
  }
  return ordered;
}

function readItem(item: unknown): BatchItem {
  if (!isRecord(item)) throw invalid();
  const { id, method, url } = item;
  if (
    typeof id !== "string" || id === "" || typeof method !== "string" || typeof url !== "string" || url === ""
  ) {
    throw invalid();
  }
  const headers = headersOf(item.headers);
  if (WITH_BODY.includes(method.toUpperCase()) && (item.body === undefined || !headers["content-type"])) {
    throw invalid(`Write request id : ${id} does not contain Content-Type header or body.`);
  }
  const body = bodyOf(item.body, headers);
  const request = { method: method.toUpperCase(), url, headers, body: body ?? new Uint8Array() };
  return { id, request, refusal: itemRefusal(url, body), dependsOn: idsOf(item.dependsOn ?? []) };
}

/** Reads the requests of a batch, in the order to run them; throws 400 where it is not a batch at all. */
export function readBatch(batch: EmulatorRequest): BatchItem[] {
  const type = (batch.headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
  const body = type === "application/json" ? parseJson(batch.body) : undefined;
  if (!isRecord(body) || !Array.isArray(body.requests) || body.requests.length === 0) throw invalid();
  if (body.requests.length > MAX_ITEMS) {
    const message = `Number of batch request steps exceeds the max value of ${MAX_ITEMS}.`;
    throw new GraphError(400, "MaximumValueExceeded", message);
  }
  const items = body.requests.map(readItem);
  const ids = new Set(items.map(({ id }) => id.toLowerCase()));
  if (ids.size < items.length) throw invalid("Request Id's have to be unique in a batch.");
  return inOrder(items);
}
