/** What the bytes of an image tell about it. */
export interface ParsedImage {
  /** Its media type, such as "image/jpeg". */
  contentType: string;
  /** Whether it is there to its end, as far as its format tells. */
  isComplete: boolean;
}

const ascii = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to));
const startsWith = (bytes: Uint8Array, ...signature: number[]): boolean =>
  signature.every((byte, index) => bytes[index] === byte);
const uint32LittleEndian = (bytes: Uint8Array, at: number): number =>
  bytes.length < at + 4 ? Infinity : new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);

/**
 * Returns whether a JPEG reaches its end marker (ITU-T T.81, annex B). Skips the segments before the image, because a
 * thumbnail in one of them has an end marker of its own.
 */
function isCompleteJpeg(bytes: Uint8Array): boolean {
  let at = 2;
  while (bytes[at] === 0xff && bytes[at + 1] !== 0xda) { // up to the start of the scan
    if (bytes[at + 1] === 0xff) at++; // a fill byte
    else if (bytes[at + 1] === 0xd9) return true;
    else at += 2 + (bytes[at + 2] ?? 0) * 256 + (bytes[at + 3] ?? 0);
  }
  for (at += 2; at + 1 < bytes.length; at++) {
    if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return true;
  }
  return false;
}

/** The formats that a profile photo may have, each with its signature and its end. */
const FORMATS: readonly {
  contentType: string;
  matches(bytes: Uint8Array): boolean;
  isComplete(bytes: Uint8Array): boolean;
}[] = [
  {
    contentType: "image/jpeg",
    matches: (bytes) => startsWith(bytes, 0xff, 0xd8, 0xff),
    isComplete: isCompleteJpeg,
  },
  {
    contentType: "image/png",
    matches: (bytes) => startsWith(bytes, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    isComplete: (bytes) => ascii(bytes, bytes.length - 8, bytes.length - 4) === "IEND",
  },
  {
    contentType: "image/gif",
    matches: (bytes) => /^GIF8[79]a/.test(ascii(bytes, 0, 6)),
    isComplete: (bytes) => bytes.at(-1) === 0x3b,
  },
  {
    contentType: "image/webp",
    matches: (bytes) => ascii(bytes, 0, 4) === "RIFF" && ascii(bytes, 8, 12) === "WEBP",
    isComplete: (bytes) => bytes.length >= uint32LittleEndian(bytes, 4) + 8,
  },
  {
    contentType: "image/bmp",
    matches: (bytes) => startsWith(bytes, 0x42, 0x4d) && uint32LittleEndian(bytes, 6) === 0,
    isComplete: (bytes) => bytes.length >= uint32LittleEndian(bytes, 2),
  },
  {
    contentType: "image/tiff",
    matches: (bytes) => startsWith(bytes, 0x49, 0x49, 0x2a, 0) || startsWith(bytes, 0x4d, 0x4d, 0, 0x2a),
    isComplete: () => true, // the format has no end
  },
  {
    contentType: "image/heic",
    matches: (bytes) => /^ftyp(heic|heix|mif1|msf1|avif)/.test(ascii(bytes, 4, 12)),
    isComplete: () => true, // its boxes can be in any order
  },
];

/** Recognizes an image by its first bytes, whatever its label says; `undefined` if it is none of the known formats. */
export function parseImage(bytes: Uint8Array): ParsedImage | undefined {
  const format = FORMATS.find(({ matches }) => matches(bytes));
  return format && { contentType: format.contentType, isComplete: format.isComplete(bytes) };
}
