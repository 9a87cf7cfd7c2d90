import { isId } from "../../target.ts";
import { UsageError } from "../errors.ts";

/** Whose ids to look for in a table or in JSON objects. */
export interface Columns {
  kind: "user" | "group";
  /** The name that `--column` chose. */
  chosen?: string;
}

/** What the names of a table are called: columns, or properties of JSON objects. */
export type NameKind = "column" | "property";

/** The names under which an id is found, in order of preference; in brackets those of Entra's bulk templates. */
const NAMES: Readonly<Record<Columns["kind"], readonly string[]>> = {
  user: [
    "id",
    "objectid",
    "userid",
    "aadobjectid",
    "externaldirectoryobjectid",
    "userprincipalname",
    "upn",
    "[objectid]",
    "[userprincipalname]",
    "[memberobjectidorupn]",
  ],
  group: ["id", "objectid", "groupid", "aadobjectid", "externaldirectoryobjectid", "[objectid]"],
};

const ID_COLUMNS = new Set(Object.values(NAMES).flat());

const folded = new Map<string, string>();
/** How many names are kept folded: JSON objects can have any number of different ones. */
const MAX_FOLDED = 1000;

/** Returns a name without case, blanks, hyphens, underscores and invisible characters: all of them are one name. */
export function foldColumn(name: string): string {
  const known = folded.get(name);
  if (known !== undefined) return known;
  if (folded.size >= MAX_FOLDED) folded.clear();
  const result = name.replace(/[\s_\p{Cf}\p{DI}\p{Pd}]/gu, "").toLowerCase();
  folded.set(name, result);
  return result;
}

/** Returns the name in brackets of a bulk template's column, in brackets: `User name [userPrincipalName] Required`. */
const inBrackets = (name: string): string | undefined => /\[[^\]]+\]/.exec(foldColumn(name))?.[0];

/** Returns whether a column is one of a bulk template. */
export const isTemplate = (name: string): boolean => inBrackets(name) !== undefined;

/** Returns whether a column has a name, also one in brackets. */
const isNamed = (column: string, name: string) => (inBrackets(column) ?? foldColumn(column)) === name;

/** Returns whether a word is a name under which an id is found. */
export const isIdColumn = (word: string): boolean => ID_COLUMNS.has(inBrackets(word) ?? foldColumn(word));

/**
 * Returns the names to look for. A row with `id` next to `userId` or `groupId` is about something else, such as an event:
 * its other object ids can be those of anything.
 */
function namesFor(kind: Columns["kind"], header: readonly string[]): readonly string[] {
  const has = (name: string) => header.some((column) => isNamed(column, name));
  const isAboutElse = has("id") && (has("userid") || (kind === "group" && has("groupid")));
  if (!isAboutElse) return NAMES[kind];
  return NAMES[kind].filter((name) => name === `${kind}id` || !/(?<!user|group)id$/.test(name));
}

/** How much of the names of a table is shown, in characters, and of each of them. */
const MAX_SHOWN = 300;
const MAX_NAME = 40;

const PLURAL: Readonly<Record<NameKind, string>> = { column: "columns", property: "properties" };
const CHOOSE = "Choose one with --column NAME.";

const quoteName = (name: string): string => JSON.stringify(name.slice(0, MAX_NAME));

/** Returns the names for a message: first those that may hold ids, by their first value or their name. */
function listNames(header: readonly string[], kind: Columns["kind"], values: readonly string[] = []): string {
  const rank = (name: string, at: number) =>
    isId(kind, values[at] ?? "") ? 0 : /upn|principal|mail/.test(foldColumn(name)) ? 1 : 2;
  const names = header.map((name, at) => ({ name: name.trim().slice(0, MAX_NAME), rank: rank(name, at) }))
    .filter(({ name }) => name !== "")
    .sort((a, b) => a.rank - b.rank)
    .map(({ name }) => name);
  let length = 0;
  const shown = names.filter((name) => (length += name.length + 2) <= MAX_SHOWN);
  return (shown.join(", ") || "none") + (shown.length < names.length ? ", …" : "");
}

function twoOfOneName(header: readonly string[], at: readonly number[], what: NameKind): UsageError {
  const names = at.map((index) => quoteName(header[index]!));
  return new UsageError(
    `The input has ${names.length} ${PLURAL[what]} of one name: ${names.join(" and ")}`,
    new Set(names).size === names.length
      ? "Choose one with --column, spelled exactly like this."
      : "Rename all but one of them.",
  );
}

const positions = (header: readonly string[], matches: (name: string) => boolean): number[] =>
  header.flatMap((name, at) => matches(name) ? [at] : []);

/** Returns the position of the column that `--column` chose: by its exact spelling, else loosely. */
function chosenColumn(
  header: readonly string[],
  chosen: string,
  what: NameKind,
  describe: () => string,
): number {
  const wanted = foldColumn(chosen);
  const found = [
    positions(header, (name) => name === chosen),
    positions(header, (name) => foldColumn(name) === wanted),
    positions(header, (name) => inBrackets(name) === `[${wanted}]`),
  ].find((among) => among.length > 0);
  if (!found) throw new UsageError(`The input has no ${what} ${quoteName(chosen)}: ${describe()}`, CHOOSE);
  if (found.length > 1) throw twoOfOneName(header, found, what);
  return found[0]!;
}

/**
 * Returns which column holds the ids: the chosen one, or the first that has one of the usual names and an id in its
 * first row. Failing that, one with an id further down; not `id`, which can be the number of anything.
 *
 * @param rows The first rows, each with the values of the columns; a value that is no text is "".
 * @param isAll Whether no further rows can be looked at. If there can be, the result may be `undefined`.
 * @throws {UsageError} If no column holds ids, or two have its name.
 */
export function chooseColumn(
  header: readonly string[],
  columns: Columns,
  rows: readonly (readonly string[])[],
  isAll: boolean,
  what: NameKind,
): number | undefined {
  const { kind, chosen } = columns;
  const describe = () => `its ${PLURAL[what]} are ${listNames(header, kind, rows[0])}`;
  if (chosen !== undefined) return chosenColumn(header, chosen, what, describe);
  const names = namesFor(kind, header);
  const search = (wanted: readonly string[], among: readonly (readonly string[])[]): number | undefined => {
    for (const name of wanted) {
      const found = positions(header, (column) => isNamed(column, name));
      const at = found.find((index) => among.some((row) => isId(kind, row[index] ?? "")));
      if (at !== undefined && found.length > 1) throw twoOfOneName(header, found, what);
      if (at !== undefined) return at;
    }
  };
  const at = search(names, rows.slice(0, 1)) ?? search(names.filter((name) => name !== "id"), rows);
  if (at !== undefined || !isAll) return at;
  if (what === "column" && header.some((name) => isId(kind, name))) { // what stands next to an id is not repeated
    throw new UsageError(
      "The first row of the input is not a header: it contains an id",
      "Add a header such as userPrincipalName,displayName, or list one id per line.",
    );
  }
  const passedOver = header.filter((column) => names.some((name) => isNamed(column, name))).map(quoteName);
  const why = passedOver.length ? `. ${passedOver.join(", ")} was passed over: it holds no ${kind} ids` : "";
  throw new UsageError(`The input has no ${what} with ids: ${describe()}${why}`, CHOOSE);
}
