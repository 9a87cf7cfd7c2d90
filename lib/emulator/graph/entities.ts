import type { Group, User } from "../directory/directory_types.ts";
import type { EmulatorResponse } from "../http_message.ts";
import { GraphHttpError } from "./graph_http_error.ts";
import { dataResponse, type GraphState, type ResourceHandler } from "./resource_handler.ts";

type Properties = Readonly<Record<string, string | null>>;

const DEFAULT_PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 999;
const DEFAULT_PROPERTIES = ["displayName", "mail", "userPrincipalName", "id"];

function invalidQuery(message: string): GraphHttpError {
  return new GraphHttpError(400, "Request_BadRequest", message);
}

function userProperties(user: User): Properties {
  const { id, displayName, mail, userPrincipalName, userType } = user;
  return { displayName, mail, userPrincipalName, userType, id };
}

function groupProperties(group: Group): Properties {
  const { id, displayName, mail } = group;
  return { displayName, mail, id };
}

function select(properties: Properties, kind: "user" | "group", query: URLSearchParams): Properties {
  const selected = query.get("$select")?.split(",").map((name) => name.trim());
  const unknown = selected?.find((name) => !Object.hasOwn(properties, name));
  if (unknown !== undefined) {
    throw invalidQuery(`Could not find a property named '${unknown}' on type 'microsoft.graph.${kind}'.`);
  }
  const names = selected ?? DEFAULT_PROPERTIES;
  return Object.fromEntries(Object.entries(properties).filter(([name]) => names.includes(name)));
}

function checkQueryOptions(query: URLSearchParams, supported: readonly string[]): void {
  const unknown = [...query.keys()].find((name) => name.startsWith("$") && !supported.includes(name));
  if (unknown) throw invalidQuery(`The query option '${unknown}' is not supported by this emulator.`);
}

/** Returns the `@odata.context` of a collection. */
function contextOf(state: GraphState, collection: "users" | "groups", query: URLSearchParams): string {
  const selected = query.has("$select") ? `(${query.get("$select")})` : "";
  return `${state.url}/v1.0/$metadata#${collection}${selected}`;
}

/** `GET /users/{id}`, `GET /groups/{id}` and `GET /me`. */
export const getEntity: ResourceHandler = (state, { kind, entity }, _request, query) => {
  checkQueryOptions(query, ["$select"]);
  const properties = kind === "user" ? userProperties(entity as User) : groupProperties(entity as Group);
  const context = `${contextOf(state, `${kind}s`, query)}/$entity`;
  return dataResponse({ "@odata.context": context, ...select(properties, kind, query) });
};

function pageSize(query: URLSearchParams): number {
  const top = query.get("$top") ?? String(DEFAULT_PAGE_SIZE);
  const size = /^\d+$/.test(top) ? Number(top) : 0;
  if (size < 1 || size > MAX_PAGE_SIZE) {
    throw invalidQuery(
      `Invalid page size specified: '${top}'. Must be between 1 and ${MAX_PAGE_SIZE} inclusive.`,
    );
  }
  return size;
}

function pageStart(query: URLSearchParams): number {
  const token = query.get("$skiptoken");
  if (token === null) return 0;
  if (!/^p\d+$/.test(token)) throw invalidQuery("The skip token is not valid.");
  return Number(token.slice(1));
}

function nextLink(state: GraphState, collection: string, query: URLSearchParams, start: number): string {
  const next = new URLSearchParams(query);
  next.set("$skiptoken", `p${start}`);
  return `${state.url}/v1.0/${collection}?${next.toString().replaceAll("%24", "$")}`;
}

/** `GET /users` and `GET /groups`, one page per request. */
export function listEntities(
  state: GraphState,
  collection: "users" | "groups",
  query: URLSearchParams,
): EmulatorResponse {
  checkQueryOptions(query, ["$select", "$top", "$skiptoken"]);
  const { users, groups } = state.directory;
  const start = pageStart(query);
  const end = start + pageSize(query);
  const value = collection === "users"
    ? users.slice(start, end).map((user) => select(userProperties(user), "user", query))
    : groups.slice(start, end).map((group) => select(groupProperties(group), "group", query));
  const total = collection === "users" ? users.size : groups.length;
  return dataResponse({
    "@odata.context": contextOf(state, collection, query),
    ...(end < total ? { "@odata.nextLink": nextLink(state, collection, query, end) } : {}),
    value,
  });
}
