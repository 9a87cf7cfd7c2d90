/**
 * Reads CSV strictly by RFC 4180: lines end in CRLF, a field with a comma, a quote or a line end is quoted, a quote in
 * it is doubled. Anything else is an error.
 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  const field = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/y;
  for (let row: string[] = []; field.lastIndex < text.length;) {
    const at = field.lastIndex;
    const match = field.exec(text);
    if (!match) throw new SyntaxError(`Cannot read CSV at ${JSON.stringify(text.slice(at, at + 40))}`);
    const [, value = "", end] = match;
    row.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value);
    if (end === ",") continue;
    rows.push(row);
    row = [];
  }
  const width = rows[0]?.length;
  if (rows.some((row) => row.length !== width)) {
    throw new SyntaxError("Rows differ in their number of fields");
  }
  return rows;
}
