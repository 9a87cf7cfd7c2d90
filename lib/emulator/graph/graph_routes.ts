import type { Answer, EmulatorRequest } from "../exchange.ts";
import { answerEntity, answerList } from "./entities.ts";
import { GraphError, resourceNotFound } from "./graph_error.ts";
import { type GraphPath, type Owner, parseGraphPath } from "./graph_path.ts";
import { type Caller, type Operation, requirePermission } from "./graph_permissions.ts";
import type { Found, GraphState } from "./graph_state.ts";
import { photoMetadata, readPhoto, removePhoto, writePhoto } from "./photos.ts";

type Owned = (state: GraphState, found: Found, request: EmulatorRequest, query: URLSearchParams) => Answer;
type Access = "read" | "photo.read" | "photo.write";

interface Route {
  readonly access: Access;
  readonly answer: Owned;
}

const ROUTES: Readonly<Record<"entity" | "photo" | "photoValue", Readonly<Record<string, Route>>>> = {
  entity: { GET: { access: "read", answer: answerEntity } },
  photo: { GET: { access: "photo.read", answer: photoMetadata } },
  photoValue: {
    GET: { access: "photo.read", answer: readPhoto },
    PUT: { access: "photo.write", answer: writePhoto },
    DELETE: { access: "photo.write", answer: removePhoto },
  },
};

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function find(state: GraphState, owner: Owner, caller: Caller): Found {
  if (owner.kind === "group") {
    if (!GUID.test(owner.key)) {
      throw new GraphError(400, "Request_BadRequest", `Invalid object identifier '${owner.key}'.`);
    }
    const entity = state.directory.group(owner.key);
    if (!entity) throw resourceNotFound(owner.key);
    return { kind: "group", entity };
  }
  const key = owner.kind === "user" ? owner.key : caller.kind === "app" ? "" : caller.userId;
  const entity = state.directory.users.get(key);
  if (!entity) throw resourceNotFound(key);
  return { kind: "user", entity };
}

function isOwn(state: GraphState, owner: Owner, caller: Caller): boolean {
  if (owner.kind === "me") return true;
  if (owner.kind === "group" || caller.kind === "app") return false;
  return state.directory.users.get(owner.key)?.id === caller.userId;
}

function isAdmin(state: GraphState, caller: Caller): boolean {
  return caller.kind !== "app" && state.directory.users.get(caller.userId)?.isAdmin === true;
}

function methodNotAllowed(): GraphError {
  const message = "Specified HTTP method is not allowed for the request target.";
  return new GraphError(405, "MethodNotAllowed", message);
}

function answerOwned(
  path: Extract<GraphPath, { owner: Owner }>,
  state: GraphState,
  caller: Caller,
  request: EmulatorRequest,
  query: URLSearchParams,
): Answer {
  const { owner, shape } = path;
  if (owner.kind === "me" && caller.kind === "app") {
    throw new GraphError(400, "BadRequest", "/me request is only valid with delegated authentication flow.");
  }
  const routes = ROUTES[shape];
  const route = Object.hasOwn(routes, request.method) ? routes[request.method] : undefined;
  if (!route) throw methodNotAllowed();
  const operation: Operation = `${owner.kind === "group" ? "group" : "user"}.${route.access}`;
  requirePermission(operation, caller, isOwn(state, owner, caller), isAdmin(state, caller));
  return route.answer(state, find(state, owner, caller), request, query);
}

/** Answers one request; `relativeUrl` is its path and query below the version. Refusals are thrown. */
export function answerRoute(
  state: GraphState,
  caller: Caller,
  request: EmulatorRequest,
  relativeUrl: string,
): Answer {
  const [rawPath = "", ...rest] = relativeUrl.split("?");
  const query = new URLSearchParams(rest.join("?"));
  const path = parseGraphPath(rawPath);
  if ("owner" in path) return answerOwned(path, state, caller, request, query);
  if (path.shape === "batch") {
    throw new GraphError(400, "BadRequest", "A batch cannot be part of a batch.");
  }
  if (request.method !== "GET") throw methodNotAllowed();
  requirePermission(path.shape === "users" ? "user.read" : "group.read", caller, false, false);
  return answerList(state, path.shape, query);
}
