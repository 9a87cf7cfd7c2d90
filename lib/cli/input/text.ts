import { LONGEST_ROW } from "./row.ts";

/** Byte order marks. */
const MARKS: readonly (readonly [readonly number[], string])[] = [
  [[0xef, 0xbb, 0xbf], "utf-8"],
  [[0xff, 0xfe], "utf-16le"],
  [[0xfe, 0xff], "utf-16be"],
];

/** The encoding of an input that begins so, and how many bytes of that are its mark. */
function encodingOf(head: Uint8Array): { encoding: string; skip: number } {
  const marked = MARKS.find(([mark]) => mark.every((byte, index) => head[index] === byte));
  if (marked) return { encoding: marked[1], skip: marked[0].length };
  // PowerShell can leave the mark out; no text has a NUL at its beginning, but as half a letter.
  const [first, second] = head;
  const encoding = second === 0 && first !== 0 ? "utf-16le" : first === 0 && second ? "utf-16be" : "utf-8";
  return { encoding, skip: 0 };
}

/** The same bytes, the first three of them in one piece where there are as many. */
async function* withHead(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array();
  for await (const chunk of bytes) {
    if (head) head = new Uint8Array([...head, ...chunk]);
    if (head && head.length < 3) continue;
    yield head ?? chunk;
    head = undefined;
  }
  if (head) yield head;
}

/** Bytes as text: UTF-8, or UTF-16 as Windows PowerShell writes it, without the byte order mark. */
export async function* decodeText(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  for await (const chunk of withHead(bytes)) {
    let data = chunk;
    if (!decoder) {
      const { encoding, skip } = encodingOf(chunk);
      // Left to strip marks itself, Deno's leaves out their character wherever a piece begins with it.
      decoder = new TextDecoder(encoding, { ignoreBOM: true });
      data = chunk.subarray(skip);
    }
    const text = decoder.decode(data, { stream: true });
    if (text) yield text;
  }
  const rest = decoder?.decode();
  if (rest) yield rest;
}

/** Cuts text into lines, without their ends (LF or CRLF); of one that is longer than a row can be, only the begin. */
export function lineCutter(): { cut(chunk: string): string[]; end(): string[] } {
  let rest = "";
  const withoutEnd = (line: string) => line.replace(/\r$/, "");
  return {
    cut(chunk) {
      const lines = chunk.split("\n");
      lines[0] = rest.length > LONGEST_ROW ? rest : rest + lines[0];
      rest = lines.pop() ?? "";
      return lines.map(withoutEnd);
    },
    end: () => rest ? [withoutEnd(rest)] : [],
  };
}

/** Text as lines. */
export async function* splitLines(text: AsyncIterable<string>): AsyncGenerator<string> {
  const cutter = lineCutter();
  for await (const chunk of text) yield* cutter.cut(chunk);
  yield* cutter.end();
}
