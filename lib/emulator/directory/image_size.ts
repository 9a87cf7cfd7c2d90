/** What the first bytes of an image say. */
export interface ImageHeader {
  readonly contentType: "image/png" | "image/jpeg";
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

const PNG_START = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

function pngHeader(bytes: Uint8Array, view: DataView): ImageHeader | undefined {
  if (bytes.length < 24 || PNG_START.some((byte, at) => bytes[at] !== byte)) return undefined;
  return { contentType: "image/png", width: view.getUint32(16), height: view.getUint32(20) };
}

const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

function jpegHeader(bytes: Uint8Array, view: DataView): ImageHeader | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  for (let at = 2; at + 9 <= bytes.length && bytes[at] === 0xff; at += 2 + view.getUint16(at + 2)) {
    if (isFrame(bytes[at + 1]!)) {
      return { contentType: "image/jpeg", height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    }
  }
  return undefined;
}

/** Type and size of a PNG or a JPEG; `undefined` for anything else. */
export function imageHeader(bytes: Uint8Array): ImageHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return pngHeader(bytes, view) ?? jpegHeader(bytes, view);
}
