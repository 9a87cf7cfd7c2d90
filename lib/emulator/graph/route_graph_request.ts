import type { EmulatorRequest, EmulatorResponse } from "../http_message.ts";
import { dataResponse, type GraphCall, type GraphState } from "./graph_call.ts";
import {
  GraphHttpError,
  insufficientPrivileges,
  methodNotAllowed,
  unknownSegment,
} from "./graph_http_error.ts";
import { countEntities, listEntities } from "./list_entities.ts";
import type { Kind } from "./properties.ts";
import { type Caller, readableProperties, requirePermission } from "./require_permission.ts";
import { type Resource, RESOURCE_HANDLERS, type ResourceMethods } from "./resource_handlers.ts";
import { respondOnDemand } from "./respond_on_demand.ts";

/** The user or group that a path names, and the segments that follow it. */
interface Owner {
  readonly kind: Resource["kind"];
  /** Object id or `userPrincipalName`. */
  readonly key: string;
  readonly below: readonly string[];
}

const KINDS = { users: "user", groups: "group" } as const;
const QUOTED_KEY = /^(users|groups)\('((?:[^']|'')*)'\)$/;
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function isCollection(segment: string): segment is keyof typeof KINDS {
  return segment === "users" || segment === "groups";
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new GraphHttpError(400, `The request URI is not valid: '${segment}' is not percent-encoded.`);
  }
}

/** Parses the first segments of a path; `me` is the user with the id `signedInId`. */
function parseOwner(segments: readonly string[], signedInId: string): Owner {
  const [first = "", key = ""] = segments;
  if (first === "me") return { kind: "user", key: signedInId, below: segments.slice(1) };
  const [, collection = "", quotedKey = ""] = QUOTED_KEY.exec(first) ?? [];
  if (isCollection(collection)) {
    return { kind: KINDS[collection], key: quotedKey.replaceAll("''", "'"), below: segments.slice(1) };
  }
  if (!isCollection(first)) throw unknownSegment(first);
  if (key === "") throw unknownSegment(key);
  if (key.startsWith("$")) { // OData reserves this for system query options.
    throw new GraphHttpError(400, `The request URI is not valid: the segment '${key}' begins with '$'.`);
  }
  return { kind: KINDS[first], key, below: segments.slice(2) };
}

/** Finds the methods of a path by the segments that follow a user or group. */
function findMethods(ofKind: Kind, below: readonly string[]): ResourceMethods {
  const found = RESOURCE_HANDLERS.find(({ segments, kind = ofKind }) =>
    kind === ofKind && segments.length === below.length &&
    segments.every((segment, index) =>
      typeof segment === "string" ? segment === below[index] : segment.test(below[index]!)
    )
  );
  if (!found) throw unknownSegment(below.find((segment) => segment !== "photo") ?? "photo");
  return found.methods;
}

function findResource({ directory }: GraphState, kind: Resource["kind"], key: string): Resource {
  if (kind === "group" && !GUID.test(key)) {
    throw new GraphHttpError(400, `Invalid object identifier '${key}'.`, "Request_BadRequest");
  }
  const entity = kind === "group" ? directory.group(key) : directory.users.get(key);
  if (entity) return { kind, entity };
  const message =
    `Resource '${key}' does not exist or one of its queried reference-property objects are not present.`;
  throw new GraphHttpError(404, message, "Request_ResourceNotFound");
}

/** Routes a request for a user, a group or its photo. */
function routeOwned(
  state: GraphState,
  { caller, request, ...rest }: Omit<GraphCall, "below" | "isOwn">,
  segments: readonly string[],
): EmulatorResponse {
  const { users } = state.directory;
  const signedInId = caller.kind === "app" ? "" : caller.userId;
  const { kind, key, below } = parseOwner(segments, signedInId);
  const methods = findMethods(kind, below);
  if (segments[0] === "me" && caller.kind === "app") {
    throw new GraphHttpError(400, "/me request is only valid with delegated authentication flow.");
  }
  const found = Object.hasOwn(methods, request.method) ? methods[request.method] : undefined;
  if (!found) throw methodNotAllowed();
  const isOwn = kind === "user" && users.get(key)?.id === signedInId;
  requirePermission(`${kind}.${found.access}`, caller, isOwn, users.get(signedInId)?.isAdmin);
  return (kind === "user" ? respondOnDemand(key, below, request.method) : undefined) ??
    found.handle(state, findResource(state, kind, key), { ...rest, caller, request, below, isOwn });
}

/**
 * Authorizes a request that is not a batch, and passes it to its handler. `relativeUrl` is its path and query
 * without the API version, such as `/users/adele%40contoso.com/photo/$value`. Splits the path before decoding
 * each segment once, so `%2F` stays part of its segment.
 *
 * @throws {GraphHttpError} If Graph refuses the request.
 */
export function routeGraphRequest(
  state: GraphState,
  caller: Caller,
  request: EmulatorRequest,
  relativeUrl: string,
): EmulatorResponse {
  const [path = "", ...afterPath] = relativeUrl.split("?");
  const query = new URLSearchParams(afterPath.join("?"));
  const segments = path.replace(/^\//, "").split("/").map(decodeSegment);
  const [collection = "", count] = segments;
  const call = { request, path, query, caller };
  const isCount = segments.length === 2 && count === "$count";
  if (!isCollection(collection) || (segments.length > 1 && !isCount)) {
    if (collection === "$batch") throw new GraphHttpError(400, "A batch cannot be part of a batch.");
    return routeOwned(state, call, segments);
  }
  if (request.method !== "GET") throw methodNotAllowed();
  const { users, groups } = state.directory;
  const kind = KINDS[collection];
  requirePermission(`${kind}.read`, caller);
  if (caller.kind !== "app" && users.get(caller.userId)?.userType === "Guest") throw insufficientPrivileges();
  const list = {
    kinds: [kind],
    at: (position: number) => kind === "user" ? users.at(position) : groups[position],
    readable: { user: readableProperties(caller).user, group: "all" as const },
  };
  const listCall = { ...call, below: [], isOwn: false };
  return isCount ? countEntities(listCall, list) : listEntities(state, listCall, list);
}

const PHOTO_SETTINGS = /^\/admin\/people\/photoUpdateSettings$/i;

/**
 * Authorizes a request to the beta version. The emulator has only the settings for photo updates there.
 * `relativeUrl` is its path and query without the API version.
 *
 * @throws {GraphHttpError} If Graph refuses the request.
 */
export function routeBetaRequest(
  { url, directory, photoUpdateSettings }: GraphState,
  caller: Caller,
  { method }: EmulatorRequest,
  relativeUrl: string,
): EmulatorResponse {
  const [path = ""] = relativeUrl.split("?");
  if (!PHOTO_SETTINGS.test(path)) throw unknownSegment(path.split("/")[1] ?? "");
  if (method !== "GET") throw methodNotAllowed();
  const isAdmin = caller.kind !== "app" && directory.users.get(caller.userId)?.isAdmin;
  requirePermission("photoSettings.read", caller, false, isAdmin);
  const context = `${url}/beta/$metadata#admin/people/photoUpdateSettings/$entity`;
  return dataResponse({ "@odata.context": context, ...photoUpdateSettings });
}
