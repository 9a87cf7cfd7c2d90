import { UsageError } from "../exit_codes.ts";
import { badRow, type Columns, findName, type Row } from "./row.ts";

/** What Excel and databases put between fields. */
const DELIMITERS = [",", ";", "\t"];
/** The longest row, in characters: a quote that never closes must not fill the memory. */
const LONGEST = 2 ** 20;

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
};

/** Which column of the header is the id. */
function idColumn(header: string[], columns: Columns): number {
  const name = findName(header, columns);
  if (name !== undefined) return header.indexOf(name);
  throw new UsageError(
    `The input has no column ${columns.names.join(", ")}: it has ${
      header.map((field) => field.trim()).join(", ")
    }`,
    "Choose one with --column NAME.",
  );
}

/** The rows of CSV with a header (RFC 4180, and `;` or tab in place of the comma). */
export async function* csvRows(
  text: AsyncIterable<string>,
  delimiter: string,
  columns: Columns,
): AsyncGenerator<Row> {
  const { parse } = await import("../../deps/csv_parse.ts");
  const errors: { code?: string; lines?: number }[] = [];
  const bytes = ReadableStream.from(text).pipeThrough(new TextEncoderStream());
  const records = bytes.pipeThrough(parse({
    delimiter,
    record_delimiter: ["\r\n", "\n"],
    relax_column_count: true,
    skip_empty_lines: true,
    comment: "#",
    comment_no_infix: true, // a guest's userPrincipalName holds one
    max_record_size: LONGEST,
    info: true,
    skip_records_with_error: true, // an error would discard the rows before it that are still on their way
    on_skip: (error) => void errors.push(error ?? {}),
  }));
  let column = -1;
  for await (const { record, info } of records as AsyncIterable<Parsed>) {
    if (column < 0) {
      column = idColumn(record, columns);
      continue;
    }
    const id = record[column]?.trim() ?? "";
    const where = `line ${info.lines}`;
    yield id ? { where, id } : badRow(where, record.join(delimiter), `its column ${column + 1} is empty`);
  }
  for (const { code = "", lines } of errors) {
    yield badRow(`line ${lines}`, "", PROBLEMS[code] ?? `it is no CSV (${code})`);
  }
}
