import type { Row } from "./row.ts";

const SIZE = { width: 900, line: 22, names: 380, bars: 420 };

const escaped = (text: string) => text.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);

/** Bars of time a target, to the longest of each group, as SVG. */
export function plot(rows: readonly Row[]): string {
  const lines: string[] = [];
  let y = 0;
  const text = (x: number, content: string, weight = "normal") =>
    `<text x="${x}" y="${y - 6}" font-weight="${weight}">${escaped(content)}</text>`;
  for (const [group, members] of Map.groupBy(rows, (row) => row.group)) {
    y += 2 * SIZE.line;
    lines.push(text(8, `${group}: ms a target`, "bold"));
    const values = members.map(({ ms, count = 1 }) => ms / count);
    const longest = Math.max(...values);
    for (const [at, { name, count }] of members.entries()) {
      y += SIZE.line;
      const width = Math.max(1, values[at]! / longest * SIZE.bars);
      lines.push(
        text(8, count ? `${name} (${count})` : name),
        `<rect x="${SIZE.names}" y="${y - 18}" width="${width.toFixed(1)}" height="14" fill="#4472c4"/>`,
        text(SIZE.names + width + 6, values[at]!.toPrecision(3)),
      );
    }
  }
  const height = y + SIZE.line;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE.width}" height="${height}" ` +
    `font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n` +
    `${lines.join("\n")}\n</svg>\n`;
}
