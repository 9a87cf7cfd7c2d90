import { UsageError } from "../errors.ts";
import { splitLines } from "./text.ts";
import { badRow, type Columns, findName, LONGEST_ROW, type Row, shownNames, tooLong } from "./row.ts";

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The row of a JSON value: a string is an id, an object holds one. */
function toRow(json: string, where: string, columns: Columns, first: boolean): Row {
  const value: unknown = JSON.parse(json);
  if (typeof value === "string") return { where, id: value.trim() };
  if (!isObject(value)) return badRow(where, json, "it is neither a string nor an object");
  const name = findName(Object.keys(value), columns);
  if (name !== undefined && typeof value[name] === "string") return { where, id: value[name].trim() };
  if (first && name === undefined) {
    const has = shownNames(Object.keys(value));
    throw new UsageError(
      `The input has no property ${columns.names.join(", ")}: its first object has ${has}`,
      "Choose one with --column NAME.",
    );
  }
  return badRow(where, json, name ? `its ${name} is not a string` : `it has no ${columns.names[0]}`);
}

/** How JSON is written that can be any number of values: as one array, or one value after another. */
export type Shape = "array" | "values";

const isBlank = (text: string) => /^[ \t\r\n]*$/.test(text);

/** Finds brackets and commas, but for those within texts, in pieces of JSON. */
function markFinder(): (chunk: string) => { mark: string; index: number }[] {
  let quoted = false;
  let escaped = -1; // where the character after a backslash stands
  return (chunk) => {
    const found = [];
    for (const { 0: mark, index } of chunk.matchAll(/[[\]{},"\\]/g)) {
      if (index === escaped) continue;
      if (mark === '"') quoted = !quoted;
      else if (!quoted) found.push({ mark, index });
      else if (mark === "\\") escaped = index + 1;
    }
    escaped -= chunk.length;
    return found;
  };
}

/**
 * The values as texts, each as soon as it is whole.
 *
 * @throws {SyntaxError} If there is something else around them, or one is longer than a row can be.
 */
async function* splitValues(text: AsyncIterable<string>, shape: Shape): AsyncGenerator<string> {
  const isArray = shape === "array";
  const find = markFinder();
  let depth = 0;
  let count = 0;
  let ended = false;
  let value = ""; // or what stands around them
  const check = (isRight: boolean) => {
    if (!isRight) throw new SyntaxError(`it is not ${isArray ? "one array" : "one object after another"}`);
    if (value.length > LONGEST_ROW) {
      throw new SyntaxError("an item is too long, as if a quote was not closed");
    }
  };
  for await (const chunk of text) {
    let from = 0;
    for (const { mark, index } of find(chunk)) {
      const opens = mark === "[" || mark === "{";
      const closes = mark === "]" || mark === "}";
      if (depth === 0) {
        const before = value + chunk.slice(from, index);
        check(isBlank(before) && !ended && (isArray ? mark === "[" : opens));
        value = "";
        from = isArray ? index + 1 : index;
      } else if (depth === 1 && (isArray ? mark === "," || mark === "]" : closes)) {
        value += chunk.slice(from, isArray ? index : index + 1);
        check(true);
        ended = isArray && closes;
        const isEmptyArray = ended && count === 0 && isBlank(value);
        if (!isEmptyArray) yield value;
        count++;
        value = "";
        from = index + 1;
      }
      depth += opens ? 1 : closes ? -1 : 0;
    }
    value += chunk.slice(from);
    check(depth > 0 || isBlank(value));
  }
  if (isArray ? ended : depth === 0) return;
  if (isArray && depth === 1 && !isBlank(value)) yield value; // all of it may be there
  throw new SyntaxError("it ends in the middle");
}

/** The elements of a JSON array, or objects over several lines, as soon as each is read. */
export async function* jsonRows(
  text: AsyncIterable<string>,
  columns: Columns,
  shape: Shape,
): AsyncGenerator<Row> {
  let count = 0;
  try {
    for await (const value of splitValues(text, shape)) {
      const row = toRow(value, `item ${count + 1}`, columns, count === 0);
      count++;
      yield row;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const problem = `the JSON cannot be read, so that what follows was not: ${error.message}`;
    yield badRow(`item ${count + 1}`, "", problem);
  }
}

/** NDJSON: a value a line. */
export async function* ndjsonRows(text: AsyncIterable<string>, columns: Columns): AsyncGenerator<Row> {
  let number = 0;
  let first = true;
  for await (const line of splitLines(text)) {
    number++;
    if (line.trim() === "") continue;
    const where = `line ${number}`;
    try {
      yield line.length > LONGEST_ROW ? tooLong(where, line) : toRow(line, where, columns, first);
      first = false;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      yield badRow(where, line, "it is not JSON");
    }
  }
}
