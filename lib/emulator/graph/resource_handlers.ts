import type { Directory, Group, Photo, User } from "../directory/directory.ts";
import { parseImageHeader } from "../directory/image_header.ts";
import { type EmulatorRequest, type EmulatorResponse, jsonResponse, mediaType } from "../http_message.ts";
import { hash32 } from "../random.ts";
import { GraphHttpError } from "./graph_http_error.ts";

/** What handlers read and change. */
export interface GraphState {
  /** Root URL of Graph. */
  readonly url: string;
  readonly directory: Directory;
  /** Status of a successful photo DELETE. */
  readonly deleteStatus: 200 | 204;
}

/** The user or group that a path identifies. */
export interface Resource {
  readonly kind: "user" | "group";
  readonly entity: User | Group;
}

/** Responds to an authorized request for a user, a group or its photo. */
type ResourceHandler = (
  state: GraphState,
  resource: Resource,
  request: EmulatorRequest,
  query: URLSearchParams,
) => EmulatorResponse;

/** Handlers by method, and the access that they require. */
export type ResourceMethods = Readonly<
  Record<string, { readonly access: "read" | "photo.read" | "photo.write"; readonly handle: ResourceHandler }>
>;

const ODATA_JSON =
  "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/** Creates an OData response. As in Graph, its media type has parameters that clients must ignore. */
function dataResponse(json: unknown): EmulatorResponse {
  return jsonResponse(200, json, { "content-type": ODATA_JSON, "odata-version": "4.0" });
}

const DEFAULT_PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 999;
const DEFAULT_PROPERTIES = ["displayName", "mail", "userPrincipalName", "id"];
const PROPERTIES = {
  user: ["displayName", "mail", "userPrincipalName", "userType", "id"],
  group: ["displayName", "mail", "id"],
};

function invalidQuery(message: string): GraphHttpError {
  return new GraphHttpError(400, message, "Request_BadRequest");
}

/** Returns the properties of an entity that the query selects. */
function select({ kind, entity }: Resource, query: URLSearchParams): Record<string, unknown> {
  const selected = query.get("$select")?.split(",").map((name) => name.trim());
  const unknown = selected?.find((name) => !PROPERTIES[kind].includes(name));
  if (unknown !== undefined) {
    throw invalidQuery(`Could not find a property named '${unknown}' on type 'microsoft.graph.${kind}'.`);
  }
  const names = PROPERTIES[kind].filter((name) => (selected ?? DEFAULT_PROPERTIES).includes(name));
  return Object.fromEntries(names.map((name) => [name, entity[name as keyof Resource["entity"]]]));
}

function checkQueryOptions(query: URLSearchParams, supported: readonly string[]): void {
  const unknown = [...query.keys()].find((name) => name.startsWith("$") && !supported.includes(name));
  if (unknown) throw invalidQuery(`The query option '${unknown}' is not supported by this emulator.`);
}

/** Returns the `@odata.context` of a collection. */
function collectionContext({ url }: GraphState, kind: Resource["kind"], query: URLSearchParams): string {
  const selected = query.has("$select") ? `(${query.get("$select")})` : "";
  return `${url}/v1.0/$metadata#${kind}s${selected}`;
}

/** `GET /users/{id}`, `GET /groups/{id}` and `GET /me`. */
const getEntity: ResourceHandler = (state, resource, _request, query) => {
  checkQueryOptions(query, ["$select"]);
  const context = `${collectionContext(state, resource.kind, query)}/$entity`;
  return dataResponse({ "@odata.context": context, ...select(resource, query) });
};

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

function nextLink(state: GraphState, kind: Resource["kind"], query: URLSearchParams, start: number): string {
  const next = new URLSearchParams(query);
  next.set("$skiptoken", `p${start}`);
  return `${state.url}/v1.0/${kind}s?${next.toString().replaceAll("%24", "$")}`;
}

/** `GET /users` and `GET /groups`, one page per request. */
export function listEntities(
  state: GraphState,
  kind: Resource["kind"],
  query: URLSearchParams,
): EmulatorResponse {
  checkQueryOptions(query, ["$select", "$top", "$skiptoken"]);
  const { users, groups } = state.directory;
  const start = pageStart(query);
  const end = start + pageSize(query);
  const entities = (kind === "user" ? users : groups).slice(start, end);
  const hasMore = end < (kind === "user" ? users.size : groups.length);
  return dataResponse({
    "@odata.context": collectionContext(state, kind, query),
    ...(hasMore ? { "@odata.nextLink": nextLink(state, kind, query, end) } : {}),
    value: entities.map((entity) => select({ kind, entity }, query)),
  });
}

const MAX_PHOTO_BYTES = 4 * 1024 * 1024;
const PHOTO_TYPES = ["image/jpeg", "image/png"];

function imageNotFound(): GraphHttpError {
  const type = "Microsoft.Fast.Profile.Core.Exception.ImageNotFoundException";
  return new GraphHttpError(404, `Exception of type '${type}' was thrown.`, "ImageNotFound");
}

function findPhoto({ directory }: GraphState, { entity }: Resource): Photo & { readonly etag: string } {
  const photo = directory.photo(entity.id);
  if (!photo) throw imageNotFound();
  return { ...photo, etag: `"${hash32(photo.bytes).toString(16).padStart(8, "0")}"` };
}

/** `GET …/photo/$value`. */
const getPhoto: ResourceHandler = (state, resource) => {
  const { contentType, etag, bytes } = findPhoto(state, resource);
  return { status: 200, headers: { "content-type": contentType, etag }, bytes };
};

/** `GET …/photo`. */
const getPhotoMetadata: ResourceHandler = (state, resource) => {
  const { contentType, etag, width, height } = findPhoto(state, resource);
  const path = `${resource.kind}s('${resource.entity.id}')/photo/$entity`;
  return dataResponse({
    "@odata.context": `${state.url}/v1.0/$metadata#${path}`,
    "@odata.mediaContentType": contentType,
    "@odata.mediaEtag": etag,
    id: `${width}X${height}`,
    height,
    width,
  });
};

/** `PUT …/photo/$value`. */
const putPhoto: ResourceHandler = (state, { entity }, request) => {
  const type = mediaType(request);
  if (!PHOTO_TYPES.includes(type)) {
    const message = `The media type '${type}' is not supported for a photo.`;
    throw new GraphHttpError(415, message, "UnsupportedMediaType");
  }
  if (request.body.length > MAX_PHOTO_BYTES) {
    throw new GraphHttpError(413, "The size of a photo must not exceed 4 MB.", "RequestEntityTooLarge");
  }
  if (!parseImageHeader(request.body)) {
    throw new GraphHttpError(400, "The request body is not a valid JPEG or PNG image.");
  }
  state.directory.setPhoto(entity.id, request.body);
  return { status: 200, headers: {} };
};

/** `DELETE …/photo/$value`. */
const deletePhoto: ResourceHandler = (state, { entity }) => {
  if (!state.directory.removePhoto(entity.id)) throw imageNotFound();
  return { status: state.deleteStatus, headers: {} };
};

/** Handlers by the segments that follow a user or group in the path. */
export const RESOURCE_HANDLERS: readonly {
  readonly segments: readonly string[];
  readonly methods: ResourceMethods;
}[] = [
  { segments: [], methods: { GET: { access: "read", handle: getEntity } } },
  { segments: ["photo"], methods: { GET: { access: "photo.read", handle: getPhotoMetadata } } },
  {
    segments: ["photo", "$value"],
    methods: {
      GET: { access: "photo.read", handle: getPhoto },
      PUT: { access: "photo.write", handle: putPhoto },
      DELETE: { access: "photo.write", handle: deletePhoto },
    },
  },
];
