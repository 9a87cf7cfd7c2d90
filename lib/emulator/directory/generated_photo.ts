import { encodeUtf8 } from "../encoding.ts";
import { hash32, seededRandom } from "../random.ts";
import { PNG_SIGNATURE } from "./image_header.ts";

/** Width and height in pixels. */
const PHOTO_SIZE = 48;

/** The pattern has 6 × 6 cells of 8 × 8 pixels. */
const CELLS = 6;
const CELL_SIZE = PHOTO_SIZE / CELLS;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
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
  const half = CELLS / 2;
  const cells = Array.from(
    { length: CELLS },
    () => Array.from({ length: half }, () => random() < 0.5 ? 0 : 1),
  );
  const rows = Array.from({ length: PHOTO_SIZE }, (_, y) => {
    const left = cells[Math.floor(y / CELL_SIZE)]!;
    // A cell is 8 pixels wide, which is one byte.
    const bytes = [...left, ...left.toReversed()].map((bit) => bit ? 0xff : 0);
    return [0, ...bytes];
  });
  return Uint8Array.from(rows.flat());
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
