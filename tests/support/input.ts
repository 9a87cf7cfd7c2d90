import type { Columns } from "../../lib/cli/input/columns.ts";
import { readRows, type Row } from "../../lib/cli/input/rows.ts";

export const USER_COLUMNS: Columns = { kind: "user" };

export async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** A text as bytes, by the ways in which files are written. */
export const ENCODINGS: Readonly<Record<string, (text: string) => Uint8Array>> = {
  "UTF-8": (text) => new TextEncoder().encode(text),
  "UTF-8 with BOM": (text) => new TextEncoder().encode(`\ufeff${text}`),
  "UTF-16LE with BOM": (text) => utf16(`\ufeff${text}`, true),
  "UTF-16LE without BOM": (text) => utf16(text, true),
  "UTF-16BE with BOM": (text) => utf16(`\ufeff${text}`, false),
  "UTF-16BE without BOM": (text) => utf16(text, false),
};

function utf16(text: string, littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let at = 0; at < text.length; at++) view.setUint16(at * 2, text.charCodeAt(at), littleEndian);
  return new Uint8Array(view.buffer);
}

export async function rowsOf(
  text: string | Uint8Array,
  columns: Columns = USER_COLUMNS,
  size = 4096,
): Promise<Row[]> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return await Array.fromAsync(readRows(pieces(bytes, size), columns));
}

/** The ids of rows; one with a problem as "line 3: what". */
export function idsOf(rows: readonly Row[]): string[] {
  return rows.map(({ id, where, problem }) => problem === undefined ? id : `${where}: ${problem}`);
}
