import { decodeText, MAX_LENGTH, splitLines } from "./text.ts";

/** One row of input: an id, or the reason why it has none. */
export interface Row {
  /** Where it is, such as "line 17". */
  where: string;
  /** The id, or as much of the row as identifies it. */
  id: string;
  /** What is wrong with the row. */
  problem?: string;
}

/** The columns or properties that may hold the id, in order of preference. */
export interface Columns {
  names: readonly string[];
  /** Whether `--column` chose the name. */
  isChosen: boolean;
}

const COLUMN_NAMES = {
  user: ["id", "userId", "userPrincipalName", "mail"],
  group: ["id", "groupId"],
} as const;

/** Returns the columns to look for: the chosen one, or those with the usual names. */
export const columnsFor = (kind: "user" | "group", chosen?: string): Columns =>
  chosen === undefined ? { names: COLUMN_NAMES[kind], isChosen: false } : { names: [chosen], isChosen: true };

/** How much of a row or of column names is shown, in characters. */
const MAX_SHOWN = 200;

/** Returns a row that has no usable id. */
export function invalidRow(where: string, text: string, problem: string): Row {
  return { where, id: text.trim().slice(0, MAX_SHOWN), problem };
}

/** Returns the invalid row of a line that is too long. */
export const tooLong = (where: string, line: string): Row => invalidRow(where, line, "the line is too long");

/** Returns the names of columns or properties for a message, shortened. */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 20).map((name) => name.trim()).join(", ").slice(0, MAX_SHOWN);
  return shown || "none";
}

/** Returns the first of the wanted names that is present, ignoring case and surrounding blanks. */
export function findName(present: readonly string[], { names }: Columns): string | undefined {
  const lower = new Map(present.map((name) => [name.trim().toLowerCase(), name]));
  return names.map((name) => lower.get(name.toLowerCase())).find((name) => name !== undefined);
}

/** Reads one id per line; skips blank lines and comments (#). */
async function* lineRows(text: AsyncIterable<string>): AsyncGenerator<Row> {
  let number = 0;
  for await (const line of splitLines(text)) {
    number++;
    const id = line.trim();
    const where = `line ${number}`;
    if (id && !id.startsWith("#")) yield line.length > MAX_LENGTH ? tooLong(where, id) : { where, id };
  }
}

/** A JSON string that is a whole line, as in NDJSON. */
const JSON_STRING = /^"(?:[^"\\]|\\.)*"$/;
/** Over how many lines a CSV header can extend: quoted names may contain line ends. */
const MAX_HEADER_LINES = 20;

/** Returns whether a line is a complete row: JSON, or no open quote. */
const isComplete = (line: string) =>
  /^[[{]/.test(line) || JSON_STRING.test(line) ||
  line.split('"').length % 2 === 1 || !/(^|[,;\t])"[^"]*$/.test(line.replaceAll('""', ""));

/** Returns the first row of a text that is neither blank nor a comment, if it is there completely. */
function firstRow(head: string, isWhole: boolean): string | undefined {
  const lines = head.split("\n");
  if (!isWhole) lines.pop();
  const begin = lines.findIndex((line) => /^\s*[^\s#]/.test(line));
  if (begin < 0) return undefined;
  const count = Math.min(MAX_HEADER_LINES, lines.length - begin);
  const candidates = Array.from(
    { length: count },
    (_, at) => lines.slice(begin, begin + at + 1).join("\n").trim(),
  );
  const hasAll = isWhole || count === MAX_HEADER_LINES;
  return candidates.find(isComplete) ?? (hasAll ? candidates[0] : undefined);
}

/** How much of the input is read to detect its format, in characters. */
const MAX_HEAD = 2 ** 16;

/** Reads rows in the format that the head of the text shows. */
async function* rowsByFormat(
  head: string,
  text: AsyncIterable<string>,
  columns: Columns,
): AsyncGenerator<Row> {
  const first = firstRow(head.slice(0, MAX_HEAD), true) ?? "";
  if (/^[[{]/.test(first)) {
    const { jsonRows, ndjsonRows } = await import("./json.ts");
    if (first.startsWith("[")) yield* jsonRows(text, columns, "array");
    // PowerShell's ConvertTo-Json writes a single object, and an object over several lines.
    else if (/[{[,]$/.test(first)) yield* jsonRows(text, columns, "values");
    else yield* ndjsonRows(text, columns);
    return;
  }
  const { csvRows, detectDelimiter } = await import("./csv.ts");
  const delimiter = detectDelimiter(first);
  const fields = first.split(delimiter).map((field) => field.replace(/^"|"$/g, ""));
  const isTable = fields.length > 1 || columns.isChosen || findName(fields, columns) !== undefined;
  if (isTable) yield* csvRows(text, delimiter, columns);
  else if (JSON_STRING.test(first)) yield* (await import("./json.ts")).ndjsonRows(text, columns);
  else yield* lineRows(text);
}

/**
 * Reads the rows of an input, each as soon as it is complete. The format is detected from the beginning: one id per
 * line, CSV with a header, a JSON array, NDJSON, or JSON objects over several lines; in UTF-8 or UTF-16.
 *
 * @throws {UsageError} If no column or property has the id.
 */
export async function* readRows(bytes: AsyncIterable<Uint8Array>, columns: Columns): AsyncGenerator<Row> {
  const text = decodeText(bytes);
  let head = "";
  let isWhole = false;
  const isKnown = () => head.trimStart().startsWith("[") || firstRow(head, false) !== undefined;
  while (!isWhole && head.length < MAX_HEAD && !isKnown()) {
    const { done, value } = await text.next();
    if (done) isWhole = true;
    else head += value;
  }
  const whole = async function* () {
    try {
      yield head;
      yield* text;
    } finally {
      await text.return(undefined); // closes the input
    }
  };
  yield* rowsByFormat(head, whole(), columns);
}
