import type { Group, User } from "../directory/directory_types.ts";
import type { Answer, EmulatorRequest } from "../exchange.ts";
import { dataAnswer } from "./data_answer.ts";
import { GraphError } from "./graph_error.ts";
import type { Found, GraphState } from "./graph_state.ts";

type Properties = Readonly<Record<string, string | null>>;

const DEFAULT_PAGE = 100;
const MAX_PAGE = 999;
const DEFAULT_PROPERTIES = ["displayName", "mail", "userPrincipalName", "id"];

function badQuery(message: string): GraphError {
  return new GraphError(400, "Request_BadRequest", message);
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
  const asked = query.get("$select");
  const names = asked === null ? DEFAULT_PROPERTIES : asked.split(",").map((name) => name.trim());
  const unknown = asked === null ? undefined : names.find((name) => !Object.hasOwn(properties, name));
  if (unknown !== undefined) {
    throw badQuery(`Could not find a property named '${unknown}' on type 'microsoft.graph.${kind}'.`);
  }
  return Object.fromEntries(Object.entries(properties).filter(([name]) => names.includes(name)));
}

function checkOptions(query: URLSearchParams, known: readonly string[]): void {
  const unknown = [...query.keys()].find((name) => name.startsWith("$") && !known.includes(name));
  if (unknown) throw badQuery(`The query option '${unknown}' is not supported by this emulator.`);
}

/** What an answer's `@odata.context` says of it. */
function contextOf(state: GraphState, shape: "users" | "groups", query: URLSearchParams): string {
  const selected = query.has("$select") ? `(${query.get("$select")})` : "";
  return `${state.url}/v1.0/$metadata#${shape}${selected}`;
}

/** `GET /users/{key}`, `GET /groups/{id}`, `GET /me`. */
export function answerEntity(
  state: GraphState,
  found: Found,
  _request: EmulatorRequest,
  query: URLSearchParams,
): Answer {
  checkOptions(query, ["$select"]);
  const properties = found.kind === "user"
    ? userProperties(found.entity as User)
    : groupProperties(found.entity as Group);
  const context = `${contextOf(state, `${found.kind}s`, query)}/$entity`;
  return dataAnswer({ "@odata.context": context, ...select(properties, found.kind, query) });
}

function pageSize(query: URLSearchParams): number {
  const top = query.get("$top") ?? String(DEFAULT_PAGE);
  const size = /^\d+$/.test(top) ? Number(top) : 0;
  if (size < 1 || size > MAX_PAGE) {
    throw badQuery(`Invalid page size specified: '${top}'. Must be between 1 and ${MAX_PAGE} inclusive.`);
  }
  return size;
}

function pageStart(query: URLSearchParams): number {
  const token = query.get("$skiptoken");
  if (token === null) return 0;
  if (!/^p\d+$/.test(token)) throw badQuery("The skip token is not valid.");
  return Number(token.slice(1));
}

function nextLink(state: GraphState, shape: string, query: URLSearchParams, start: number): string {
  const next = new URLSearchParams(query);
  next.set("$skiptoken", `p${start}`);
  return `${state.url}/v1.0/${shape}?${next.toString().replaceAll("%24", "$")}`;
}

/** `GET /users`, `GET /groups`, a page at a time. */
export function answerList(state: GraphState, shape: "users" | "groups", query: URLSearchParams): Answer {
  checkOptions(query, ["$select", "$top", "$skiptoken"]);
  const { users, groups } = state.directory;
  const start = pageStart(query);
  const end = start + pageSize(query);
  const value = shape === "users"
    ? users.slice(start, end).map((user) => select(userProperties(user), "user", query))
    : groups.slice(start, end).map((group) => select(groupProperties(group), "group", query));
  const total = shape === "users" ? users.size : groups.length;
  return dataAnswer({
    "@odata.context": contextOf(state, shape, query),
    ...(end < total ? { "@odata.nextLink": nextLink(state, shape, query, end) } : {}),
    value,
  });
}
