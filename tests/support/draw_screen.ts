/** A piece of a line in one color: the names of the style sheet below. */
interface Piece {
  text: string;
  style: string;
}

const STYLES: Readonly<Record<string, string>> = {
  "1": "bold",
  "2": "dim",
  "31": "red",
  "32": "green",
  "33": "yellow",
  "36": "cyan",
};

/** The colors of a light and a dark page. */
const COLORS = {
  light: {
    paper: "#f6f8fa",
    ink: "#1f2328",
    dim: "#59636e",
    red: "#b31d28",
    green: "#116329",
    yellow: "#7d4e00",
  },
  dark: {
    paper: "#151b23",
    ink: "#e6edf3",
    dim: "#9198a1",
    red: "#ff7b72",
    green: "#56d364",
    yellow: "#e3b341",
  },
};

const [CHARACTER, LINE, MARGIN] = [8.4, 20, 16];

/** Joins neighbors of one style. */
function join(pieces: readonly Piece[]): Piece[] {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if (last?.style === piece.style) last.text += piece.text;
    else joined.push({ ...piece });
  }
  return joined;
}

/** Lays out what was written to a terminal, as lines of colored pieces: carriage returns and erased lines are obeyed. */
function layOut(written: string, columns: number): Piece[][] {
  return written.trimEnd().split("\n").flatMap((line) => {
    const cells: Piece[] = [];
    let [at, style] = [0, ""];
    // deno-lint-ignore no-control-regex
    for (const [token, parameters = "", final] of line.matchAll(/\x1b\[([\d;]*)([A-Za-z])|[^]/gu)) {
      if (token === "\r") at = 0;
      else if (final === "K") cells.length = at;
      else if (final === "m") {
        style = parameters.split(";").map((code) => STYLES[code] ?? "").join(" ").trim();
      } else if (final === undefined) cells[at++] = { text: token, style };
    }
    while (cells.at(-1)?.text === " ") cells.pop();
    const rows = Math.max(1, Math.ceil(cells.length / columns));
    return Array.from({ length: rows }, (_, row) => join(cells.slice(row * columns, (row + 1) * columns)));
  });
}

const escaped = (text: string) => text.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);

const styleSheet = ({ paper, ink, ...colors }: typeof COLORS.light) =>
  `rect{fill:${paper}}text{fill:${ink}}` +
  Object.entries(colors).map(([name, color]) => `.${name}{fill:${color}}`).join("");

/** Draws what was written to a terminal as SVG, in the colors of the page around it. */
export function drawScreen(written: string, columns: number): string {
  const lines = layOut(written, columns);
  const [width, height] = [Math.ceil(columns * CHARACTER) + 2 * MARGIN, lines.length * LINE + 2 * MARGIN];
  const texts = lines.map((pieces, at) => {
    const spans = pieces.map(({ text, style }) =>
      style ? `<tspan class="${style}">${escaped(text)}</tspan>` : escaped(text)
    );
    return `<text x="${MARGIN}" y="${MARGIN + at * LINE + 14}">${spans.join("")}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>remove-profile-photo in a terminal</title>
<style>text{font:14px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}.bold{font-weight:bold}${
    styleSheet(COLORS.light)
  }@media(prefers-color-scheme:dark){${styleSheet(COLORS.dark)}}</style>
<rect width="100%" height="100%" rx="8"/>
${texts.join("\n")}
</svg>
`;
}

/** Returns the text of such a picture, one line each. */
export const textOf = (svg: string): string[] =>
  Array.from(
    svg.matchAll(/<text [^>]*>(.*)<\/text>/g),
    ([, line]) =>
      line!.replaceAll(/<[^>]*>/g, "").replaceAll(
        /&#(\d+);/g,
        (_, code) => String.fromCharCode(Number(code)),
      ),
  );
