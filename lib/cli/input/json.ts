import { isJsonObject } from "../../is_json_object.ts";
import { UsageError } from "../errors.ts";
import { type Columns, findName, invalidRow, listNames, type Row, tooLong } from "./rows.ts";
import { MAX_LENGTH, splitLines } from "./text.ts";

/** Returns the row of a JSON value: a string is an id, an object has one. */
function toRow(json: string, where: string, columns: Columns, isFirst: boolean): Row {
  const value: unknown = JSON.parse(json);
  if (typeof value === "string") return { where, id: value.trim() };
  if (!isJsonObject(value)) return invalidRow(where, json, "it is neither a string nor an object");
  const name = findName(Object.keys(value), columns);
  if (name !== undefined && typeof value[name] === "string") return { where, id: value[name].trim() };
  if (isFirst && name === undefined) {
    const present = listNames(Object.keys(value));
    throw new UsageError(
      `The input has no property ${columns.names.join(", ")}: its first object has ${present}`,
      "Choose one with --column NAME.",
    );
  }
  return invalidRow(where, json, name ? `its ${name} is not a string` : `it has no ${columns.names[0]}`);
}

/** How several JSON values are written: as one array, or one object after another. */
export type JsonShape = "array" | "values";

const isBlank = (text: string) => /^[ \t\r\n]*$/.test(text);

/** Returns a function that finds brackets and commas in chunks of JSON, except those in strings. */
function createMarkFinder(): (chunk: string) => { mark: string; index: number }[] {
  let isString = false;
  let escaped = -1; // the index of the character after a backslash
  return (chunk) => {
    const found = [];
    for (const { 0: mark, index } of chunk.matchAll(/[[\]{},"\\]/g)) {
      if (index === escaped) continue;
      if (mark === '"') isString = !isString;
      else if (!isString) found.push({ mark, index });
      else if (mark === "\\") escaped = index + 1;
    }
    escaped -= chunk.length;
    return found;
  };
}

/**
 * Splits JSON into its values, each as soon as it is complete.
 *
 * @throws {SyntaxError} If there is something else around them, or one is too long.
 */
async function* splitValues(text: AsyncIterable<string>, shape: JsonShape): AsyncGenerator<string> {
  const isArray = shape === "array";
  const findMarks = createMarkFinder();
  let depth = 0;
  let count = 0;
  let isEnded = false;
  let value = ""; // or what is between values
  const check = (isValid: boolean) => {
    if (!isValid) throw new SyntaxError(`it is not ${isArray ? "one array" : "one object after another"}`);
    if (value.length > MAX_LENGTH) throw new SyntaxError("an item is too long, as if a quote was not closed");
  };
  for await (const chunk of text) {
    let from = 0;
    for (const { mark, index } of findMarks(chunk)) {
      const opens = mark === "[" || mark === "{";
      const closes = mark === "]" || mark === "}";
      if (depth === 0) {
        const before = value + chunk.slice(from, index);
        check(isBlank(before) && !isEnded && (isArray ? mark === "[" : opens));
        value = "";
        from = isArray ? index + 1 : index;
      } else if (depth === 1 && (isArray ? mark === "," || mark === "]" : closes)) {
        value += chunk.slice(from, isArray ? index : index + 1);
        check(true);
        isEnded = isArray && closes;
        const isEmptyArray = isEnded && count === 0 && isBlank(value);
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
  if (isArray ? isEnded : depth === 0) return;
  if (isArray && depth === 1 && !isBlank(value)) yield value; // it may be complete
  throw new SyntaxError("it ends in the middle");
}

/** Reads the elements of a JSON array, or objects over several lines, each as soon as it is complete. */
export async function* jsonRows(
  text: AsyncIterable<string>,
  columns: Columns,
  shape: JsonShape,
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
    const problem = `invalid JSON (${error.message}); the rest was not read`;
    yield invalidRow(`item ${count + 1}`, "", problem);
  }
}

/** Reads NDJSON: one value per line. */
export async function* ndjsonRows(text: AsyncIterable<string>, columns: Columns): AsyncGenerator<Row> {
  let number = 0;
  let isFirst = true;
  for await (const line of splitLines(text)) {
    number++;
    if (line.trim() === "") continue;
    const where = `line ${number}`;
    try {
      yield line.length > MAX_LENGTH ? tooLong(where, line) : toRow(line, where, columns, isFirst);
      isFirst = false;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      yield invalidRow(where, line, "it is not JSON");
    }
  }
}
