import { isId, unwrapId } from "../../target.ts";
import { formatCountOf, printable } from "../text.ts";
import type { Columns, NameKind } from "./columns.ts";

/** What there is to say about an input besides its rows. It is complete when the last row has been read. */
export interface InputNotes {
  /** Where the ids are; absent if the input has neither columns nor properties. */
  column?: { kind: NameKind; name: string; first: string | undefined };
  /** How much was passed over, by what it is. */
  passedOver: Record<"comment" | "empty row" | "example row" | "repeated header", number>;
  /** Rows with fewer fields than the header. */
  shortRows: number;
  /** Whether the last page of Graph says that there are more. */
  hasMorePages: boolean;
}

/** Returns notes of an input that has not been read. */
export const emptyNotes = (): InputNotes => ({
  passedOver: { "comment": 0, "empty row": 0, "example row": 0, "repeated header": 0 },
  shortRows: 0,
  hasMorePages: false,
});

/** Notes which column or property holds the ids, and the first id of its first values. */
export function noteColumn(
  notes: InputNotes,
  idKind: Columns["kind"],
  kind: NameKind,
  name: string,
  values: readonly string[],
): void {
  const first = values.find((value) => isId(idKind, value));
  notes.column = { kind, name, first: first === undefined ? undefined : unwrapId(first) };
}

/** Returns what was passed over in words, as in "2 comments, 1 empty row"; "" for nothing. */
export const describePassedOver = ({ passedOver }: InputNotes): string =>
  Object.entries(passedOver).filter(([, count]) => count > 0)
    .map(([noun, count]) => formatCountOf(count, noun)).join(", ");

/** How much of the name of a column is shown, in characters. */
const MAX_NAME = 80;

/** Returns where the ids are, as in `Column "UserId" (first: alex@contoso.com)`, and whether there are more of them. */
export function describeSource({ column, hasMorePages }: InputNotes): string[] {
  const lines: string[] = [];
  if (column) {
    const { kind, name, first } = column;
    const label = `${kind === "column" ? "Column" : "Property"} "${name.trim().slice(0, MAX_NAME)}"`;
    lines.push(printable(first === undefined ? label : `${label} (first: ${first})`));
  }
  if (hasMorePages) {
    lines.push("The input is not complete: its last page has an @odata.nextLink, which was not followed");
  }
  return lines;
}

/** Returns all that there is to say about an input that has been read. */
export function describeNotes(notes: InputNotes): string[] {
  const passedOver = describePassedOver(notes);
  return [
    ...describeSource(notes),
    ...passedOver ? [`Passed over: ${passedOver}`] : [],
    ...notes.shortRows ? [`${formatCountOf(notes.shortRows, "row")} with fewer fields than the header`] : [],
  ];
}
