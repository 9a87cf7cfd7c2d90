import { photoPath, type Target } from "../target.ts";

/** A request to Graph, without its host and its token. */
export interface GraphRequest {
  method: "GET" | "DELETE" | "PUT";
  /** Path below the version. */
  path: string;
  /** What is uploaded. */
  body?: Uint8Array<ArrayBuffer>;
  contentType?: string;
  /** The longest answer that is of use, in bytes. */
  maxBytes: number;
}

/** A photo is at most 4 MB (Graph's limit for uploads); some room, as an old one may be larger. */
export const LARGEST_PHOTO = 8 * 2 ** 20;
/** Enough for any JSON about one photo. */
const LARGEST_JSON = 2 ** 18;

/** The requests that a profile photo takes. */
export const photoRequests = {
  /** @see https://learn.microsoft.com/graph/api/profilephoto-delete */
  delete: (target: Target): GraphRequest => ({
    method: "DELETE",
    path: `${photoPath(target)}/$value`,
    maxBytes: LARGEST_JSON,
  }),
  /** @see https://learn.microsoft.com/graph/api/profilephoto-get */
  getMetadata: (target: Target): GraphRequest => ({
    method: "GET",
    path: photoPath(target),
    maxBytes: LARGEST_JSON,
  }),
  /** @see https://learn.microsoft.com/graph/api/profilephoto-get */
  download: (target: Target): GraphRequest => ({
    method: "GET",
    path: `${photoPath(target)}/$value`,
    maxBytes: LARGEST_PHOTO,
  }),
  /** @see https://learn.microsoft.com/graph/api/profilephoto-update */
  upload: (target: Target, body: Uint8Array<ArrayBuffer>, contentType: string): GraphRequest => ({
    method: "PUT",
    path: `${photoPath(target)}/$value`,
    body,
    contentType,
    maxBytes: LARGEST_JSON,
  }),
};
