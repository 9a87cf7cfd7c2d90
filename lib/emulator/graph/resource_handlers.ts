import type { Group, Photo, User } from "../directory/directory.ts";
import { parseImageHeader } from "../directory/image_header.ts";
import { type EmulatorResponse, mediaType } from "../http_message.ts";
import { hash32 } from "../random.ts";
import { checkQueryOptions, dataResponse, type GraphCall, type GraphState } from "./graph_call.ts";
import { GraphHttpError, insufficientPrivileges } from "./graph_http_error.ts";
import { countEntities, isAdvancedQuery, listEntities } from "./list_entities.ts";
import { isReadable, type Kind, selectedNames, selectProperties } from "./properties.ts";
import { canReadHiddenMembers, readableProperties } from "./require_permission.ts";

/** The user or group that a path identifies. */
export interface Resource {
  readonly kind: Kind;
  readonly entity: User | Group;
}

/** Responds to an authorized request for a user, a group or its photo. */
type ResourceHandler = (state: GraphState, resource: Resource, call: GraphCall) => EmulatorResponse;

/** Handlers by method, and the access that they require. */
export type ResourceMethods = Readonly<
  Record<string, { readonly access: "read" | "photo.read" | "photo.write"; readonly handle: ResourceHandler }>
>;

/** `GET /users/{id}`, `GET /groups/{id}` and `GET /me`. */
const getEntity: ResourceHandler = (state, { kind, entity }, { query, caller, isOwn }) => {
  checkQueryOptions(query, ["$select"]);
  const names = selectedNames(query, [kind]);
  const readable = kind === "group" ? "all" : readableProperties(caller, isOwn)[kind];
  if (query.has("$select") && !names.every((name) => isReadable(kind, name, readable))) {
    throw insufficientPrivileges();
  }
  const selected = query.has("$select") ? `(${query.get("$select")})` : "";
  const context = `${state.url}/v1.0/$metadata#${kind}s${selected}/$entity`;
  return dataResponse({ "@odata.context": context, ...selectProperties(entity, names, readable) });
};

const MEMBER_KINDS: readonly Kind[] = ["user", "group"];
const CASTS: Readonly<Record<string, readonly Kind[]>> = {
  "microsoft.graph.user": ["user"],
  "microsoft.graph.group": ["group"],
};

/** `GET /groups/{id}/members`, `transitiveMembers`, with or without a cast, and their `$count`. */
const getMembers: ResourceHandler = (state, { entity }, call) => {
  const [relation, ...rest] = call.below;
  const isCount = rest.at(-1) === "$count";
  const [cast] = isCount ? rest.slice(0, -1) : rest;
  const kinds = cast === undefined ? MEMBER_KINDS : Object.hasOwn(CASTS, cast) ? CASTS[cast]! : [];
  if (kinds.length === 0 || (cast !== undefined && !isCount && !isAdvancedQuery(call))) {
    const message = "The specified cast to the reference property query is currently not supported.";
    throw new GraphHttpError(400, message, "Request_UnsupportedQuery");
  }
  const members = state.directory.members(entity.id, {
    transitive: relation === "transitiveMembers",
    hidden: canReadHiddenMembers(call.caller),
    kinds,
  });
  const list = { kinds, at: members.at, readable: readableProperties(call.caller), isMembership: true };
  return isCount ? countEntities(call, list) : listEntities(state, call, list);
};

const MAX_PHOTO_BYTES = 4 * 1024 * 1024;
const PHOTO_TYPES = ["image/jpeg", "image/png"];

function imageNotFound(): GraphHttpError {
  const type = "Microsoft.Fast.Profile.Core.Exception.ImageNotFoundException";
  return new GraphHttpError(404, `Exception of type '${type}' was thrown.`, "ImageNotFound");
}

interface FoundPhoto extends Photo {
  readonly etag: string;
}

function findPhoto({ directory }: GraphState, { entity }: Resource): FoundPhoto {
  const photo = directory.photo(entity.id);
  if (!photo) throw imageNotFound();
  return { ...photo, etag: `"${hash32(photo.bytes).toString(16).padStart(8, "0")}"` };
}

/** Photo sizes that Graph can offer, in pixels. */
const SIZES = [48, 64, 96, 120, 240, 360, 432, 504, 648];
const SIZE = /^(\d+)x\1$/i;

/** The sizes at which a photo is offered: those that it is not smaller than. */
function offeredSizes({ width, height }: Photo): number[] {
  return SIZES.filter((size) => size <= Math.min(width, height));
}

/** Finds the photo that a path names. At a size other than its own it has the same bytes: it is not resized. */
function findPhotoAt(state: GraphState, resource: Resource, [, size]: readonly string[]): FoundPhoto {
  const photo = findPhoto(state, resource);
  const [, pixels] = SIZE.exec(size ?? "") ?? [];
  if (pixels === undefined) return photo;
  if (!offeredSizes(photo).includes(Number(pixels))) throw imageNotFound();
  return { ...photo, width: Number(pixels), height: Number(pixels) };
}

function photoMetadata({ contentType, etag, width, height }: FoundPhoto): Record<string, unknown> {
  return {
    "@odata.mediaContentType": contentType,
    "@odata.mediaEtag": etag,
    id: `${width}X${height}`,
    height,
    width,
  };
}

/** `GET …/photo/$value` and `GET …/photos/{size}/$value`. */
const getPhoto: ResourceHandler = (state, resource, { below }) => {
  const { contentType, etag, bytes } = findPhotoAt(state, resource, below);
  return { status: 200, headers: { "content-type": contentType, etag }, bytes };
};

/** `GET …/photo` and `GET …/photos/{size}`. */
const getPhotoMetadata: ResourceHandler = (state, resource, { below }) => {
  const path = `${resource.kind}s('${resource.entity.id}')/${below[0]}/$entity`;
  const context = `${state.url}/v1.0/$metadata#${path}`;
  return dataResponse({ "@odata.context": context, ...photoMetadata(findPhotoAt(state, resource, below)) });
};

/** `GET …/photos`. */
const listPhotos: ResourceHandler = (state, resource) => {
  const photo = findPhoto(state, resource);
  return dataResponse({
    "@odata.context": `${state.url}/v1.0/$metadata#${resource.kind}s('${resource.entity.id}')/photos`,
    value: offeredSizes(photo).map((size) => photoMetadata({ ...photo, width: size, height: size })),
  });
};

/** `PUT …/photo/$value`. */
const putPhoto: ResourceHandler = (state, { entity }, { request }) => {
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

const CAST = /^microsoft\.graph\.\w+$/;
const PHOTO_READ: ResourceMethods = { GET: { access: "photo.read", handle: getPhoto } };
const METADATA_READ: ResourceMethods = { GET: { access: "photo.read", handle: getPhotoMetadata } };
const MEMBERS_READ: ResourceMethods = { GET: { access: "read", handle: getMembers } };
const MEMBER_PATHS = [[], ["$count"], [CAST], [CAST, "$count"]];

/** Handlers by the segments that follow a user or group in the path. */
export const RESOURCE_HANDLERS: readonly {
  readonly segments: readonly (string | RegExp)[];
  /** Default: both. */
  readonly kind?: Kind;
  readonly methods: ResourceMethods;
}[] = [
  { segments: [], methods: { GET: { access: "read", handle: getEntity } } },
  { segments: ["photo"], methods: METADATA_READ },
  {
    segments: ["photo", "$value"],
    methods: {
      ...PHOTO_READ,
      PUT: { access: "photo.write", handle: putPhoto },
      DELETE: { access: "photo.write", handle: deletePhoto },
    },
  },
  { segments: ["photos"], methods: { GET: { access: "photo.read", handle: listPhotos } } },
  { segments: ["photos", SIZE], methods: METADATA_READ },
  { segments: ["photos", SIZE, "$value"], methods: PHOTO_READ },
  ...["members", "transitiveMembers"].flatMap((relation) =>
    MEMBER_PATHS.map((rest) => ({
      segments: [relation, ...rest],
      kind: "group" as const,
      methods: MEMBERS_READ,
    }))
  ),
];
