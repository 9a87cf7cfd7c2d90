import { UsageError } from "../errors.ts";

const SAVE_AS_CSV = 'In Excel, save it as "CSV UTF-8 (Comma delimited)", and read that file.';
const MAKE_DATA = "In PowerShell, pipe to ConvertTo-Json or Export-Csv; with az or m365, add --output json.";

function notAList(what: string, hint: string): UsageError {
  return new UsageError(`The input is ${what}, not a list of ids`, hint);
}

const UNPACK = "Unpack it first.";

/** What is not text, by its first bytes in hexadecimal. */
const BINARY: readonly (readonly [start: RegExp, what: string, hint: string])[] = [
  [/^d0cf11e0/, "an Office document or an encrypted workbook", SAVE_AS_CSV],
  [/^(504b0304|504b0506|1f8b|425a68|377abcaf|fd377a58|52617221|28b52ffd)/, "an archive", UNPACK],
  [/^25504446/, "a PDF document", "Export the list as CSV instead."],
  [
    /^(ffd8ff|89504e47|47494638|52494646|49492a00|4d4d002a)/,
    "a picture",
    "Read a list of ids: one per line, CSV or JSON.",
  ],
];

/**
 * Refuses what is not text.
 *
 * @param head The first bytes; the more there are, the better it can say what they belong to.
 */
export function refuseBinary(head: Uint8Array): void {
  const start = Array.from(head.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const found = BINARY.find(([pattern]) => pattern.test(start));
  if (!found) return;
  const names = new TextDecoder().decode(head.subarray(0, 2 ** 16)); // of what is in an archive
  if (/^PK.*(\[Content_Types\]|xl\/|opendocument)/s.test(names)) {
    throw notAList("an Excel workbook or another Office document", SAVE_AS_CSV);
  }
  throw notAList(found[1], found[2]);
}

/** A line that separates a table's header from its rows, for people. */
const RULER = /^[\s|+:]*[-=\u2500-\u257f]{2,}[-=\s|+:\u2500-\u257f]*$/;
/** Lines as Format-List, YAML and LDIF have them. */
const NAME_AND_VALUE = /^\s*(- )?[A-Za-z@][\w.@-]*:( |$)/;

/** Signs of text that is not a list, in its first lines. */
const TEXT: readonly (readonly [isIt: (lines: readonly string[]) => boolean, what: string, hint: string])[] =
  [
    [([first]) => first!.includes("\0"), "binary data", "Save it as text: CSV in UTF-8."],
    [
      ([first]) => /^<(!doctype html|html|head|body)\b/i.test(first!),
      "an HTML page, perhaps for signing in",
      "Download the list again, signed in.",
    ],
    [
      ([first]) => /^<([?!]|[a-z][\w:.-]*[\s/>])/i.test(first!),
      "XML",
      "In PowerShell, use Export-Csv or ConvertTo-Json.",
    ],
    [([first]) => /^\{\\rtf/.test(first!), "a document with formatting", "Save it as plain text."],
    [([first]) => /^\/[/*]/.test(first!), "JSON with comments", "Remove the comments."],
    [
      ([first = "", second = ""]) =>
        /^PS .*>|^Script started/.test(first) || (/^\*{5,}$/.test(first) && /transcript/i.test(second)),
      "a transcript of a session",
      MAKE_DATA,
    ],
    [
      ([first]) => /^@\{.*\}$|^(System|Microsoft)(\.\w+)+(\[\])?$/.test(first!),
      "what PowerShell writes of objects as text",
      "Pipe to ConvertTo-Json, or select the ids: Select-Object -ExpandProperty Id",
    ],
    [
      (lines) => lines.some((line, at) => at > 0 && RULER.test(line)) || RULER.test(lines[0]!),
      "a table for people",
      MAKE_DATA,
    ],
    [
      ([first = "", second = ""]) =>
        /^\S[^:]*\s:(\s|$)/.test(first) || (NAME_AND_VALUE.test(first) && NAME_AND_VALUE.test(second)),
      "a listing of names and values for people",
      MAKE_DATA,
    ],
  ];

/**
 * Refuses text that is not a list.
 *
 * @param lines Its first lines that are neither blank nor comments.
 */
export function refuseText(lines: readonly string[]): void {
  const found = lines.length > 0 ? TEXT.find(([isIt]) => isIt(lines)) : undefined;
  if (found) throw notAList(found[1], found[2]);
}
