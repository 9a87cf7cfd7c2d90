import { GraphError, type GraphErrorInit } from "../errors.ts";
import { isJsonObject } from "../is_json_object.ts";
import type { Operation } from "../permissions.ts";
import { isGuid } from "../target.ts";
import type { GraphClient } from "./client.ts";
import { jsonOf } from "./interpret_reply.ts";
import type { GraphRequest } from "./photo_requests.ts";
import { requestWithRetries, type Transport } from "./request_with_retries.ts";

/** Which list of Graph to read. */
export interface ListQuery {
  /** Path below the API version, such as `/users`. */
  path: string;
  /** The properties to read (`$select`). */
  properties: readonly string[];
  /** OData filter. */
  filter?: string;
  /** Whether Graph takes it as an advanced query only. Default: that is tried where Graph refuses the plain one. */
  isAdvanced?: boolean;
  /** What needs a permission. */
  operation: Operation;
}

/** Users, groups or members per page: Graph's limit. */
const PAGE_SIZE = 999;
/** In bytes: enough for a page with every property that is read. */
const LARGEST_PAGE = 2 ** 23;
/** Pages without an entry in a row; Graph may send some. */
const MAX_EMPTY_PAGES = 1000;

/** Returns the request for the first page. An advanced query takes a header, and a count. */
function firstPage({ path, properties, filter, isAdvanced, operation }: ListQuery): GraphRequest {
  const query = [
    `$select=${properties.join(",")}`,
    `$top=${PAGE_SIZE}`,
    ...(filter === undefined ? [] : [`$filter=${encodeURIComponent(filter)}`]),
    ...(isAdvanced ? ["$count=true"] : []),
  ];
  const shape = { target: null, kind: "list", method: "GET", maxBytes: LARGEST_PAGE, alone: true } as const;
  return { ...shape, operation, isAdvanced, path: `${path}?${query.join("&")}` };
}

const SUBJECT = "Cannot read the list: ";

function unusable(message: string, facts: Pick<GraphErrorInit, "status" | "attempts">): GraphError {
  return new GraphError({
    code: "UnexpectedAnswer",
    message: SUBJECT + message,
    hint: "Nothing was changed. Try again later.",
    ...{ graphCode: null, requestId: null, clientRequestId: null },
    ...facts,
  });
}

/** A user or group as a list has it: with the properties that were asked for, where the token may read them. */
export type DirectoryObject = { id: string } & Record<string, unknown>;

/** Returns a property that is a text; `null` if it is empty, or the token may not read it. */
export const textOf = (value: unknown): string | null =>
  typeof value === "string" && value !== "" ? value : null;

/** Returns whether a value is a user or group of a response. */
export const isDirectoryObject = (value: unknown): value is DirectoryObject =>
  isJsonObject(value) && typeof value.id === "string" && isGuid(value.id);

/**
 * Reads a list of Graph, page by page. Where Graph refuses a filter as a plain query, it is sent as an advanced one.
 * Links are followed within the Graph in use only, as the token goes with them.
 *
 * @throws {GraphError} If a page cannot be read, or the list repeats an entry, leads in a circle or to another host.
 * @see https://learn.microsoft.com/graph/paging
 */
export async function* readList(
  query: ListQuery,
  client: GraphClient,
  transport: Transport,
): AsyncGenerator<DirectoryObject[]> {
  const root = `${client.cloud.graph}/v1.0`;
  const ids = new Set<string>();
  const links = new Set<string>();
  let emptyPages = 0;
  let request = firstPage(query);
  for (;;) {
    const outcome = await requestWithRetries(request, client, transport, SUBJECT);
    if (outcome.kind === "notSent") return;
    if (outcome.kind === "failed") {
      if (outcome.error.graphCode !== "Request_UnsupportedQuery" || request.isAdvanced) throw outcome.error;
      request = firstPage({ ...query, isAdvanced: true });
      continue;
    }
    const { response, attempts, success: { status } } = outcome;
    const fail = (message: string) => unusable(message, { status, attempts });
    const { value, "@odata.nextLink": link = null } = jsonOf(response) ?? {};
    if (!Array.isArray(value) || !value.every(isDirectoryObject)) {
      throw fail("Graph answered with something else");
    }
    for (const { id } of value) {
      if (ids.size === ids.add(id).size) throw fail(`it names ${id} twice, so it changed while it was read`);
    }
    yield value;
    if (link === null) return;
    if (typeof link !== "string" || !link.startsWith(`${root}/`)) {
      throw fail("its next page is at another address than Graph's");
    }
    if (links.size === links.add(link).size) throw fail("its pages lead in a circle");
    emptyPages = value.length ? 0 : emptyPages + 1;
    if (emptyPages > MAX_EMPTY_PAGES) throw fail(`more than ${MAX_EMPTY_PAGES} pages in a row are empty`);
    request = { ...request, path: link.slice(root.length) };
  }
}
