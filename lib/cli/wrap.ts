/** The narrowest line that text is wrapped to, in characters; a narrower terminal breaks lines itself. */
const NARROWEST = 40;

/** Characters that take two columns: East Asian ones and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/u;

/** Returns how many columns a text takes: marks and colors take none. */
function widthOf(text: string): number {
  // deno-lint-ignore no-control-regex
  const shown = text.replace(/\x1b\[[\d;]*[mK]|\p{M}/gu, "");
  return [...shown].reduce((sum, character) => sum + (WIDE.test(character) ? 2 : 1), 0);
}

/** Command lines to be copied, also after a label such as "To undo:"; neither a title, usage nor a row with a second column. */
const TYPED =
  /^( *|[A-Z][\w, ]*: )(remove-profile-photo|echo|Add-Content|export|\$env:\w+) (?!.*([<[]|: |\S {2,}\S))/;

/** Splits a word so that a list of choices can be broken before any `|`, and a long URL or id nowhere. */
const partsOf = (word: string): string[] => /^\S+\|\S+\|/.test(word) ? word.split(/(?=\|)/) : [word];

function wrapLine(line: string, width: number, hang: number): string[] {
  if (widthOf(line) <= width || TYPED.test(line)) return [line];
  const indent = " ".repeat(Math.max(hang, /^ */.exec(line)![0].length));
  const lines = [""];
  for (const [, gap = "", word = ""] of line.matchAll(/( *)([^ ]+)/g)) {
    partsOf(word).forEach((part, at) => {
      const last = lines.at(-1)!;
      const longer = last + (at === 0 ? gap : "") + part;
      if (widthOf(longer) <= width || last.trim() === "") lines[lines.length - 1] = longer;
      else lines.push(indent + part);
    });
  }
  return lines;
}

/**
 * Wraps text between words. Each line keeps its indent, and command lines stay whole, so that they can be copied.
 *
 * @param columns How wide the terminal is.
 * @param hang The least indent of what continues a line. Default: none.
 */
export const wrapText = (text: string, columns: number, hang = 0): string =>
  text.split("\n").flatMap((line) => wrapLine(line, Math.max(NARROWEST, columns), hang)).join("\n");
