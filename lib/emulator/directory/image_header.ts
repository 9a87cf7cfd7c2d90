import type { Photo } from "./directory.ts";

/** Type and size of an image. */
export type ImageHeader = Omit<Photo, "bytes">;

/** The first bytes of every PNG. */
export const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

function pngHeader(bytes: Uint8Array, view: DataView): ImageHeader | undefined {
  if (bytes.length < 24 || PNG_SIGNATURE.some((byte, index) => bytes[index] !== byte)) return undefined;
  return { contentType: "image/png", width: view.getUint32(16), height: view.getUint32(20) };
}

/** Whether a JPEG marker starts a frame header (SOF0 to SOF15, without DHT, JPG and DAC). */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

function jpegHeader(bytes: Uint8Array, view: DataView): ImageHeader | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  let offset = 2;
  while (offset + 9 <= bytes.length && bytes[offset] === 0xff) {
    if (isFrame(bytes[offset + 1]!)) {
      const size = { width: view.getUint16(offset + 7), height: view.getUint16(offset + 5) };
      return { contentType: "image/jpeg", ...size };
    }
    offset += 2 + view.getUint16(offset + 2);
  }
  return undefined;
}

/** Parses the header of a PNG or JPEG; returns `undefined` for anything else. */
export function parseImageHeader(bytes: Uint8Array): ImageHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return pngHeader(bytes, view) ?? jpegHeader(bytes, view);
}
