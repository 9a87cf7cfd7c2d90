import { UsageError } from "../exit_codes.ts";
import { splitLines } from "./decode.ts";
import { badRow, type Columns, findName, type Row } from "./row.ts";

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The row of a JSON value: a string is an id, an object holds one. */
function toRow(value: unknown, where: string, columns: Columns, first: boolean): Row {
  if (typeof value === "string") return { where, id: value.trim() };
  if (!isObject(value)) {
    return badRow(where, JSON.stringify(value) ?? "", "it is neither a string nor an object");
  }
  const name = findName(Object.keys(value), columns);
  if (name !== undefined && typeof value[name] === "string") return { where, id: value[name].trim() };
  if (first && name === undefined) {
    throw new UsageError(
      `The input has no property ${columns.names.join(", ")}: its first object has ${
        Object.keys(value).slice(0, 20).join(", ") || "none"
      }`,
      "Choose one with --column NAME.",
    );
  }
  return badRow(
    where,
    JSON.stringify(value),
    name ? `its ${name} is not a string` : `it has no ${columns.names[0]}`,
  );
}

/** What a JSON parser is to give: the elements of the one array, or values of any number of lines one after another. */
const SHAPES = {
  array: { paths: ["$.*"] },
  values: { paths: ["$"], separator: "" },
};

/** The elements of a JSON array, or objects over several lines, as soon as each is read. */
export async function* jsonRows(
  text: AsyncIterable<string>,
  columns: Columns,
  shape: keyof typeof SHAPES,
): AsyncGenerator<Row> {
  const { JSONParser } = await import("../../deps/json_parser.ts");
  const parser = new JSONParser({ ...SHAPES[shape], keepStack: false });
  const values: unknown[] = [];
  let count = 0;
  let problem: string | undefined;
  parser.onValue = ({ value }) => void values.push(value);
  parser.onError = (error) => void (problem ??= error.message);
  const drain = function* () {
    for (const value of values.splice(0)) {
      count++;
      yield toRow(value, `item ${count}`, columns, count === 1);
    }
  };
  for await (const chunk of text) {
    if (parser.isEnded && chunk.trim() === "") continue;
    try {
      parser.write(chunk);
    } catch (error) {
      problem ??= (error as Error).message;
    }
    yield* drain();
    if (problem !== undefined) break;
  }
  if (problem === undefined) {
    if (!parser.isEnded) parser.end(); // values one after another end with the text, an array by itself
    if (problem !== undefined || !parser.isEnded) problem = "it ends in the middle";
  }
  if (problem !== undefined) {
    yield badRow(
      `item ${count + 1}`,
      "",
      `the JSON cannot be read, so that what follows was not: ${problem}`,
    );
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
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      yield badRow(where, line, "it is not JSON");
      continue;
    }
    yield toRow(value, where, columns, first);
    first = false;
  }
}
