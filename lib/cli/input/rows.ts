import { csvRows, delimiterOf } from "./csv.ts";
import { decodeText, splitLines } from "./text.ts";
import { jsonRows, ndjsonRows } from "./json.ts";
import { type Columns, findName, LONGEST_ROW, type Row, tooLong } from "./row.ts";

/** As much of the input as is looked at to see what it is. */
const HEAD = 2 ** 16;

/** One id a line; blank lines and those that begin with # are passed over. */
async function* lineRows(text: AsyncIterable<string>): AsyncGenerator<Row> {
  let number = 0;
  for await (const line of splitLines(text)) {
    number++;
    const id = line.trim();
    const where = `line ${number}`;
    if (id && !id.startsWith("#")) yield line.length > LONGEST_ROW ? tooLong(where, id) : { where, id };
  }
}

/** A line of NDJSON that is a text. */
const JSON_TEXT = /^"(?:[^"\\]|\\.)*"$/;
/** Over how many lines a header can go: its names can have line ends. */
const MOST_LINES = 20;

/** Whether a line is all of its row: JSON, or without a quoted field that has yet to end. */
const isComplete = (line: string) =>
  /^[[{]/.test(line) || JSON_TEXT.test(line) ||
  line.split('"').length % 2 === 1 || !/(^|[,;\t])"[^"]*$/.test(line.replaceAll('""', ""));

/** The first line that is neither blank nor a comment, if it is whole. */
function firstLine(head: string, whole: boolean): string | undefined {
  const lines = head.split("\n");
  if (!whole) lines.pop();
  const begin = lines.findIndex((line) => /^\s*[^\s#]/.test(line));
  if (begin < 0) return undefined;
  const ends = Array.from({ length: Math.min(MOST_LINES, lines.length - begin) }, (_, at) => begin + at + 1);
  const candidates = ends.map((end) => lines.slice(begin, end).join("\n").trim());
  const ended = whole || ends.length === MOST_LINES;
  return candidates.find(isComplete) ?? (ended ? candidates[0] : undefined);
}

/** The format of an input, by how it begins. */
function rowsOf(head: string, text: AsyncIterable<string>, columns: Columns): AsyncGenerator<Row> {
  const start = firstLine(head.slice(0, HEAD), true) ?? "";
  if (start.startsWith("[")) return jsonRows(text, columns, "array");
  // PowerShell's ConvertTo-Json writes a single object, and an object over several lines.
  if (start.startsWith("{")) {
    return /[{[,]$/.test(start) ? jsonRows(text, columns, "values") : ndjsonRows(text, columns);
  }
  const delimiter = delimiterOf(start);
  const fields = start.split(delimiter).map((field) => field.replace(/^"|"$/g, ""));
  const isTable = fields.length > 1 || columns.chosen || findName(fields, columns) !== undefined;
  if (isTable) return csvRows(text, delimiter, columns);
  return JSON_TEXT.test(start) ? ndjsonRows(text, columns) : lineRows(text);
}

/**
 * The rows of an input, each as soon as it is read: one id a line, CSV with a header, a JSON array, NDJSON, or objects
 * over several lines; in UTF-8 or UTF-16. What it is, is seen from how it begins.
 *
 * @throws {UsageError} If the column or property with the id is missing.
 */
export async function* readRows(bytes: AsyncIterable<Uint8Array>, columns: Columns): AsyncGenerator<Row> {
  const text = decodeText(bytes);
  let head = "";
  let ended = false;
  const known = () => head.trimStart().startsWith("[") || firstLine(head, false) !== undefined;
  while (!ended && head.length < HEAD && !known()) {
    const { done, value } = await text.next();
    if (done) ended = true;
    else head += value;
  }
  const all = async function* () {
    yield head;
    if (!ended) yield* text;
  };
  yield* rowsOf(head, all(), columns);
}
