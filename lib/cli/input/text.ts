import { refuseBinary } from "./not_a_list.ts";

/** The longest line or row, in characters: one that never ends must not fill the memory. */
export const MAX_LENGTH = 2 ** 20;

const BYTE_ORDER_MARKS: readonly (readonly [bytes: readonly number[], encoding: string])[] = [
  [[0xef, 0xbb, 0xbf], "utf-8"],
  [[0xff, 0xfe], "utf-16le"],
  [[0xfe, 0xff], "utf-16be"],
];

/** Returns the encoding of an input by its first bytes, and the length of its byte order mark. */
function detectEncoding(head: Uint8Array): { encoding: string; skip: number } {
  const marked = BYTE_ORDER_MARKS.find(([bytes]) => bytes.every((byte, index) => head[index] === byte));
  if (marked) return { encoding: marked[1], skip: marked[0].length };
  // PowerShell may omit the mark. Text has no NUL, except as half of a UTF-16 letter: one of the first two is ASCII.
  const isHalf = (index: number) =>
    head[index] === 0 && head[index ^ 1] !== 0 && head[index ^ 1] !== undefined;
  const encoding = isHalf(1) || isHalf(3) ? "utf-16le" : isHalf(0) || isHalf(2) ? "utf-16be" : "utf-8";
  return { encoding, skip: 0 };
}

/** Re-chunks bytes so that the first chunk has at least four, enough to tell text from other files. */
async function* withHead(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array();
  for await (const chunk of bytes) {
    if (head) head = new Uint8Array([...head, ...chunk]);
    if (head && head.length < 4) continue;
    yield head ?? chunk;
    head = undefined;
  }
  if (head) yield head;
}

/** Returns a function that turns CR and CRLF in chunks of text into LF: old spreadsheets of a Mac end lines with CR. */
function createLineEndNormalizer(): (chunk: string) => string {
  let endedWithCr = false;
  return (chunk) => {
    if (chunk === "") return chunk;
    const text = endedWithCr && chunk.startsWith("\n") ? chunk.slice(1) : chunk;
    endedWithCr = chunk.endsWith("\r");
    return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  };
}

/**
 * Decodes UTF-8, or UTF-16 as Windows PowerShell writes it; leaves out the byte order mark. Lines end with LF.
 *
 * @throws {UsageError} If the first bytes are those of a workbook, an archive, a picture or the like.
 */
export async function* decodeText(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  const normalize = createLineEndNormalizer();
  for await (const chunk of withHead(bytes)) {
    let data = chunk;
    if (!decoder) {
      refuseBinary(chunk);
      const { encoding, skip } = detectEncoding(chunk);
      // By default, Deno's decoder drops this character at the start of every chunk.
      decoder = new TextDecoder(encoding, { ignoreBOM: true });
      data = chunk.subarray(skip);
    }
    const text = normalize(decoder.decode(data, { stream: true }));
    if (text) yield text;
  }
  const rest = decoder?.decode();
  if (rest) yield rest;
}

/** Splits chunks of text into lines. */
export interface LineSplitter {
  /** Returns the lines that end in this chunk, without LF. */
  add(chunk: string): string[];
  /** Returns the last line, if it has no line end. */
  end(): string[];
}

/** Returns a line splitter. Lines longer than {@linkcode MAX_LENGTH} are cut off, but remain longer than that. */
export function createLineSplitter(): LineSplitter {
  let rest = "";
  return {
    add(chunk) {
      const lines = chunk.split("\n");
      lines[0] = rest.length > MAX_LENGTH ? rest : rest + lines[0];
      rest = lines.pop() ?? "";
      return lines;
    },
    end: () => rest ? [rest] : [],
  };
}

/** Splits decoded text into lines, without LF. */
export async function* splitLines(text: AsyncIterable<string>): AsyncGenerator<string> {
  const splitter = createLineSplitter();
  for await (const chunk of text) yield* splitter.add(chunk);
  yield* splitter.end();
}
