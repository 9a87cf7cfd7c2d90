import type { Photo } from "../directory/directory_types.ts";
import { imageHeader } from "../directory/image_size.ts";
import type { Answer, EmulatorRequest } from "../exchange.ts";
import { hash32 } from "../random.ts";
import { dataAnswer } from "./data_answer.ts";
import { GraphError, imageNotFound } from "./graph_error.ts";
import type { Found, GraphState } from "./graph_state.ts";

const MAX_PHOTO_BYTES = 4 * 1024 * 1024;
const PHOTO_TYPES = ["image/jpeg", "image/png"];

function photoOf(state: GraphState, found: Found): Photo {
  const photo = state.directory.photo(found.entity.id);
  if (!photo) throw imageNotFound();
  return photo;
}

const etagOf = (photo: Photo) => `"${hash32(photo.bytes).toString(16).padStart(8, "0")}"`;

/** `GET …/photo/$value`. */
export function readPhoto(state: GraphState, found: Found): Answer {
  const photo = photoOf(state, found);
  return {
    status: 200,
    headers: { "content-type": photo.contentType, etag: etagOf(photo) },
    bytes: photo.bytes,
  };
}

/** `GET …/photo`. */
export function photoMetadata(state: GraphState, found: Found): Answer {
  const photo = photoOf(state, found);
  const { height, width } = photo;
  return dataAnswer({
    "@odata.context": `${state.url}/v1.0/$metadata#${found.kind}s('${found.entity.id}')/photo/$entity`,
    "@odata.mediaContentType": photo.contentType,
    "@odata.mediaEtag": etagOf(photo),
    id: `${width}X${height}`,
    height,
    width,
  });
}

/** `PUT …/photo/$value`. */
export function writePhoto(state: GraphState, found: Found, request: EmulatorRequest): Answer {
  const type = (request.headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
  if (!PHOTO_TYPES.includes(type)) {
    throw new GraphError(
      415,
      "UnsupportedMediaType",
      `The media type '${type}' is not supported for a photo.`,
    );
  }
  if (request.body.length > MAX_PHOTO_BYTES) {
    throw new GraphError(413, "RequestEntityTooLarge", "The size of a photo must not exceed 4 MB.");
  }
  if (!imageHeader(request.body)) {
    throw new GraphError(400, "BadRequest", "The request body is not a valid JPEG or PNG image.");
  }
  state.directory.setPhoto(found.entity.id, request.body);
  return { status: 200, headers: {} };
}

/** `DELETE …/photo/$value`. */
export function removePhoto(state: GraphState, found: Found): Answer {
  if (!state.directory.removePhoto(found.entity.id)) throw imageNotFound();
  return { status: state.deleteStatus, headers: {} };
}
