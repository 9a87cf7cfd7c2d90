import { UsageError } from "../errors.ts";
import { lineCutter } from "./text.ts";
import { badRow, type Columns, findName, LONGEST_ROW, type Row, shownNames } from "./row.ts";

/** What Excel and databases put between fields. */
const DELIMITERS = [",", ";", "\t"];

/** The delimiter of a header line: the one that stands in it most often, outside quotes. */
export function delimiterOf(header: string): string {
  const bare = header.replace(/"[^"]*"/g, "");
  const counted = DELIMITERS.map((delimiter) => ({ delimiter, count: bare.split(delimiter).length }));
  return counted.sort((a, b) => b.count - a.count)[0]!.delimiter;
}

interface Parsed {
  record: string[];
  info: { lines: number };
}

const PROBLEMS: Readonly<Record<string, string>> = {
  INVALID_OPENING_QUOTE: "a quote stands in the middle of a field",
  CSV_INVALID_CLOSING_QUOTE:
    "a quote closes in the middle of a field, as if one before it was not closed: the rows between were not read",
  CSV_QUOTE_NOT_CLOSED:
    "a quote that opened there or before never closes, so that the rows from it on were not read",
  CSV_MAX_RECORD_SIZE:
    "the row is too long, as if a quote was not closed, so that some rows before it were not read",
  COMMENT_WITH_FIELDS:
    "it begins like a comment and has fields like a row: quote the first field, or remove the line",
};

/** Which column of the header is the id. */
function idColumn(header: string[], columns: Columns): number {
  const name = findName(header, columns);
  if (name !== undefined) return header.indexOf(name);
  throw new UsageError(
    `The input has no column ${columns.names.join(", ")}: it has ${shownNames(header)}`,
    "Choose one with --column NAME.",
  );
}

/**
 * The same text, of which lines are noted that the parser passes over as comments though they have fields: what
 * Excel writes for an error, as #N/A, begins like a comment.
 *
 * @param note Told of the line's number, from 1, and its text.
 */
async function* noteComments(
  text: AsyncIterable<string>,
  delimiter: string,
  note: (number: number, line: string) => void,
): AsyncGenerator<string> {
  const cutter = lineCutter();
  let number = 0;
  let quoted = false;
  const look = (line: string) => {
    number++;
    const isComment = !quoted && line.startsWith("#");
    if (isComment && line.includes(delimiter)) note(number, line);
    if (!isComment && line.includes('"') && line.split('"').length % 2 === 0) quoted = !quoted;
  };
  for await (const chunk of text) {
    yield chunk;
    cutter.cut(chunk).forEach(look);
  }
  cutter.end().forEach(look);
}

/** Why the id of a row cannot be told, where it cannot. */
function problemOf(record: string[], column: number, header: string[]): string | undefined {
  const surplus = record.slice(header.length).some((field) => field.trim() !== "");
  // Beyond the first of several columns, a delimiter that should be quoted has moved the id.
  if (surplus && (column > 0 || header.length === 1)) return "it has more fields than the header";
  return record[column]?.trim() ? undefined : `its column ${column + 1} is empty`;
}

/** The rows of CSV with a header (RFC 4180, and `;` or tab in place of the comma); lines with # are comments. */
export async function* csvRows(
  text: AsyncIterable<string>,
  delimiter: string,
  columns: Columns,
): AsyncGenerator<Row> {
  const { parse } = await import("../../deps/csv_parse.ts");
  const errors = new Map<number, Row>(); // by line, as a row can have several
  const comments = new Map<number, Row>();
  const watched = noteComments(text, delimiter, (line, raw) => {
    comments.set(line, badRow(`line ${line}`, raw, PROBLEMS.COMMENT_WITH_FIELDS!));
  });
  const bytes = ReadableStream.from(watched).pipeThrough(new TextEncoderStream());
  const records = bytes.pipeThrough(parse({
    delimiter,
    record_delimiter: ["\r\n", "\n"],
    relax_column_count: true,
    skip_empty_lines: true,
    comment: "#",
    comment_no_infix: true, // a guest's userPrincipalName holds one
    max_record_size: LONGEST_ROW,
    info: true,
    skip_records_with_error: true, // an error would discard the rows before it that are still on their way
    on_skip(error) {
      const { code = "", lines = 0 } = (error ?? {}) as { code?: string; lines?: number };
      errors.set(lines, badRow(`line ${lines}`, "", PROBLEMS[code] ?? `it is no CSV (${code})`));
    },
  }));
  let header: string[] | undefined;
  let headerLine = 0;
  let column = -1;
  for await (const { record, info } of records as AsyncIterable<Parsed>) {
    if (!header) {
      header = record;
      column = idColumn(header, columns);
      headerLine = info.lines;
      continue;
    }
    const where = `line ${info.lines}`;
    const problem = problemOf(record, column, header);
    yield problem === undefined
      ? { where, id: record[column]!.trim() }
      : badRow(where, record.join(delimiter), problem);
  }
  yield* errors.values();
  for (const [line, row] of comments) if (header && header.length > 1 && line > headerLine) yield row;
}
