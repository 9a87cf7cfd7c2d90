import { openTargets } from "../../lib/cli/input/targets.ts";
import type { Columns } from "../../lib/cli/input/columns.ts";
import { readRows, type Row } from "../../lib/cli/input/rows.ts";
import { decodeText, splitLines } from "../../lib/cli/input/text.ts";
import { UsageError } from "../../lib/cli/errors.ts";
import { unwrapId } from "../../lib/target.ts";
import { fc } from "../deps/fast_check.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { ENCODINGS, USER_COLUMNS } from "../support/input.ts";
import { SILENT_HOST } from "../support/silent_host.ts";
import { FILES, inTemporaryFolder } from "../support/temporary.ts";
import { anyText, damaged, jsonString, jsonText, piecesAt, textOf } from "./hostile.ts";
import { property } from "./property.ts";

/** Where an input is cut into chunks. */
const CUTS = fc.array(fc.nat(), { maxLength: 8 });
const ENCODING = fc.constantFrom(...Object.keys(ENCODINGS));

async function* inPieces(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

/** Returns the rows of an input, or its usage error. */
async function outcome(pieces: readonly Uint8Array[], columns: Columns): Promise<Row[] | string> {
  try {
    return await Array.fromAsync(readRows(inPieces(pieces), columns));
  } catch (error) {
    assert(error instanceof UsageError, String(error));
    return `${error.message} ${error.hint}`;
  }
}

/** Returns the rows of an input after asserting that they are the same however it is chunked. */
async function rowsOf(bytes: Uint8Array, cuts: readonly number[], columns = USER_COLUMNS) {
  const rows = await outcome(piecesAt(bytes, cuts), columns);
  assertEquals(await outcome([bytes], columns), rows, "in one piece");
  if (bytes.length < 200) {
    assertEquals(await outcome(piecesAt(bytes, [...bytes.keys()]), columns), rows, "byte by byte");
  }
  return rows;
}

/** Text of which some is a table, a list or JSON. */
const SOUP = textOf([
  ...["id", "mail", "userId", "a@b.c", "x", " ", "#", "#TYPE", ",", ";", "\t", '"', '""', "'"],
  ...["\n", "\r\n", "\r", "[", "]", "{", "}", ":", '"id"', '"mail":', "\\", "\\u00e9", "null"],
  ...["é", "€", "😀", "\ufeff", "\0", "id,x\n"],
], 30);
const COLUMNS = fc.constantFrom<Columns>(USER_COLUMNS, { kind: "user", chosen: "x" }, { kind: "group" });

Deno.test(property(
  "readRows() reads any text to its end, with the same rows however it is encoded and chunked",
  fc.tuple(fc.oneof(SOUP, anyText(40)), ENCODING, CUTS, COLUMNS),
  async ([text, encoding, cuts, columns]) => {
    const rows = await rowsOf(ENCODINGS[encoding]!(text), cuts, columns);
    if (typeof rows === "string") return;
    for (const { where, id, problem } of rows) {
      assert(
        /^(line|item) \d+$/.test(where) && typeof id === "string" && problem !== "",
        JSON.stringify(rows),
      );
    }
  },
));

Deno.test(property(
  "readRows() reads any bytes to their end, with the same rows however they are chunked",
  fc.tuple(fc.uint8Array({ maxLength: 60 }), CUTS),
  async ([bytes, cuts]) => void await rowsOf(bytes, cuts),
));

Deno.test(property(
  "decodeText() decodes a text however it is encoded and chunked, and splitLines() splits it",
  fc.tuple(anyText(30), ENCODING, CUTS),
  async ([text, encoding, cuts]) => {
    const wellFormed = `abcd${text.toWellFormed()}`;
    const pieces = piecesAt(ENCODINGS[encoding]!(wellFormed), cuts);
    const decoded = await Array.fromAsync(decodeText(inPieces(pieces)));
    assertEquals(decoded.join(""), wellFormed.replace(/\r\n?/g, "\n"));
    const lines = wellFormed.split(/\r\n|\r|\n/);
    if (lines.at(-1) === "") lines.pop();
    assertEquals(await Array.fromAsync(splitLines(decodeText(inPieces(pieces)))), lines);
  },
));

/** An id that can be a line of its own. */
const BARE_ID = fc.tuple(
  fc.constantFrom("a", "Z", "7", "$", "'", "é", "-", "_"),
  textOf(["a", "#EXT#", "@b.c", "'", "$", "%", "/", "  ", "é", "😀", '"', "\u2028"]),
  fc.constantFrom("a", "0", ".c"),
).map((parts) => parts.join(""));
const LINE_END = fc.constantFrom("\n", "\r\n", "\r");

/** The lines of an input, their ends, whether the last one has an end, and their indentation. */
const LINES = fc.tuple(
  fc.array(fc.oneof(BARE_ID, fc.constantFrom("", "  ", "# a comment", " #", '#,;"')), { maxLength: 12 }),
  LINE_END,
  fc.boolean(),
  fc.constantFrom("", " ", "\t"),
);

Deno.test(property(
  "readRows() yields each line with its number, except blank ones and comments",
  fc.tuple(LINES, ENCODING, CUTS),
  async ([[lines, lineEnd, ended, indent], encoding, cuts]) => {
    const text = ["first@b.c", ...lines].map((line) => indent + line).join(lineEnd) + (ended ? lineEnd : "");
    const expected = ["first@b.c", ...lines].flatMap((line, at) =>
      /^\s*(#|$)/.test(line) ? [] : [{ where: `line ${at + 1}`, id: line }]
    );
    assertEquals<unknown>(await rowsOf(ENCODINGS[encoding]!(text), cuts), expected);
  },
));

/** A field of a table: anything that a text file can contain. */
const FIELD = fc.oneof(
  textOf(["a", " ", ",", ";", "\t", '"', "\n", "\r\n", "\r", "#", "'", "é", "{", "[", "\\"]),
  anyText(6).map((text) => text.toWellFormed()),
);
const NO_NAME = fc.tuple(
  fc.constantFrom("note", "x", "a b"),
  fc.constantFrom("", ",", ";", "\t", '"', ",,;;", "'", "\n", "\r\n\n;", '"\n#'),
).map((parts) => parts.join(""));

interface Table {
  header: string[];
  column: number;
  rows: string[][];
  delimiter: string;
  lineEnd: string;
  /** Whether every field is quoted, as by Export-Csv, or only those that need it. */
  quoted: boolean;
}

const TABLE: fc.Arbitrary<Table> = fc.tuple(
  fc.uniqueArray(NO_NAME, { maxLength: 3 }),
  fc.constantFrom("id", "userId", "ID", "UserPrincipalName", " user principal name "),
  fc.nat({ max: 3 }),
).chain(([others, id, at]) => {
  const column = Math.min(at, others.length);
  const header = others.toSpliced(column, 0, id);
  return fc.record({
    header: fc.constant(header),
    column: fc.constant(column),
    // The first id shows which column it is.
    rows: fc.array(fc.tuple(...header.map(() => FIELD)), { maxLength: 8 }).map((rows) => [
      header.map((_, index) => index === column ? "first@b.c" : "x"),
      ...rows,
    ]),
    delimiter: fc.constantFrom(",", ";", "\t"),
    lineEnd: LINE_END,
    quoted: fc.boolean(),
  });
});

const isBlank = (text: string) => /^[\s\p{Cf}\p{DI}]*$/u.test(text);

/** The ids of the rows of a table, with "" for one that is missing; rows of nothing are none. */
function idsIn({ rows, column }: Table): string[] {
  return rows.filter((fields) => !fields.every(isBlank)).map((fields) => fields[column]!)
    .map((id) => isBlank(id) ? "" : id.replace(/\r\n?/g, "\n").trim());
}

/** Returns CSV according to RFC 4180. A field that starts like a comment is quoted, too. */
function writeCsv({ header, rows, delimiter, lineEnd, quoted }: Table): string {
  const write = (field: string) => {
    const must = quoted || /[",;\t\r\n]|^#|^\ufeff/.test(field);
    return must ? `"${field.replaceAll('"', '""')}"` : field;
  };
  // A row of one empty field is a blank line, unless it is quoted.
  const line = (fields: string[]) => fields.map(write).join(delimiter) || '""';
  return [header, ...rows].map((fields) => line(fields) + lineEnd).join("");
}

Deno.test(property(
  "readRows() yields every row of a table, whatever its fields contain",
  fc.tuple(TABLE, ENCODING, CUTS),
  async ([table, encoding, cuts]) => {
    const rows = await rowsOf(ENCODINGS[encoding]!(writeCsv(table)), cuts);
    assert(typeof rows !== "string", String(rows));
    assertEquals(rows.map(({ id, problem }) => problem === undefined ? id : ""), idsIn(table));
  },
));

let path = "";

Deno.test(property(
  "openTargets() yields a target or an invalid row for every row of a file, and counts them before",
  TABLE,
  async (table) => {
    await Deno.writeTextFile(path, writeCsv(table));
    const args = { command: "user", operands: [], flags: {}, values: { from: path } } as const;
    const { signal } = new AbortController();
    const options = { stopSignal: signal, isCounted: true };
    const source = await openTargets({ ...args, operands: [] }, SILENT_HOST, options);
    const targets = await Array.fromAsync(source.targets);
    const ids = idsIn(table);
    assertEquals([source.count, source.hasMore, targets.length], [ids.length, false, ids.length]);
    for (const [at, target] of targets.entries()) {
      assert(typeof target === "object");
      if ("user" in target) assertEquals(target.user, unwrapId(ids[at]!));
      else assert("problem" in target && target.problem.startsWith("line "), JSON.stringify(target));
    }
  },
  {
    permissions: FILES,
    around: (run) =>
      inTemporaryFolder(async (folder) => {
        path = `${folder}/table.csv`;
        await run();
      }),
  },
));

/** What a JSON value is as a row: its id, `undefined` where it has none, `null` where it is no row. */
function idOf(value: unknown): string | undefined | null {
  if (typeof value === "string") return value.trim();
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const members = Object.entries(value);
  const isNothing = members.every(([, member]) => typeof member === "string" && isBlank(member));
  if (members.length > 0 && isNothing) return null;
  const named = members.filter(([name]) =>
    name.replace(/[\s_\p{Pd}\p{Cf}\p{DI}]/gu, "").toLowerCase() === "id"
  );
  const id = named.length === 1 ? named[0]![1] : undefined;
  return typeof id === "string" ? id.trim() : undefined;
}

/** Returns the value of a line of JSON, or `undefined` if it is not valid. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Checks the rows of JSON values against them; a row may be refused where a member is there twice. */
function assertIds(rows: readonly Row[], values: readonly unknown[]): void {
  const expected = values.map(idOf).filter((id) => id !== null);
  const found = rows.map(({ id, problem }, at) => {
    const isDouble = problem?.includes("more than one") ?? false;
    return isDouble ? expected[at] : problem === undefined ? id : undefined;
  });
  assertEquals(found, expected);
}

const ITEM = jsonText(["id", "Mail"], ['"a@b.c"', '{"id":"a@b.c"}', '{"id":5}', '["id"]']);

/** An input of JSON, and its values; the first one has an id. */
const JSON_INPUT = fc.oneof(
  fc.array(ITEM, { maxLength: 8 }).map((items) => {
    const text = `[ {"id":"first@b.c"}${items.map((item) => `,${item}`).join("")}\n]`.toWellFormed();
    return { text, values: JSON.parse(text) as unknown[] };
  }),
  fc.array(fc.tuple(ITEM, fc.constantFrom("", "\n", " \r\n\t")), { maxLength: 8 }).map((items) => {
    const objects = items.filter(([item]) => /^[[{]/.test(item)).map(([item, gap]) =>
      gap + item.toWellFormed()
    );
    const parts = ['{\n"id":"first@b.c"}', ...objects];
    return { text: `${parts.join("")}\n`, values: parts.map((part) => JSON.parse(part) as unknown) };
  }),
  fc.tuple(fc.array(fc.oneof(ITEM, damaged(ITEM)), { maxLength: 8 }), LINE_END).map(([items, lineEnd]) => {
    const more = items.map((item) => item.toWellFormed().replace(/[\r\n]+/g, " "));
    const lines = ['{"id":"first@b.c"}', ...more];
    return { text: lines.join(lineEnd), values: lines.filter((line) => line.trim() !== "").map(parsed) };
  }),
);

Deno.test(property(
  "readRows() yields every item of JSON arrays, objects over several lines and NDJSON, with unchanged ids",
  fc.tuple(JSON_INPUT, ENCODING, CUTS),
  async ([{ text, values }, encoding, cuts]) => {
    const rows = await rowsOf(ENCODINGS[encoding]!(text), cuts);
    assert(typeof rows !== "string", String(rows));
    assertIds(rows, values);
  },
));

Deno.test(property(
  "readRows() yields the items before damage in a JSON array, and reports that the rest was not read",
  fc.tuple(
    fc.array(jsonString(BARE_ID), { minLength: 1, maxLength: 6 }),
    fc.oneof(fc.nat(), fc.constantFrom("[", "]", '["a"]', ",", '"a"', "a", "\u00a0")),
    CUTS,
  ),
  async ([items, damage, cuts]) => {
    const text = `[${items.join(",")}]`;
    const end = typeof damage === "number" ? 1 + damage % (text.length - 1) : text.length;
    const rows = await rowsOf(
      new TextEncoder().encode(text.slice(0, end) + (typeof damage === "string" ? damage : "")),
      cuts,
    );
    assert(typeof rows !== "string", String(rows));
    const whole = items.filter((_, index) => 1 + items.slice(0, index + 1).join(",").length <= end);
    assertEquals(rows.slice(0, -1).map(({ id }) => id), whole.map((item) => JSON.parse(item).trim()));
    assert(rows.at(-1)!.problem?.includes("the rest was not read"), JSON.stringify(rows));
  },
));
