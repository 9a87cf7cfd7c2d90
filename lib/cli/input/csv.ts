import { isId } from "../../target.ts";
import { chooseColumn, type Columns, foldColumn, isIdColumn, isTemplate } from "./columns.ts";
import { type InputNotes, noteColumn } from "./notes.ts";
import { invalidRow, isBlank, type Reading, type Row } from "./rows.ts";
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

/** Why a row of a table is passed over, or that another table begins with it. */
type Aside = keyof InputNotes["passedOver"] | "another header";

/** Returns a function that tells rows of ids from others, knowing the header. */
function createAsideFinder(header: readonly string[], kind: Columns["kind"]) {
  const folded = header.map(foldColumn);
  const hasExamples = header.some(isTemplate);
  return (fields: readonly string[]): Aside | undefined => {
    if (fields.every(isBlank)) return "empty row";
    if (hasExamples && fields.some((field) => /^\s*example:/i.test(field))) return "example row";
    if (fields.some((field) => isId(kind, field))) return undefined;
    const isSame = fields.length === header.length &&
      fields.every((field, at) => foldColumn(field) === folded[at]);
    if (isSame) return "repeated header";
    const names = fields.filter((field) => isIdColumn(field) || folded.includes(foldColumn(field)));
    return names.length > 1 && names.some(isIdColumn) ? "another header" : undefined;
  };
}

/** Returns whether what a row has more than the header is blank, as where each row ends with a delimiter. */
const isSurplusBlank = (fields: readonly string[], header: readonly string[]) =>
  fields.slice(header.length).every(isBlank);

/** Returns a function that makes a row of the fields of a table. */
function createRowMaker(
  header: readonly string[],
  column: number,
  { columns: { kind }, notes }: Reading,
): (fields: Fields) => Row {
  return ({ fields, where }) => {
    const id = (fields[column] ?? "").trim();
    const isShort = fields.length < header.length;
    if (isShort) notes.shortRows++;
    if (fields.length !== header.length) {
      // A delimiter too many or too few moves the fields: what is in the column may be any of them.
      const ids = fields.filter((field) => isId(kind, field));
      const isClear = isSurplusBlank(fields, header) && (isBlank(id) || (ids.length === 1 && isId(kind, id)));
      const problem = `it has ${isShort ? "fewer" : "more"} fields than the header`;
      if (!isClear) return invalidRow(where, isId(kind, id) ? id : "", problem);
    }
    return isBlank(id)
      ? invalidRow(where, "", `its column ${JSON.stringify(header[column])} is empty`)
      : { where, id };
  };
}

/** A table whose header has been read. */
interface Table {
  /** Returns the rows that are known once a further one has been read; `undefined` if another table begins. */
  add(row: Fields): readonly Row[] | undefined;
  /** Returns the rows that had to wait. */
  end(): readonly Row[];
}

function openTable(header: readonly string[], reading: Reading): Table {
  const { columns, notes } = reading;
  const asideOf = createAsideFinder(header, columns.kind);
  let makeRow: ((fields: Fields) => Row) | undefined;
  let waiting: Fields[] = []; // until the column is chosen

  function choose(isAll: boolean): readonly Row[] {
    const all = waiting.map(({ fields }) => fields);
    const whole = all.filter((fields) => fields.length === header.length);
    if (whole.length === 0 && !isAll) return [];
    const longer = all.filter((fields) => fields.length > header.length && isSurplusBlank(fields, header));
    const rows = [whole, longer, all].find(({ length }) => length > 0)!;
    const column = chooseColumn(header, columns, rows, isAll, "column");
    if (column === undefined) return [];
    noteColumn(notes, columns.kind, "column", header[column]!, rows.map((fields) => fields[column] ?? ""));
    makeRow = createRowMaker(header, column, reading);
    const known = waiting.map(makeRow);
    waiting = [];
    return known;
  }
  return {
    add(row) {
      const aside = asideOf(row.fields);
      if (aside === "another header") return undefined;
      if (aside) notes.passedOver[aside]++;
      else if (makeRow) return [makeRow(row)];
      else waiting.push(row);
      return aside || makeRow ? [] : choose(waiting.length === MAX_ROWS_TO_CHOOSE);
    },
    end: () => waiting.length > 0 ? choose(true) : [],
  };
}

/** How the parser tells a row that it skips. */
type OnSkip = (line: number, problem: string) => void;

/**
 * Parses CSV, a chunk at a time: piped to the parser's stream, up to a thousand chunks would wait in memory.
 *
 * @param onSkip Called for each row that is not valid.
 */
async function* parseCsv(
  text: AsyncIterable<string>,
  delimiter: string,
  onSkip: OnSkip,
): AsyncGenerator<ParsedRow> {
  const { parse } = await import("../../deps/csv_parse.ts");
  let parsed = 0;
  const { readable, writable } = parse({
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
      onSkip(lines, PROBLEMS[code] ?? `it is not valid CSV (${code})`);
    },
    on_record(record) {
      parsed++;
      return record;
    },
  });
  const writer = writable.getWriter();
  const reader = (readable as ReadableStream<ParsedRow>).getReader();
  const encoder = new TextEncoder();
  const rows = async function* () {
    for (; parsed > 0; parsed--) yield (await reader.read()).value!;
  };
  for await (const chunk of text) {
    await writer.write(encoder.encode(chunk));
    yield* rows();
  }
  await writer.close();
  yield* rows();
}

/** Reads the rows of CSV with a header (RFC 4180; also with `;` or tab). Lines that start with # are comments. */
export async function* csvRows(
  text: AsyncIterable<string>,
  delimiter: string,
  reading: Reading,
): AsyncGenerator<Row> {
  const { notes, linesBefore } = reading;
  const errors = new Map<number, Row>(); // by line, as a row can have several
  const comments: Row[] = []; // that have fields
  const place = (line: number) => `line ${line + linesBefore}`;
  const watched = watchComments(text, (line, comment) => {
    if (!comment.includes(delimiter)) notes.passedOver.comment++;
    else comments.push(invalidRow(place(line), "", PROBLEMS.COMMENT_WITH_FIELDS!));
  });
  const onSkip: OnSkip = (line, problem) => errors.set(line, invalidRow(place(line), "", problem));
  let header: string[] = [];
  let table: Table | undefined;
  for await (const { record, info } of parseCsv(watched, delimiter, onSkip)) {
    const where = place(info.lines);
    if (!table) {
      header = record;
      table = openTable(record, reading);
      continue;
    }
    const rows = table.add({ fields: record, where });
    if (rows) yield* rows;
    else {
      errors.set(info.lines, invalidRow(where, "", "another header begins here: the rest was not read"));
      break;
    }
  }
  yield* table?.end() ?? [];
  yield* errors.values();
  if (header.length > 1) yield* comments;
  else notes.passedOver.comment += comments.length;
}
