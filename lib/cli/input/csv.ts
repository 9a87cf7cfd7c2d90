import { isId } from "../../target.ts";
import { chooseColumn, foldColumn, isIdColumn, isTemplate } from "./columns.ts";
import { type InputNotes, invalidRow, isBlank, noteColumn, type Reading, type Row } from "./rows.ts";
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

/**
 * Passes text through, and reports comment lines: Excel writes errors such as #N/A, which the parser would skip as
 * comments.
 *
 * @param onComment Called with the line's number, from 1, and its text.
 */
async function* watchComments(
  text: AsyncIterable<string>,
  onComment: (number: number, line: string) => void,
): AsyncGenerator<string> {
  const splitter = createLineSplitter();
  let number = 0;
  let isQuoted = false;
  const check = (line: string) => {
    number++;
    const isComment = !isQuoted && line.startsWith("#");
    if (isComment) onComment(number, line);
    if (!isComment && line.includes('"') && line.split('"').length % 2 === 0) isQuoted = !isQuoted;
  };
  for await (const chunk of text) {
    yield chunk;
    splitter.add(chunk).forEach(check);
  }
  splitter.end().forEach(check);
}

/** How many rows are looked at to choose the column, unless the first one decides. */
const MAX_ROWS_TO_CHOOSE = 20;

/** A row as it was parsed. */
interface Fields {
  fields: string[];
  /** Its line. */
  where: string;
}

const hasSurplus = (fields: readonly string[], header: readonly string[]) =>
  fields.length > header.length && !fields.slice(header.length).every(isBlank);

/** Returns whether a row is the header once more, as where files were joined. */
const isRepeated = (fields: readonly string[], header: readonly string[]) =>
  fields.length === header.length &&
  fields.every((field, at) => foldColumn(field) === foldColumn(header[at]!));

/** Returns a function that makes a row of the fields of a table. */
function createRowMaker(
  header: readonly string[],
  column: number,
  kind: "user" | "group",
  notes: InputNotes,
) {
  return ({ fields, where }: Fields): Row => {
    const id = (fields[column] ?? "").trim();
    const holdsId = isId(kind, id);
    // A delimiter too many or too few moves the fields: what is not an id may be any of them.
    const unclear = (problem: string) => invalidRow(where, holdsId ? id : "", problem);
    if (hasSurplus(fields, header)) return unclear("it has more fields than the header");
    const isShort = fields.length < header.length;
    if (isShort) notes.shortRows++;
    if (isBlank(id)) return invalidRow(where, "", `its column ${JSON.stringify(header[column])} is empty`);
    const mayHaveMoved = !holdsId || fields.slice(0, column).some((field) => isId(kind, field));
    return isShort && mayHaveMoved ? unclear("it has fewer fields than the header") : { where, id };
  };
}

/** Reads the rows of CSV with a header (RFC 4180; also with `;` or tab). Lines that start with # are comments. */
export async function* csvRows(
  text: AsyncIterable<string>,
  delimiter: string,
  { columns, notes, linesBefore }: Reading,
): AsyncGenerator<Row> {
  const { parse } = await import("../../deps/csv_parse.ts");
  const errors = new Map<number, Row>(); // by line, as a row can have several
  const comments: Row[] = []; // that have fields
  const place = (line: number) => `line ${line + linesBefore}`;
  const watched = watchComments(text, (line, comment) => {
    if (!comment.includes(delimiter)) notes.passedOver.comment++;
    else comments.push(invalidRow(place(line), "", PROBLEMS.COMMENT_WITH_FIELDS!));
  });
  const bytes = ReadableStream.from(watched).pipeThrough(new TextEncoderStream());
  const records = bytes.pipeThrough(parse({
    delimiter,
    record_delimiter: "\n",
    relax_column_count: true,
    comment: "#",
    comment_no_infix: true, // a guest's userPrincipalName contains #
    max_record_size: MAX_LENGTH,
    info: true,
    skip_records_with_error: true, // an error would discard the rows before it that are not yet read
    on_skip(error) {
      const { code = "", lines = 0 } = (error ?? {}) as { code?: string; lines?: number };
      errors.set(lines, invalidRow(place(lines), "", PROBLEMS[code] ?? `it is not valid CSV (${code})`));
    },
  }));
  let header: string[] | undefined;
  let makeRow: ReturnType<typeof createRowMaker> | undefined;
  let waiting: Fields[] = []; // until the column is chosen
  const choose = (header: readonly string[], isAll: boolean) => {
    const all = waiting.map(({ fields }) => fields);
    const sound = all.filter((fields) => !hasSurplus(fields, header));
    const rows = sound.length > 0 ? sound : all;
    const column = chooseColumn(header, columns, rows, isAll, "column");
    if (column === undefined) return undefined;
    noteColumn(notes, columns.kind, "column", header[column]!, rows.map((fields) => fields[column] ?? ""));
    return createRowMaker(header, column, columns.kind, notes);
  };
  for await (const { record, info } of records as AsyncIterable<ParsedRow>) {
    const where = place(info.lines);
    if (record.every(isBlank)) notes.passedOver["empty row"]++;
    else if (!header) header = record;
    else if (isRepeated(record, header)) notes.passedOver["repeated header"]++;
    else if (header.some(isTemplate) && record.some((field) => /^\s*example:/i.test(field))) {
      notes.passedOver["example row"]++;
    } else if (
      header.length > 1 && record.some(isIdColumn) && !record.some((field) => isId(columns.kind, field))
    ) {
      errors.set(info.lines, invalidRow(where, "", "another header begins here: the rest was not read"));
      break;
    } else if (makeRow) yield makeRow({ fields: record, where });
    else {
      waiting.push({ fields: record, where });
      makeRow = choose(header, waiting.length === MAX_ROWS_TO_CHOOSE);
      if (makeRow) yield* waiting.map(makeRow);
      if (makeRow) waiting = [];
    }
  }
  if (header && waiting.length > 0) yield* waiting.map(choose(header, true)!);
  yield* errors.values();
  if (header && header.length > 1) yield* comments;
  else notes.passedOver.comment += comments.length;
}
