import { printableJson } from "../printable.ts";
import { type PhotoRecord, RECORD_FIELDS } from "../result.ts";
import type { Arguments } from "./arguments.ts";
import type { Host } from "./host.ts";
import type { Format } from "./options.ts";
import { type Color, formatCountOf, messageText, type Paint, printable } from "./text.ts";

/** Returns the format of a command's output. Default: a table on a terminal, else NDJSON. */
export const outputFormat = ({ values }: Arguments, host: Host): Format =>
  (values.output ?? (host.isTerminal("stdout") ? "table" : "ndjson")) as Format;

/** How records are shown. */
export interface RecordStyle {
  /** The colors of the table. */
  paint: Paint;
  /** Wraps lines of the table. */
  wrap: (table: string) => string;
  /** Whether the table has the details of each request. */
  isVerbose: boolean;
  /** Whether photos are restored, not removed. */
  isRestore: boolean;
}

/** What there is to show of a kind of record. */
export interface RecordShape<R> {
  /** The columns of CSV. */
  columns: readonly (keyof R)[];
  /** Returns the lines for the table. */
  tableRow(record: R): string;
  /** Whether a record is about a failure. */
  isFailure(record: R): boolean;
}

/** Returns a function that wraps a table to the terminal of standard output, or leaves it as it is elsewhere. */
export async function tableWrapper(host: Host): Promise<(table: string) => string> {
  const columns = host.columns("stdout");
  if (columns === undefined) return (table) => table;
  const { wrapText } = await import("./wrap.ts");
  return (table) => wrapText(table, columns, 4);
}

/** A format of records: each one, and what comes before the first and after the last. */
interface Layout<R> {
  begin: string;
  record(record: R, index: number): string;
  end(count: number): string;
}

/**
 * Returns a CSV field (RFC 4180). A text that a spreadsheet would run as a formula is marked as text with an
 * apostrophe. Line ends are kept, other control characters are not.
 */
function csvField(value: unknown): string {
  const text = String(value ?? "").replace(/[^\t\r\n]+/g, printable);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n;']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const OUTCOME_COLORS: { readonly [outcome: string]: Color } = {
  removed: "green",
  restored: "green",
  kept: "dim",
  planned: "yellow",
  absent: "dim",
  declined: "dim",
  failed: "red",
  notAttempted: "red",
};

function noteOf(record: PhotoRecord, isRestore: boolean): string | undefined {
  const { outcome, existence, presumed, replaces } = record;
  if (presumed) return "presumed: an earlier attempt was not answered";
  if (outcome === "absent") return existence === null ? "had no photo, or does not exist" : "had no photo";
  if (outcome === "kept") return "has a photo now";
  if (outcome === "restored") return replaces ? "replaced another photo, which was saved" : undefined;
  if (outcome !== "planned") return undefined;
  if (!isRestore) return "has a photo, would be removed";
  return replaces ? "would replace the photo that is there now" : "would be put back";
}

function tableRow(
  record: PhotoRecord,
  { paint, isVerbose, isRestore }: RecordStyle,
  isNew: (hint: string) => boolean,
): string {
  const outcome = paint(OUTCOME_COLORS[record.outcome] ?? "dim", record.outcome.padEnd(12));
  const target = `${record.target.padEnd(5)}  ${printable(record.name ?? record.id ?? "(signed in)")}`;
  const note = noteOf(record, isRestore);
  const request = [
    `HTTP ${record.status ?? "none"}`,
    formatCountOf(record.attempts, "attempt"),
    `${record.durationMs} ms`,
    `request-id ${record.requestId ?? "none"}`,
  ];
  const lines = [
    record.code && `${record.code}: ${record.message ?? ""}`,
    record.hint && isNew(record.hint) ? record.hint : null,
    isVerbose && record.attempts > 0 && request.join(", "),
  ].filter((line) => line).map((line) => `    ${messageText(String(line))}`);
  return [`${outcome}  ${target}${note ? paint("dim", `  (${note})`) : ""}`, ...lines].join("\n") + "\n";
}

/** Returns what there is to show of the results of a run. The table has the same hint once, also with other times. */
export function photoRecordShape(style: RecordStyle): RecordShape<PhotoRecord> {
  const hints = new Set<string>();
  const isNew = (hint: string) => hints.size < hints.add(hint.replace(/\d+/g, "")).size;
  return {
    columns: RECORD_FIELDS,
    tableRow: (record) => style.wrap(tableRow(record, style, isNew)),
    isFailure: ({ outcome, code }) => code !== null || outcome === "notAttempted",
  };
}

/** Returns the layouts of all formats. */
const layouts = <R extends object>(
  { columns, tableRow, isFailure }: RecordShape<R>,
): Readonly<Record<Format, Layout<R>>> => ({
  table: { begin: "", record: tableRow, end: () => "" },
  failures: { begin: "", record: (record) => isFailure(record) ? tableRow(record) : "", end: () => "" },
  ndjson: { begin: "", record: (record) => printableJson(record) + "\n", end: () => "" },
  json: {
    begin: "[",
    record: (record, index) => (index ? ",\n " : "\n ") + printableJson(record),
    end: (count) => count ? "\n]\n" : "]\n",
  },
  csv: {
    begin: columns.join(",") + "\r\n",
    record: (record) => columns.map((column) => csvField(record[column])).join(",") + "\r\n",
    end: () => "",
  },
  none: { begin: "", record: () => "", end: () => "" },
});

/** Returns functions that write records in a format, one after the other. */
export function createRecordWriter<R extends object>(
  format: Format,
  shape: RecordShape<R>,
  write: (text: string) => Promise<void>,
) {
  const layout = layouts(shape)[format];
  let count = 0;
  const begin = () => count === 0 ? layout.begin : "";
  return {
    /** Writes a record. */
    write: async (record: R) => await write(begin() + layout.record(record, count++)),
    /** Writes what comes after the last record. */
    end: async () => await write(begin() + layout.end(count)),
  };
}

/** Backpressure: `write` waits once this many characters are buffered. */
const MAX_BUFFERED = 2 ** 16;

/**
 * Returns functions that buffer text while a write is in progress, and then write it at once: in a long run, a write
 * for each line takes longer than the removals.
 */
export function gatherWrites(write: (text: string) => Promise<void>) {
  let buffer = "";
  let writing: Promise<void> | undefined;
  const writeAll = async () => {
    while (buffer !== "") {
      const text = buffer;
      buffer = "";
      await write(text);
    }
    writing = undefined;
  };
  return {
    /** Writes text, or adds it to the buffer. */
    async write(text: string) {
      if (text === "") return;
      buffer += text;
      writing ??= writeAll();
      if (buffer.length > MAX_BUFFERED) await writing;
    },
    /** Waits until everything is written. */
    flush: async () => await writing,
  };
}
