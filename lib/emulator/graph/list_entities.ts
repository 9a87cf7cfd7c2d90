import type { Group, User } from "../directory/directory.ts";
import { type EmulatorResponse, textResponse } from "../http_message.ts";
import { type Filter, parseFilter } from "./filter.ts";
import { checkQueryOptions, dataResponse, type GraphCall, type GraphState } from "./graph_call.ts";
import { GraphHttpError, insufficientPrivileges, invalidQuery } from "./graph_http_error.ts";
import { isReadable, type Kind, kindOf, selectedNames, selectProperties } from "./properties.ts";
import type { Readable } from "./require_permission.ts";

/** What to list. */
export interface EntityList {
  /** Kinds of objects that the list can contain. */
  readonly kinds: readonly Kind[];
  /** Gives the object at a position, from 0; `undefined` after the last one. */
  readonly at: (position: number) => User | Group | undefined;
  /** The properties that the caller can read, by kind. */
  readonly readable: Readonly<Record<Kind, Readable>>;
  /** Whether members are listed: what the caller cannot read is `null` instead of an error. */
  readonly isMembership?: boolean;
}

const DEFAULT_PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 999;
const OPTIONS = ["$select", "$top", "$skiptoken", "$filter", "$count"];

/** Whether the request has both advanced query parameters. */
export function isAdvancedQuery({ request, query }: GraphCall): boolean {
  return isEventual(request.headers) && query.get("$count") === "true";
}

function isEventual(headers: Readonly<Record<string, string>>): boolean {
  return headers.consistencylevel?.toLowerCase() === "eventual";
}

function pageSize(query: URLSearchParams): number {
  const top = query.get("$top") ?? String(DEFAULT_PAGE_SIZE);
  const size = /^\d+$/.test(top) ? Number(top) : 0;
  if (size >= 1 && size <= MAX_PAGE_SIZE) return size;
  throw invalidQuery(
    `Invalid page size specified: '${top}'. Must be between 1 and ${MAX_PAGE_SIZE} inclusive.`,
  );
}

function pageStart(query: URLSearchParams): number {
  const token = query.get("$skiptoken") ?? "p0";
  if (!/^p\d+$/.test(token)) throw invalidQuery("The skip token is not valid.");
  return Number(token.slice(1));
}

function nextLink(state: GraphState, { path, query }: GraphCall, start: number): string {
  const next = new URLSearchParams(query);
  next.set("$skiptoken", `p${start}`);
  return `${state.url}/v1.0${path}?${next.toString().replaceAll("%24", "$")}`;
}

/** Parses the filter of a request; throws a 403 if it compares what the caller cannot read. */
function readFilter({ query }: GraphCall, list: EntityList, isAdvanced: boolean): Filter["matches"] {
  const text = query.get("$filter");
  if (text === null) return () => true;
  const { kinds, readable, isMembership } = list;
  if (isMembership && !isAdvanced) {
    throw new GraphHttpError(
      400,
      "The specified filter to the reference property query is currently not supported.",
      "Request_UnsupportedQuery",
    );
  }
  const { matches, names } = parseFilter(text, kinds, isAdvanced);
  if ([...names].some((name) => kinds.some((kind) => !isReadable(kind, name, readable[kind])))) {
    throw insufficientPrivileges();
  }
  return matches;
}

function countMatches({ at }: EntityList, matches: Filter["matches"]): number {
  let count = 0;
  for (let position = 0, entity = at(0); entity; entity = at(++position)) if (matches(entity)) count++;
  return count;
}

/** `GET /users/$count` and the like: the number of objects, as text. */
export function countEntities(call: GraphCall, list: EntityList): EmulatorResponse {
  checkQueryOptions(call.query, ["$filter"]);
  if (!isEventual(call.request.headers)) throw invalidQuery("$count is not currently supported.");
  return textResponse(200, "text/plain", String(countMatches(list, readFilter(call, list, true))));
}

/** Lists a collection, one page per request. */
export function listEntities(state: GraphState, call: GraphCall, list: EntityList): EmulatorResponse {
  const { query } = call;
  const { kinds, at, readable, isMembership } = list;
  checkQueryOptions(query, OPTIONS);
  const names = selectedNames(query, kinds);
  const isHidden = (name: string) => kinds.some((kind) => !isReadable(kind, name, readable[kind]));
  if (!isMembership && query.has("$select") && names.some(isHidden)) throw insufficientPrivileges();
  const matches = readFilter(call, list, isAdvancedQuery(call));
  const size = pageSize(query);
  const page: (User | Group)[] = [];
  let position = pageStart(query);
  let entity = at(position);
  for (; entity && page.length <= size; entity = at(++position)) if (matches(entity)) page.push(entity);
  const hasMore = page.length > size;
  if (hasMore) page.pop();
  const counts = isAdvancedQuery(call) && !query.has("$skiptoken");
  const selected = query.has("$select") ? `(${query.get("$select")})` : "";
  const isMixed = kinds.length > 1;
  return dataResponse({
    "@odata.context": `${state.url}/v1.0/$metadata#${isMixed ? "directoryObject" : kinds[0]}s${selected}`,
    ...(counts ? { "@odata.count": countMatches(list, matches) } : {}),
    ...(hasMore ? { "@odata.nextLink": nextLink(state, call, position - 1) } : {}),
    value: page.map((entity) => ({
      ...(isMixed ? { "@odata.type": `#microsoft.graph.${kindOf(entity)}` } : {}),
      ...selectProperties(entity, names, readable[kindOf(entity)]),
    })),
  });
}
