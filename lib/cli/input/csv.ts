import { UsageError } from "../errors.ts";
import { type Columns, findName, invalidRow, listNames, type Row } from "./rows.ts";
import { createLineSplitter, MAX_LENGTH } from "./text.ts";

/** What Excel and databases put between fields. */
const DELIMITERS = [",", ";", "\t"];

/** Returns the delimiter that a header line has most often outside quotes. */
export function detectDelimiter(header: string): string {
  const unquoted = header.replace(/"[^"]*"/g, "");
  const counted = DELIMITERS.map((delimiter) => ({ delimiter, count: unquoted.split(delimiter).length }));
  return counted.sort((a, b) => b.count - a.count)[0]!.delimiter;
}

/** What the parser yields for a row. */
interface ParsedRow {
  record: string[];
  info: { lines: number };
}

/** Problems by the parser's error code, and one of our own. */
const PROBLEMS: Readonly<Record<string, string>> = {
  INVALID_OPENING_QUOTE: "there is a quote in the middle of a field",
  CSV_INVALID_CLOSING_QUOTE:
    "a quote closes in the middle of a field, as if an earlier one was not closed: the rows between were not read",
  CSV_QUOTE_NOT_CLOSED: "a quote that opens here or earlier is never closed: the rows after it were not read",
  CSV_MAX_RECORD_SIZE: "the row is too long, as if a quote was not closed: some rows before it were not read",
  COMMENT_WITH_FIELDS: "it starts like a comment but has fields: quote the first field, or remove the line",
};

/** Returns which column of the header holds the id. */
function idColumn(header: string[], columns: Columns): number {
  const name = findName(header, columns);
  if (name !== undefined) return header.indexOf(name);
  throw new UsageError(
    `The input has no column ${columns.names.join(", ")}: its columns are ${listNames(header)}`,
    "Choose one with --column NAME.",
  );
}

/**
 * Passes text through, and reports comment lines that contain a delimiter: Excel writes errors such as #N/A, which
 * the parser would skip as comments.
 *
 * @param onComment Called with the line's number, from 1, and its text.
 */
async function* watchComments(
  text: AsyncIterable<string>,
  delimiter: string,
  onComment: (number: number, line: string) => void,
): AsyncGenerator<string> {
  const splitter = createLineSplitter();
  let number = 0;
  let isQuoted = false;
  const check = (line: string) => {
    number++;
    const isComment = !isQuoted && line.startsWith("#");
    if (isComment && line.includes(delimiter)) onComment(number, line);
    if (!isComment && line.includes('"') && line.split('"').length % 2 === 0) isQuoted = !isQuoted;
  };
  for await (const chunk of text) {
    yield chunk;
    splitter.add(chunk).forEach(check);
  }
  splitter.end().forEach(check);
}

/** Returns why the id of a row is missing or uncertain, if it is. */
function problemOf(record: string[], column: number, header: string[]): string | undefined {
  const hasMore = record.slice(header.length).some((field) => field.trim() !== "");
  // An unquoted delimiter before the id moves it, unless the id is in the first of several columns.
  if (hasMore && (column > 0 || header.length === 1)) return "it has more fields than the header";
  return record[column]?.trim() ? undefined : `its column ${column + 1} is empty`;
}

/** Reads the rows of CSV with a header (RFC 4180; also with `;` or tab). Lines that start with # are comments. */
export async function* csvRows(
  text: AsyncIterable<string>,
  delimiter: string,
  columns: Columns,
): AsyncGenerator<Row> {
  const { parse } = await import("../../deps/csv_parse.ts");
  const errors = new Map<number, Row>(); // by line, as a row can have several
  const comments = new Map<number, Row>();
  const watched = watchComments(text, delimiter, (number, line) => {
    comments.set(number, invalidRow(`line ${number}`, line, PROBLEMS.COMMENT_WITH_FIELDS!));
  });
  const bytes = ReadableStream.from(watched).pipeThrough(new TextEncoderStream());
  const records = bytes.pipeThrough(parse({
    delimiter,
    record_delimiter: ["\r\n", "\n"],
    relax_column_count: true,
    skip_empty_lines: true,
    comment: "#",
    comment_no_infix: true, // a guest's userPrincipalName contains #
    max_record_size: MAX_LENGTH,
    info: true,
    skip_records_with_error: true, // an error would discard the rows before it that are not yet read
    on_skip(error) {
      const { code = "", lines = 0 } = (error ?? {}) as { code?: string; lines?: number };
      errors.set(lines, invalidRow(`line ${lines}`, "", PROBLEMS[code] ?? `it is not valid CSV (${code})`));
    },
  }));
  let header: string[] | undefined;
  let headerLine = 0;
  let column = -1;
  for await (const { record, info } of records as AsyncIterable<ParsedRow>) {
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
      : invalidRow(where, record.join(delimiter), problem);
  }
  yield* errors.values();
  for (const [line, row] of comments) if (header && header.length > 1 && line > headerLine) yield row;
}
