import type { EmulatorRequest, EmulatorResponse } from "../http_message.ts";
import { getEntity, listEntities } from "./entities.ts";
import { badRequest, GraphHttpError, methodNotAllowed, resourceNotFound } from "./graph_http_error.ts";
import { type GraphPath, type Owner, parseGraphPath } from "./graph_path.ts";
import { deletePhoto, getPhoto, getPhotoMetadata, putPhoto } from "./photos.ts";
import { type Caller, type Operation, requirePermission } from "./require_permission.ts";
import type { GraphState, Resource, ResourceHandler } from "./resource_handler.ts";

type OwnedPath = Extract<GraphPath, { owner: Owner }>;

interface Route {
  readonly access: "read" | "photo.read" | "photo.write";
  readonly handle: ResourceHandler;
}

/** Routes by path and method. */
const ROUTES: Readonly<Record<OwnedPath["kind"], Readonly<Record<string, Route>>>> = {
  entity: { GET: { access: "read", handle: getEntity } },
  photo: { GET: { access: "photo.read", handle: getPhotoMetadata } },
  photoValue: {
    GET: { access: "photo.read", handle: getPhoto },
    PUT: { access: "photo.write", handle: putPhoto },
    DELETE: { access: "photo.write", handle: deletePhoto },
  },
};

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function findResource({ directory }: GraphState, owner: Owner, caller: Caller): Resource {
  if (owner.kind === "group") {
    if (!GUID.test(owner.key)) {
      throw new GraphHttpError(400, "Request_BadRequest", `Invalid object identifier '${owner.key}'.`);
    }
    const entity = directory.group(owner.key);
    if (!entity) throw resourceNotFound(owner.key);
    return { kind: "group", entity };
  }
  const key = owner.kind === "user" ? owner.key : caller.kind === "app" ? "" : caller.userId;
  const entity = directory.users.get(key);
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

function routeOwned(
  state: GraphState,
  caller: Caller,
  { kind, owner }: OwnedPath,
  request: EmulatorRequest,
  query: URLSearchParams,
): EmulatorResponse {
  if (owner.kind === "me" && caller.kind === "app") {
    throw badRequest("/me request is only valid with delegated authentication flow.");
  }
  const routes = ROUTES[kind];
  const route = Object.hasOwn(routes, request.method) ? routes[request.method] : undefined;
  if (!route) throw methodNotAllowed();
  const operation: Operation = `${owner.kind === "group" ? "group" : "user"}.${route.access}`;
  requirePermission(operation, caller, isOwn(state, owner, caller), isAdmin(state, caller));
  return route.handle(state, findResource(state, owner, caller), request, query);
}

/**
 * Authorizes a request that is not a batch, and passes it to its handler. `relativeUrl` is its path and query
 * without the API version.
 *
 * @throws {GraphHttpError} If Graph refuses the request.
 */
export function routeGraphRequest(
  state: GraphState,
  caller: Caller,
  request: EmulatorRequest,
  relativeUrl: string,
): EmulatorResponse {
  const [rawPath = "", ...rest] = relativeUrl.split("?");
  const query = new URLSearchParams(rest.join("?"));
  const path = parseGraphPath(rawPath);
  if ("owner" in path) return routeOwned(state, caller, path, request, query);
  if (path.kind === "batch") throw badRequest("A batch cannot be part of a batch.");
  if (request.method !== "GET") throw methodNotAllowed();
  requirePermission(path.kind === "users" ? "user.read" : "group.read", caller, false, false);
  return listEntities(state, path.kind, query);
}
