import type { Operation } from "../permissions.ts";
import { photoPath, type Target, targetPath } from "../target.ts";

/** A request to Graph, without its host and its token. */
export interface GraphRequest {
  /** Whose photo it is about; `null` for a list of users or groups. */
  target: Target | null;
  /** What is asked for. */
  kind: "delete" | "metadata" | "download" | "upload" | "existence" | "list";
  /** What needs a permission. Default: to change the photo of the target. */
  operation?: Operation;
  method: "GET" | "DELETE" | "PUT";
  /** The API version. Default: "v1.0". */
  version?: "beta";
  /** Path below the API version. */
  path: string;
  /** The photo to upload. */
  body?: Uint8Array<ArrayBuffer>;
  contentType?: string;
  /** The longest response body that is read, in bytes. */
  maxBytes: number;
  /** Whether it is an advanced query, which Graph answers from an index: https://learn.microsoft.com/graph/aad-advanced-queries */
  isAdvanced?: boolean;
  /** Whether it must not be part of a batch. */
  alone?: boolean;
}

/** In bytes. Graph accepts uploads of up to 4 MB; photos from before that limit may be larger. */
export const LARGEST_PHOTO = 8 * 2 ** 20;
/** In bytes: far more than a photo of 120 × 120 pixels takes. */
const LARGEST_SMALL_PHOTO = 2 ** 17;
/** In bytes: enough for any JSON about one photo. */
const LARGEST_JSON = 2 ** 18;

/** The requests for a profile photo. */
export const photoRequests = {
  /** @see https://learn.microsoft.com/graph/api/profilephoto-delete */
  delete: (target: Target): GraphRequest => ({
    target,
    kind: "delete",
    method: "DELETE",
    path: `${photoPath(target)}/$value`,
    maxBytes: LARGEST_JSON,
  }),
  /** @see https://learn.microsoft.com/graph/api/profilephoto-get */
  getMetadata: (target: Target): GraphRequest => ({
    target,
    kind: "metadata",
    method: "GET",
    path: photoPath(target),
    maxBytes: LARGEST_JSON,
  }),
  /** @see https://learn.microsoft.com/graph/api/profilephoto-get */
  download: (target: Target): GraphRequest => ({
    target,
    kind: "download",
    method: "GET",
    path: `${photoPath(target)}/$value`,
    maxBytes: LARGEST_PHOTO,
  }),
  /**
   * Downloads the photo in one of the sizes that Graph offers, in pixels.
   *
   * @see https://learn.microsoft.com/graph/api/profilephoto-get
   */
  downloadSize: (target: Target, size: 48 | 64 | 96 | 120): GraphRequest => ({
    target,
    kind: "download",
    method: "GET",
    path: `${targetPath(target)}/photos/${size}x${size}/$value`,
    maxBytes: LARGEST_SMALL_PHOTO,
  }),
  /** @see https://learn.microsoft.com/graph/api/profilephoto-update */
  upload: (target: Target, body: Uint8Array<ArrayBuffer>, contentType: string): GraphRequest => ({
    target,
    kind: "upload",
    method: "PUT",
    path: `${photoPath(target)}/$value`,
    body,
    contentType,
    maxBytes: LARGEST_JSON,
  }),
  /**
   * Asks whether the user or group exists: "no photo" can also mean that nobody has this name.
   *
   * @see https://learn.microsoft.com/graph/api/user-get
   */
  checkExistence: (target: Target): GraphRequest => ({
    target,
    kind: "existence",
    method: "GET",
    path: `${targetPath(target)}?$select=id`,
    maxBytes: LARGEST_JSON,
  }),
};
