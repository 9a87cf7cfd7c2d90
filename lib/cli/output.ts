import type { Format } from "./options.ts";
import { type PhotoRecord, RECORD_FIELDS } from "../result.ts";
import { printable, printableJson, type Style } from "./style.ts";

/** How records become text: what stands before the first, each one, and what stands after the last. */
interface Writer {
  begin: string;
  record(record: PhotoRecord, index: number): string;
  end(count: number): string;
}

/**
 * A field of RFC 4180. A leading = + - @ would be a formula to Excel, so that it is quoted as text. Lines stay lines;
 * what would control a terminal does not.
 */
function csvField(value: unknown): string {
  const text = String(value ?? "").replace(/[^\t\r\n]+/g, printable);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n;']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const OUTCOME_COLORS: { readonly [outcome: string]: keyof Style } = {
  removed: "green",
  planned: "yellow",
  absent: "dim",
  declined: "dim",
  failed: "red",
  notAttempted: "red",
};

const NOTES: { readonly [outcome: string]: string } = {
  absent: "had no photo",
  planned: "has a photo, would be removed",
};

function tableRow(record: PhotoRecord, style: Style, verbose: boolean): string {
  const outcome = style[OUTCOME_COLORS[record.outcome] ?? "dim"](record.outcome.padEnd(12));
  const who = `${record.target.padEnd(5)}  ${printable(record.id ?? "(signed in)")}`;
  const note = NOTES[record.outcome];
  const details = verbose && record.attempts > 0
    ? [
      `HTTP ${record.status ?? "none"}, ${record.attempts} attempt(s), ${record.durationMs} ms, request-id ${
        record.requestId ?? "none"
      }`,
    ]
    : [];
  const lines = [record.code && `${record.code}: ${record.message ?? ""}`, record.hint, ...details]
    .filter((line) => line)
    .map((line) => `              ${printable(String(line))}`);
  return [`${outcome}  ${who}${note ? style.dim(`  (${note})`) : ""}`, ...lines].join("\n") + "\n";
}

/** The ways to write records. */
function writer(format: Format, style: Style, verbose: boolean): Writer {
  const writers: { [name in Format]: Writer } = {
    table: { begin: "", record: (record) => tableRow(record, style, verbose), end: () => "" },
    ndjson: { begin: "", record: (record) => printableJson(record) + "\n", end: () => "" },
    json: {
      begin: "[",
      record: (record, index) => (index ? ",\n " : "\n ") + printableJson(record),
      end: (count) => count ? "\n]\n" : "]\n",
    },
    csv: {
      begin: RECORD_FIELDS.join(",") + "\r\n",
      record: (record) => RECORD_FIELDS.map((column) => csvField(record[column])).join(",") + "\r\n",
      end: () => "",
    },
    none: { begin: "", record: () => "", end: () => "" },
  };
  return writers[format];
}

/** Writes records in one format, one after the other. */
export function recordWriter(
  format: Format,
  style: Style,
  verbose: boolean,
  write: (text: string) => Promise<void>,
) {
  const { begin, record: toText, end } = writer(format, style, verbose);
  let count = 0;
  const opening = () => count === 0 ? begin : "";
  return {
    write: async (record: PhotoRecord) => await write(opening() + toText(record, count++)),
    end: async () => await write(opening() + end(count)),
  };
}

/** How much text may wait for its turn, in characters, until whoever adds to it waits too. */
const MOST_WAITING = 2 ** 16;

/**
 * Writes what comes while a write is under way in one further write: one of its own for each line of a long run takes
 * longer than the removals.
 */
export function gatherWrites(write: (text: string) => Promise<void>) {
  let waiting = "";
  let writing: Promise<void> | undefined;
  const writeAll = async () => {
    while (waiting !== "") {
      const text = waiting;
      waiting = "";
      await write(text);
    }
    writing = undefined;
  };
  return {
    async write(text: string) {
      if (text === "") return;
      waiting += text;
      writing ??= writeAll();
      if (waiting.length > MOST_WAITING) await writing;
    },
    /** Waits until all is written. */
    flush: async () => await writing,
  };
}
