import { isId } from "../../target.ts";
import { UsageError } from "../errors.ts";
import { type Columns, foldColumn, isIdColumn } from "./columns.ts";
import { refuseText } from "./not_a_list.ts";
import { emptyNotes, type InputNotes } from "./notes.ts";
import { decodeText, MAX_LENGTH, splitLines } from "./text.ts";

/** One row of input: an id, or the reason why it has none. */
export interface Row {
  /** Where it is, such as "line 17". */
  where: string;
  /** The id, or what stands in its place; empty where that could be another field. */
  id: string;
  /** What is wrong with the row. */
  problem?: string;
}

/** What the readers of each format are given besides the text. */
export interface Reading {
  columns: Columns;
  notes: InputNotes;
  /** How many lines were passed over before the text. */
  linesBefore: number;
}

/** Returns a row that has no usable id. */
export const invalidRow = (where: string, id: string, problem: string): Row => ({ where, id, problem });

/** Returns the invalid row of a line that is too long. */
export const tooLong = (where: string, line: string): Row =>
  invalidRow(where, line.slice(0, 100), "the line is too long");

/** Returns whether a text has nothing in it that can be seen. */
export const isBlank = (text: string): boolean => !/[^\s\p{Cf}\p{DI}]/u.test(text);

/** A word that can be the header of a list with one column. */
const HEADER_WORD = /^\p{L}[\p{L}\p{N} _-]*$/u;

/** Reads one id per line; passes over blank lines and comments (#). */
async function* lineRows(
  text: AsyncIterable<string>,
  { columns, notes, linesBefore }: Reading,
): AsyncGenerator<Row> {
  let number = linesBefore;
  let isFirst = true;
  for await (const line of splitLines(text)) {
    number++;
    const where = `line ${number}`;
    if (line.length > MAX_LENGTH) yield tooLong(where, line);
    else if (isBlank(line)) notes.passedOver["empty row"]++;
    else if (line.trimStart().startsWith("#")) notes.passedOver.comment++;
    else {
      const id = line.trim();
      const isHeader = isFirst && HEADER_WORD.test(id) && !isId(columns.kind, id);
      isFirst = false;
      yield isHeader
        ? invalidRow(
          where,
          id,
          `it is not a ${columns.kind} id; if it is a header, add --column "${id.slice(0, 40)}"`,
        )
        : { where, id };
    }
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

/** The line by which a file tells Excel its delimiter, and the first line of Entra's bulk templates. */
const DELIMITER_LINE = /^\s*"?sep=(.)"?[,; \t]*$/i;
const VERSION_LINE = /^\s*"?version:v?\d[\d.]*"?[,; \t]*$/i;

/** How an input begins. */
interface Beginning {
  /** The first row that is neither blank nor a comment, nor about the file itself; empty if there is none. */
  first: string;
  /** How many lines there are before it, with how many characters. */
  lines: number;
  length: number;
  /** The delimiter that a line before it names. */
  delimiter?: string;
  passedOver: Partial<InputNotes["passedOver"]>;
}

/** Returns how a text begins; `undefined` if its first row is not there completely. */
function findBeginning(head: string, isWhole: boolean): Beginning | undefined {
  const lines = head.split("\n");
  if (!isWhole || lines.at(-1) === "") lines.pop();
  const beginning: Beginning = { first: "", lines: 0, length: 0, passedOver: {} };
  const count = { "comment": 0, "empty row": 0 };
  for (const line of lines) {
    const delimiter = DELIMITER_LINE.exec(line)?.[1];
    if (delimiter !== undefined) beginning.delimiter = delimiter;
    else if (isBlank(line.replace(/[,;]/g, ""))) count["empty row"]++;
    else if (/^\s*#/.test(line)) count.comment += /^\s*#TYPE /.test(line) ? 0 : 1;
    else if (!VERSION_LINE.test(line)) break;
    beginning.lines++;
    beginning.length += line.length + 1;
  }
  beginning.passedOver = count;
  const rest = lines.slice(beginning.lines, beginning.lines + MAX_HEADER_LINES);
  if (rest.length === 0) return isWhole ? beginning : undefined;
  const candidates = rest.map((_, at) => rest.slice(0, at + 1).join("\n").trim());
  const hasAll = isWhole || rest.length === MAX_HEADER_LINES;
  const first = candidates.find(isComplete) ?? (hasAll ? candidates[0] : undefined);
  return first === undefined ? undefined : { ...beginning, first };
}

/** How much of the input is read to detect its format, in characters, and in lines from its first row on. */
const MAX_HEAD = 2 ** 16;
const LINES_TO_CHECK = 10;

/** Returns lines that are neither blank nor comments. */
const tellingLines = (lines: readonly string[]) =>
  lines.filter((line) => !isBlank(line) && !/^\s*#/.test(line));

/** The format of an input. */
type Format = "lines" | "csv" | "array" | "values" | "ndjson";

/**
 * Returns the format of an input by its first row.
 *
 * @param more Returns lines from the first row on, so many if there are.
 * @throws {UsageError} If it is not a list.
 */
async function detectFormat(
  { first }: Beginning,
  fields: readonly string[],
  { kind, chosen }: Columns,
  more: (count: number) => Promise<string[]>,
): Promise<Format> {
  if (first === "") return "lines";
  if (first.startsWith("[")) return "array";
  if (first.startsWith("{") && !first.startsWith("{\\")) {
    return (await import("./json.ts")).isPartOrMore(first) ? "values" : "ndjson";
  }
  if (isId(kind, first) && chosen === undefined) return JSON_STRING.test(first) ? "ndjson" : "lines";
  const isKnown = (name: string) =>
    isIdColumn(name) || (chosen !== undefined && foldColumn(name) === foldColumn(chosen));
  if (fields.length > 1 && fields.some(isKnown)) return "csv";
  const isColumn = fields.length === 1 && isKnown(fields[0]!);
  const lines = await more(isColumn ? 2 : LINES_TO_CHECK);
  refuseText(lines);
  if (isColumn || fields.length > 1 || chosen !== undefined) return "csv";
  if (JSON_STRING.test(first)) return "ndjson";
  if (lines.some((line, at) => /[,;\t|]/.test(line) || (at > 0 && isIdColumn(line)))) {
    throw new UsageError(
      "The input looks like a table, but its first row is not a header with columns",
      "Delete what is above the header. If the delimiter is not a comma, semicolon or tab, put a line such as " +
        '"sep=|" above it.',
    );
  }
  return "lines";
}

/**
 * Reads the rows of an input, each as soon as it is complete. The format is detected from the beginning: one id per
 * line, CSV with a header, a JSON array, NDJSON, or JSON objects over several lines; in UTF-8 or UTF-16.
 *
 * @throws {UsageError} If it is not a list, or no column or property has the id.
 */
export async function* readRows(
  bytes: AsyncIterable<Uint8Array>,
  columns: Columns,
  notes: InputNotes = emptyNotes(),
): AsyncGenerator<Row> {
  const text = decodeText(bytes);
  let head = "";
  let isWhole = false;
  const fill = async (isEnough: () => boolean) => {
    while (!isWhole && head.length < MAX_HEAD && !isEnough()) {
      const { done, value } = await text.next();
      if (done) isWhole = true;
      else head += value;
    }
  };
  try {
    await fill(() => head.trimStart().startsWith("[") || findBeginning(head, false) !== undefined);
    const beginning = findBeginning(head.slice(0, MAX_HEAD), true)!;
    const linesOf = () => head.slice(beginning.length, MAX_HEAD).split("\n");
    const { csvRows, detectDelimiter } = await import("./csv.ts");
    const delimiter = beginning.delimiter ?? detectDelimiter(beginning.first);
    const fields = beginning.first.split(delimiter).map((field) => field.trim().replace(/^"|"$/g, ""));
    const format = await detectFormat(beginning, fields, columns, async (count) => {
      await fill(() => tellingLines(linesOf().slice(0, -1)).length >= count);
      return tellingLines(linesOf()).slice(0, count);
    });
    Object.assign(notes.passedOver, beginning.passedOver);
    const reading: Reading = { columns, notes, linesBefore: beginning.lines };
    const rest = async function* () {
      yield head.slice(beginning.length);
      yield* text;
    };
    if (format === "lines") return yield* lineRows(rest(), reading);
    if (format === "csv") return yield* csvRows(rest(), delimiter, reading);
    const { jsonRows, ndjsonRows } = await import("./json.ts");
    if (format === "ndjson") yield* ndjsonRows(rest(), reading);
    else yield* jsonRows(rest(), format, reading);
  } finally {
    await text.return(undefined); // closes the input
  }
}
