import type { Photo } from "../directory/directory_types.ts";
import { parseImageHeader } from "../directory/image_header.ts";
import { mediaType } from "../http_message.ts";
import { hash32 } from "../random.ts";
import { badRequest, GraphHttpError, imageNotFound } from "./graph_http_error.ts";
import { dataResponse, type GraphState, type Resource, type ResourceHandler } from "./resource_handler.ts";

const MAX_PHOTO_BYTES = 4 * 1024 * 1024;
const PHOTO_TYPES = ["image/jpeg", "image/png"];

function findPhoto(state: GraphState, { entity }: Resource): Photo {
  const photo = state.directory.photo(entity.id);
  if (!photo) throw imageNotFound();
  return photo;
}

const etagOf = (photo: Photo) => `"${hash32(photo.bytes).toString(16).padStart(8, "0")}"`;

/** `GET …/photo/$value`. */
export const getPhoto: ResourceHandler = (state, resource) => {
  const photo = findPhoto(state, resource);
  return {
    status: 200,
    headers: { "content-type": photo.contentType, etag: etagOf(photo) },
    bytes: photo.bytes,
  };
};

/** `GET …/photo`. */
export const getPhotoMetadata: ResourceHandler = (state, resource) => {
  const photo = findPhoto(state, resource);
  const { height, width } = photo;
  const path = `${resource.kind}s('${resource.entity.id}')/photo/$entity`;
  return dataResponse({
    "@odata.context": `${state.url}/v1.0/$metadata#${path}`,
    "@odata.mediaContentType": photo.contentType,
    "@odata.mediaEtag": etagOf(photo),
    id: `${width}X${height}`,
    height,
    width,
  });
};

/** `PUT …/photo/$value`. */
export const putPhoto: ResourceHandler = (state, { entity }, request) => {
  const type = mediaType(request);
  if (!PHOTO_TYPES.includes(type)) {
    const message = `The media type '${type}' is not supported for a photo.`;
    throw new GraphHttpError(415, "UnsupportedMediaType", message);
  }
  if (request.body.length > MAX_PHOTO_BYTES) {
    throw new GraphHttpError(413, "RequestEntityTooLarge", "The size of a photo must not exceed 4 MB.");
  }
  if (!parseImageHeader(request.body)) {
    throw badRequest("The request body is not a valid JPEG or PNG image.");
  }
  state.directory.setPhoto(entity.id, request.body);
  return { status: 200, headers: {} };
};

/** `DELETE …/photo/$value`. */
export const deletePhoto: ResourceHandler = (state, { entity }) => {
  if (!state.directory.removePhoto(entity.id)) throw imageNotFound();
  return { status: state.deleteStatus, headers: {} };
};
