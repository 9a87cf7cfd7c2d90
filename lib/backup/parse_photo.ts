import { decodeBase64 } from "../base64.ts";
import type { HttpResponse } from "../http/send.ts";
import { parseImage } from "./parse_image.ts";

/** A photo, and what its bytes say that it is. */
export interface Photo {
  bytes: Uint8Array<ArrayBuffer>;
  /** Its media type, such as "image/jpeg". */
  contentType: string;
}

/** Returns the bytes of a body, which arrives as base64 in a batch. */
function bytesOf(body: unknown): Uint8Array | undefined {
  if (body instanceof Uint8Array) return body;
  try {
    return decodeBase64(body as string);
  } catch {
    return undefined;
  }
}

/**
 * Returns the photo in a response.
 *
 * @throws {RangeError | TypeError} If it is too long, no image, or not whole.
 */
export function parsePhoto({ body, truncated }: HttpResponse): Photo {
  if (truncated) throw new RangeError("Graph's answer is longer than a photo can be");
  const bytes = bytesOf(body);
  const image = bytes && parseImage(bytes);
  if (!bytes || !image) throw new TypeError("Graph's answer is not an image");
  if (!image.isComplete) throw new TypeError("the photo did not arrive whole");
  return { bytes: new Uint8Array(bytes), contentType: image.contentType };
}
