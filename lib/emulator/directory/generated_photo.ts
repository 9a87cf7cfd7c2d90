import { encodeUtf8 } from "../encoding.ts";
import { hash32, seededRandom } from "../random.ts";
import { PNG_SIGNATURE } from "./image_header.ts";

const PHOTO_SIZE = 48; // pixels
const CELLS = 6; // in each direction
const CELL_SIZE = PHOTO_SIZE / CELLS;

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

function adler32(bytes: Uint8Array): number {
  let low = 1, high = 0;
  for (const byte of bytes) {
    low = (low + byte) % 65521;
    high = (high + low) % 65521;
  }
  return ((high << 16) | low) >>> 0;
}

function bigEndian(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

function chunk(type: string, data: readonly number[]): number[] {
  const typed = [...encodeUtf8(type), ...data];
  return [...bigEndian(data.length), ...typed, ...bigEndian(crc32(Uint8Array.from(typed)))];
}

/** Wraps bytes as zlib data in one stored block: a few hundred bytes are not worth compressing. */
function zlibStored(bytes: Uint8Array): number[] {
  const length = [bytes.length & 0xff, bytes.length >>> 8];
  const complement = length.map((byte) => byte ^ 0xff);
  return [0x78, 0x01, 1, ...length, ...complement, ...bytes, ...bigEndian(adler32(bytes))];
}

/** Draws a symmetric pattern of cells, with one bit per pixel and a filter byte before each row. */
function scanlines(random: () => number): Uint8Array {
  const cells = Array.from({ length: CELLS }, () => {
    const left = Array.from({ length: CELLS / 2 }, () => random() < 0.5 ? 0 : 0xff);
    const row = [0, ...left, ...left.toReversed()]; // A cell is 8 pixels wide, which is one byte.
    return Array.from({ length: CELL_SIZE }, () => row).flat();
  });
  return Uint8Array.from(cells.flat());
}

/**
 * Draws a PNG of 48 × 48 pixels that depends only on `key`. The key is also in a text chunk, so different
 * keys never give the same bytes.
 */
export function generatedPhoto(key: string): Uint8Array<ArrayBuffer> {
  const random = seededRandom(hash32(encodeUtf8(key)));
  const color = () => Math.floor(random() * 160);
  const palette = [240, 240, 245, color(), color(), color()];
  const header = [...bigEndian(PHOTO_SIZE), ...bigEndian(PHOTO_SIZE), 1, 3, 0, 0, 0];
  return Uint8Array.from([
    ...PNG_SIGNATURE,
    ...chunk("IHDR", header),
    ...chunk("PLTE", palette),
    ...chunk("tEXt", [...encodeUtf8(`Title\0${key}`)]),
    ...chunk("IDAT", zlibStored(scanlines(random))),
    ...chunk("IEND", []),
  ]);
}
