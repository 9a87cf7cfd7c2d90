/** One row of input: an id, or why there is none. */
export interface Row {
  /** Where it stands, such as "line 17". */
  where: string;
  /** The id, or as much of the row as tells which it is. */
  id: string;
  /** What is wrong with the row. */
  problem?: string;
}

/** Which property of a row is the id, in order of preference. */
export interface Columns {
  names: readonly string[];
  /** Whether a person chose it (`--column`). */
  chosen: boolean;
}

/** The property names that say whose photo it is, in any case. */
export const COLUMN_NAMES: Readonly<Record<"user" | "group", readonly string[]>> = {
  user: ["id", "userId", "userPrincipalName", "mail"],
  group: ["id", "groupId"],
};

/** The longest row, in characters: a quote or a line that never ends must not fill the memory. */
export const LONGEST_ROW = 2 ** 20;

/** The longest part of a row that is shown. */
const SHOWN = 200;

/** A row without an id. */
export function badRow(where: string, raw: string, problem: string): Row {
  return { where, id: raw.trim().slice(0, SHOWN), problem };
}

/** A line that is longer than a row can be. */
export const tooLong = (where: string, raw: string): Row => badRow(where, raw, "the line is too long");

/** The names that are there, as far as a person reads them. */
export function shownNames(names: readonly string[]): string {
  const shown = names.slice(0, 20).map((name) => name.trim()).join(", ").slice(0, SHOWN);
  return shown || "none";
}

/** The first of the wanted names that is there, in any case. */
export function findName(present: readonly string[], { names }: Columns): string | undefined {
  const lower = new Map(present.map((name) => [name.trim().toLowerCase(), name]));
  return names.map((name) => lower.get(name.toLowerCase())).find((name) => name !== undefined);
}
