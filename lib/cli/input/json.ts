import { isJsonObject } from "../../is_json_object.ts";
import { UsageError } from "../errors.ts";
import { chooseColumn, foldColumn } from "./columns.ts";
import { type InputNotes, noteColumn } from "./notes.ts";
import { invalidRow, isBlank, type Reading, type Row, tooLong } from "./rows.ts";
import { MAX_LENGTH, splitLines } from "./text.ts";

/** How several JSON values are written: as one array, or one object after another. */
export type JsonShape = "array" | "values";

const isWhiteSpace = (text: string) => /^[ \t\r\n]*$/.test(text);

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

/** What precedes the items of a page: `{"@odata.context": "…", "value": [`, and `{"value": [` in PowerShell 5.1. */
const PAGE_START = /[{,]\s*"value"\s*:\s*$/;

/**
 * Returns whether the first line of JSON objects is not one whole object, as in NDJSON: it is the beginning of an object
 * over several lines, as PowerShell's ConvertTo-Json writes it, or of a page, which can be of any length, or there are
 * several objects in it.
 */
export function isPartOrMore(line: string): boolean {
  if (/[{[,]$/.test(line)) return true;
  let depth = 0;
  let isClosed = false;
  for (const { mark, index } of createMarkFinder()(line)) {
    if (isClosed) return mark === "{";
    if (depth === 1 && mark === "[" && PAGE_START.test(line.slice(0, index))) return true;
    depth += mark === "[" || mark === "{" ? 1 : mark === "," ? 0 : -1;
    isClosed = depth === 0;
  }
  return false;
}

/**
 * Splits JSON into its items, each as soon as it is complete: the values, and in place of a page the items of it.
 *
 * @param onPage Called with each page without its items, when it is complete.
 * @throws {SyntaxError} If there is something else around them, or one is too long.
 */
async function* splitItems(
  text: AsyncIterable<string> | Iterable<string>,
  shape: JsonShape,
  onPage: (page: unknown) => void,
): AsyncGenerator<string> {
  const base = shape === "array" ? 1 : 0; // the depth of values
  const findMarks = createMarkFinder();
  let depth = 0;
  let count = 0; // in the array or page
  let isEnded = false;
  let value = ""; // or what is between values
  let page: string | undefined; // while its items are read, the page up to them
  let isPage = false; // whether the value is a page whose items have been read
  const check = (isValid: boolean) => {
    if (!isValid) throw new SyntaxError(`it is not ${base ? "one array" : "one object after another"}`);
    if (value.length > MAX_LENGTH) throw new SyntaxError("an item is too long, as if a quote was not closed");
  };
  for await (const chunk of text) {
    let from = 0;
    for (const { mark, index } of findMarks(chunk)) {
      const opens = mark === "[" || mark === "{";
      const closes = mark === "]" || mark === "}";
      const take = (end: number) => {
        value += chunk.slice(from, end);
        from = end;
      };
      if (depth === 0) {
        take(index);
        check(isWhiteSpace(value) && !isEnded && (base ? mark === "[" : opens));
        value = "";
        from = base ? index + 1 : index;
      } else if (page === undefined && depth === base + 1 && mark === "[") {
        take(index);
        if (PAGE_START.test(value)) {
          if (isPage) throw new SyntaxError("a page has two lists");
          page = `${value}[`;
          value = "";
          count = 0;
          from = index + 1;
        }
      } else if (page !== undefined && depth === base + 2 && (mark === "," || mark === "]")) {
        take(index);
        check(true);
        if (mark === "," || count > 0 || !isWhiteSpace(value)) yield value;
        count++;
        value = closes ? `${page}]` : "";
        from = index + 1;
        isPage = closes;
        if (closes) page = undefined;
      } else if (page === undefined && depth === 1 && (base ? mark === "," || mark === "]" : closes)) {
        take(base ? index : index + 1);
        check(true);
        isEnded = base === 1 && closes;
        if (isPage) onPage(JSON.parse(value));
        else if (!isEnded || count > 0 || !isWhiteSpace(value)) yield value;
        count = 1;
        value = "";
        isPage = false;
        from = index + 1;
      }
      depth += opens ? 1 : closes ? -1 : 0;
    }
    value += chunk.slice(from);
    check(depth > 0 || isWhiteSpace(value));
  }
  if (base ? isEnded : depth === 0) return;
  if (base && depth === 1 && !isWhiteSpace(value) && !isPage) yield value; // it may be complete
  throw new SyntaxError("it ends in the middle");
}

/** Returns how often an object has a member, by its JSON: only the last one would be parsed. */
function countMembers(json: string, name: string): number {
  const key = JSON.stringify(name);
  const at = json.indexOf(key);
  if (!json.includes("\\") && json.indexOf(key, at + 1) < 0) return 1;
  let depth = 0;
  let count = 0;
  for (const { 0: token } of json.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[[\]{}]/g)) {
    if (token.endsWith(":")) count += depth === 1 && JSON.parse(token.slice(0, -1)) === name ? 1 : 0;
    else if (token === "[" || token === "{") depth++;
    else if (token === "]" || token === "}") depth--;
  }
  return count;
}

/** How many objects are looked at to choose the property, unless the first one decides. */
const MAX_OBJECTS_TO_CHOOSE = 20;
/** How much of Graph's error message is shown, in characters. */
const MAX_MESSAGE = 300;

/** Returns the message of Graph's error object; `undefined` if it is none. */
function errorMessage({ error }: Record<string, unknown>): string | undefined {
  if (!isJsonObject(error)) return undefined;
  const words = [error.code, error.message].filter((word) => typeof word === "string");
  return words.length > 0 ? words.join(": ").slice(0, MAX_MESSAGE) : undefined;
}

/** An item of the input. */
interface Item {
  json: string;
  where: string;
}

/** An object that may have an id. */
interface ObjectItem extends Item {
  object: Record<string, unknown>;
}

const toText = (value: unknown) => typeof value === "string" ? value : "";

/** Makes rows of items: of strings, and of objects as soon as it is known which property holds the ids. */
function createItemReader({ columns, notes }: Reading) {
  let hasRows = false;
  let property: string | undefined;
  let isMissing = false; // which is an error of the whole input, unless it began otherwise
  let waiting: ObjectItem[] = []; // until the property is chosen

  function choose(isAll: boolean): void {
    const names = Object.keys(waiting[0]!.object);
    const rows = waiting.map(({ object }) => names.map((name) => toText(object[name])));
    try {
      const at = chooseColumn(names, columns, rows, isAll, "property");
      if (at === undefined) return;
      property = names[at]!;
      noteColumn(notes, columns.kind, "property", property, rows.map((row) => row[at]!));
    } catch (error) {
      if (!hasRows || !(error instanceof UsageError)) throw error;
      isMissing = true;
    }
  }
  function toRow({ json, where, object }: ObjectItem): Row {
    if (property === undefined) return invalidRow(where, "", "it is not clear which property holds its id");
    const same = Object.keys(object).filter((name) => foldColumn(name) === foldColumn(property!));
    const name = Object.hasOwn(object, property) ? property : same[0];
    if (name === undefined) return invalidRow(where, "", `it has no ${property}`);
    const isClear = same.length === 1 || (columns.chosen === property && name === property);
    if (!isClear || countMembers(json, name) > 1) {
      return invalidRow(where, "", `it has more than one property ${property}`);
    }
    const value = object[name];
    return typeof value === "string"
      ? { where, id: value.trim() }
      : invalidRow(where, "", `its ${name} is not a string`);
  }
  function* flush(): Generator<Row> {
    if (property === undefined && !isMissing) return;
    yield* waiting.map(toRow);
    waiting = [];
  }
  function* read(item: Item, value: unknown): Generator<Row> {
    const { where } = item;
    if (!isJsonObject(value)) {
      yield typeof value === "string"
        ? { where, id: value.trim() }
        : invalidRow(where, "", "it is neither a string nor an object");
    } else if (errorMessage(value) !== undefined) {
      const message = errorMessage(value);
      if (hasRows || waiting.length > 0) yield invalidRow(where, "", `it is an error: ${message}`);
      else {throw new UsageError(
          `The input is not a list, but an error: ${message}`,
          "Run again what made it.",
        );}
    } else if (typeof value.Count === "number" && "value" in value) { // as Windows PowerShell wraps it
      yield* read({ where, json: JSON.stringify(value.value) }, value.value);
    } else if (isNothing(value)) notes.passedOver["empty row"]++;
    else {
      waiting.push({ ...item, object: value });
      if (property === undefined && !isMissing) choose(waiting.length === MAX_OBJECTS_TO_CHOOSE);
      yield* flush();
    }
  }
  return {
    /** Yields the rows of an item, and of those that had to wait for it. */
    *read(item: Item): Generator<Row> {
      for (const row of read(item, JSON.parse(item.json))) {
        yield row;
        hasRows = true;
      }
    },
    /** Yields the rows of the items that still wait. */
    *end(): Generator<Row> {
      if (waiting.length > 0) choose(true);
      yield* flush();
    },
  };
}

/** Returns whether all of an object's values are blank, as Import-Csv makes of `,,`. */
function isNothing(object: Record<string, unknown>): boolean {
  const values = Object.values(object);
  return values.length > 0 && values.every((value) => typeof value === "string" && isBlank(value));
}

/** Notes of a page whether it says that there are more: the last one counts. */
function notePage(notes: InputNotes, page: unknown): void {
  notes.hasMorePages = isJsonObject(page) && typeof page["@odata.nextLink"] === "string";
}

/** Reads the elements of a JSON array, or objects over several lines, each as soon as it is complete. */
export async function* jsonRows(
  text: AsyncIterable<string>,
  shape: JsonShape,
  reading: Reading,
): AsyncGenerator<Row> {
  const items = createItemReader(reading);
  let count = 0;
  try {
    for await (const json of splitItems(text, shape, (page) => notePage(reading.notes, page))) {
      yield* items.read({ json, where: `item ${count + 1}` });
      count++;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    yield* items.end();
    const problem = `invalid JSON (${error.message}); the rest was not read`;
    yield invalidRow(`item ${count + 1}`, "", problem);
    return;
  }
  yield* items.end();
}

/** Reads NDJSON: one value or page per line. */
export async function* ndjsonRows(text: AsyncIterable<string>, reading: Reading): AsyncGenerator<Row> {
  const items = createItemReader(reading);
  let number = reading.linesBefore;
  for await (const line of splitLines(text)) {
    number++;
    if (line.trim() === "") continue;
    const where = `line ${number}`;
    if (line.length > MAX_LENGTH) {
      yield tooLong(where, "");
      continue;
    }
    try {
      if (!line.includes('"value"') || !isPartOrMore(line)) yield* items.read({ json: line, where });
      else {
        for await (const json of splitItems([line], "values", (page) => notePage(reading.notes, page))) {
          yield* items.read({ json, where });
        }
      }
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      yield invalidRow(where, "", "it is not JSON");
    }
  }
  yield* items.end();
}
