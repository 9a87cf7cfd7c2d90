/** Returns a text with its secrets replaced by `[redacted]`. */
export type Redact = (text: string) => string;

/** A way to write text, unit by unit: a character, or an escape sequence. */
interface Encoding {
  /** Matches one unit. */
  unit: RegExp;
  /** Returns the text that a unit stands for. */
  decode(unit: string): string;
}

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

const URL_ENCODING: Encoding = {
  unit: /(?:%[0-9a-f]{2})+|[^]/gi,
  decode: (unit) =>
    unit.length < 3
      ? unit
      : utf8.decode(Uint8Array.from(unit.slice(1).split("%"), (byte) => Number.parseInt(byte, 16))),
};
const ENCODINGS: readonly Encoding[] = [
  URL_ENCODING,
  { ...URL_ENCODING, decode: (unit) => unit === "+" ? " " : URL_ENCODING.decode(unit) }, // forms, where a space is a plus
  {
    unit: /\\u[0-9a-f]{4}|\\?[^]/gi, // JSON
    decode: (unit) =>
      unit.length === 6
        ? String.fromCharCode(Number.parseInt(unit.slice(2), 16))
        : ESCAPES[unit.slice(1)] ?? unit.at(-1)!,
  },
];

/** Replaces each run of encoded characters that decodes to the secret. */
function hide(text: string, secret: string, { unit, decode }: Encoding): string {
  const units = text.match(unit) ?? [];
  const decoded = units.map(decode);
  const whole = decoded.join("");
  let clean = "";
  let end = 0; // of the decoded units so far
  let found = whole.indexOf(secret);
  let begun = false;
  for (const [at, part] of decoded.entries()) {
    end += part.length;
    if (found < 0 || end <= found) {
      clean += units[at];
      continue;
    }
    if (!begun) clean += "[redacted]";
    begun = end < found + secret.length;
    if (!begun) found = whole.indexOf(secret, end);
  }
  return clean;
}

/**
 * Returns a function that redacts secrets in a text, such as a server's error message that repeats one: as they
 * are, or encoded for a URL, a form or JSON.
 */
export function redactor(secrets: readonly string[]): Redact {
  const known = secrets.filter((secret) => secret !== "").sort((a, b) => b.length - a.length); // longest first, as one can contain another
  return (text) =>
    known.reduce((clean, secret) => {
      const rest = clean.replaceAll(secret, "[redacted]");
      return /[%\\+]/.test(rest)
        ? ENCODINGS.reduce((part, encoding) => hide(part, secret, encoding), rest)
        : rest;
    }, text);
}
