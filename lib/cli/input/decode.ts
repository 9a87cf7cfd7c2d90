/** Byte order marks. */
const MARKS: readonly (readonly [readonly number[], string])[] = [
  [[0xef, 0xbb, 0xbf], "utf-8"],
  [[0xff, 0xfe], "utf-16le"],
  [[0xfe, 0xff], "utf-16be"],
];

function encodingOf(head: Uint8Array): string {
  const marked = MARKS.find(([mark]) => mark.every((byte, index) => head[index] === byte));
  if (marked) return marked[1];
  // PowerShell can leave the mark out; no text has a NUL at its beginning, but as half a letter.
  const [first, second] = head;
  return second === 0 && first !== 0 ? "utf-16le" : first === 0 && second ? "utf-16be" : "utf-8";
}

/** Bytes as text: UTF-8, or UTF-16 as Windows PowerShell writes it, without the byte order mark. */
export async function* decodeText(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let head: Uint8Array | undefined = new Uint8Array();
  let decoder = new TextDecoder();
  for await (const chunk of bytes) {
    let data = chunk;
    if (head) {
      data = new Uint8Array([...head, ...chunk]);
      head = data;
      if (data.length < 3) continue;
      decoder = new TextDecoder(encodingOf(data));
      head = undefined;
    }
    const text = decoder.decode(data, { stream: true });
    if (text) yield text;
  }
  if (head) decoder = new TextDecoder(encodingOf(head));
  const rest = decoder.decode(head);
  if (rest) yield rest;
}

/** Text as lines, without their ends (LF or CRLF). A line that never ends is cut where it would fill the memory. */
export async function* splitLines(text: AsyncIterable<string>, longest = 2 ** 20): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of text) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield line.replace(/\r$/, "");
    if (rest.length > longest) {
      yield rest;
      rest = "";
    }
  }
  if (rest) yield rest.replace(/\r$/, "");
}
