import { UsageError } from "../../lib/cli/errors.ts";
import { openTargets } from "../../lib/cli/input/targets.ts";
import { fc } from "../deps/fast_check.ts";
import { assert } from "../deps/assert.ts";
import { ENCODINGS } from "../support/input.ts";
import { SILENT_HOST } from "../support/silent_host.ts";
import { piecesAt, textOf } from "./hostile.ts";
import { property } from "./property.ts";

/** How many people there are. A list names some of them; the others must keep their photos. */
const PEOPLE = 8;

const idOf = (person: number) => `0a000000-0000-4000-8000-00000000000${person % PEOPLE}`;
const nameOf = (person: number) => `person${person % PEOPLE}@contoso.com`;

/** Returns the person whose object id or sign-in name it is, as Graph would. */
function find(key: string): number | undefined {
  const all = Array.from({ length: PEOPLE }, (_, person) => person);
  return all.find((person) => [idOf(person), nameOf(person)].includes(key.toLowerCase()));
}

/** What stands in a column of somebody's row. All ids but their own are those of somebody else. */
const VALUES = {
  id: idOf,
  upn: nameOf,
  otherId: (person: number) => idOf(person + 1),
  otherUpn: (person: number) => nameOf(person + 2),
  number: (person: number) => String(1000 + person),
  name: (person: number) => `Person ${person}`,
  password: (person: number) => `Winter-Pa55word-${person}`,
  text: () => 'a, "b"; c\td',
  nothing: () => "",
} as const;
type Value = keyof typeof VALUES;

/** Exports of real products, by column. `works`: whether one of the columns is surely the person's. */
const PRODUCTS: readonly { columns: Readonly<Record<string, Value>>; works: boolean }[] = [
  { columns: { Id: "id", DisplayName: "name", Mail: "otherUpn", UserPrincipalName: "upn" }, works: true }, // Get-MgUser
  {
    columns: {
      "Display name": "name",
      "User principal name": "upn",
      "Object Id": "id",
      "Proxy addresses": "otherUpn",
    },
    works: true, // admin center
  },
  { columns: { ObjectId: "id", UserPrincipalName: "upn", Mail: "otherUpn", UserType: "name" }, works: true }, // AzureAD
  {
    columns: {
      Identity: "name",
      Id: "name",
      Guid: "otherId",
      UserPrincipalName: "upn",
      PrimarySmtpAddress: "otherUpn",
      ExternalDirectoryObjectId: "id",
    },
    works: true, // Get-Mailbox
  },
  { columns: { Id: "otherId", UserId: "id", UserPrincipalName: "upn", IPAddress: "text" }, works: true }, // sign-ins
  { columns: { Id: "otherId", UserId: "upn", ObjectId: "otherUpn", Operation: "name" }, works: true }, // audit log
  { columns: { ID: "number", Name: "name", userPrincipalName: "upn", Manager: "otherUpn" }, works: true }, // HR
  { columns: { Number: "number", UPN: "upn", "Requested by": "otherUpn" }, works: true },
  { columns: { aadObjectId: "id", mail: "otherUpn", note: "text" }, works: true },
  { columns: { "User name [userPrincipalName] Required": "upn" }, works: true },
  {
    columns: { "Member object ID or user principal name [memberObjectIdOrUpn] Required": "id" },
    works: true,
  },
  {
    columns: {
      "Name [displayName] Required": "name",
      "User name [userPrincipalName] Required": "upn",
      "Initial password [passwordProfile] Required": "password",
      "Manager [manager]": "otherUpn",
    },
    works: true,
  },
  { columns: { userPrincipalName: "nothing", id: "id", mail: "otherUpn" }, works: true },
  { columns: { ID: "number", Email: "otherUpn", Name: "name", Leaver: "upn" }, works: false }, // Forms
  { columns: { Mail: "otherUpn", DisplayName: "name" }, works: false },
  { columns: { Id: "number", Email: "upn" }, works: false },
];

/** What stands around an id. */
const WRAP = fc.constantFrom<(id: string) => string>(
  (id) => id,
  (id) => id.toUpperCase(),
  (id) => ` ${id} `,
  (id) => `\u200b${id}\u202c`,
  (id) => `'${id}'`,
  (id) => `\u201c${id}\u201d`,
  (id) => `<${id}>`,
  (id) => `mailto:${id}`,
  (id) => `SMTP:${id}`,
);

/** A name of a column, spelled in any way. */
function spell(name: string, bits: readonly number[]): string {
  const fill = ["", "", "", "", " ", "_", "-", "\u200b"];
  const letters = Array.from(name, (letter, at) => {
    const bit = bits[at % bits.length]! + at;
    return (at > 0 && !/[[\]]/.test(name) ? fill[bit % 8]! : "") +
      (bit & 16 ? letter.toUpperCase() : letter.toLowerCase());
  });
  return letters.join("");
}

/** What may happen to a row. */
type Damage = "none" | "cut" | "left" | "surplus" | "twoIds" | "invisible";

interface Export {
  product: typeof PRODUCTS[number];
  order: readonly number[];
  bits: readonly number[];
  rows: readonly { person: number; wrap: (id: string) => string; damage: Damage; noise: string }[];
  /** A second column of the name of one of them, for somebody else. */
  double: number | undefined;
  shape: "csv" | "array" | "ndjson" | "objects" | "page" | "pages" | "envelope" | "lines";
  delimiter: string;
  quoted: boolean;
  preamble: readonly string[];
  lineEnds: readonly string[];
  encoding: string;
  cuts: readonly number[];
}

const EXPORT: fc.Arbitrary<Export> = fc.record({
  product: fc.constantFrom(...PRODUCTS),
  order: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
  bits: fc.array(fc.nat({ max: 31 }), { minLength: 5, maxLength: 9 }),
  rows: fc.array(
    fc.record({
      person: fc.nat({ max: 3 }), // the others are nobody's business
      wrap: WRAP,
      damage: fc.constantFrom<Damage>(
        "none",
        "none",
        "none",
        "none",
        "cut",
        "left",
        "surplus",
        "twoIds",
        "invisible",
      ),
      noise: fc.constantFrom("", "", "", "blank", "delimiters", "comment", "header", "example"),
    }),
    { minLength: 1, maxLength: 30 },
  ),
  double: fc.option(fc.nat(), { freq: 8, nil: undefined }),
  shape: fc.constantFrom(
    "csv",
    "csv",
    "csv",
    "csv",
    "array",
    "ndjson",
    "objects",
    "page",
    "pages",
    "envelope",
    "lines",
  ),
  delimiter: fc.constantFrom(",", ";", "\t", "|"),
  quoted: fc.boolean(),
  preamble: fc.array(fc.constantFrom("", "# list", "#TYPE Selected.User", "version:v1.0"), { maxLength: 2 }),
  lineEnds: fc.array(fc.constantFrom("\n", "\r\n", "\r"), { minLength: 1, maxLength: 3 }),
  encoding: fc.constantFrom(...Object.keys(ENCODINGS)),
  cuts: fc.array(fc.nat(), { maxLength: 4 }),
});

/** The fields of a row and where its person's ids are. */
function fieldsOf(values: readonly Value[], { person, wrap, damage }: Export["rows"][number]): string[] {
  const fields = values.map((value) => {
    const text = VALUES[value](person);
    if (value !== "id" && value !== "upn") return text;
    if (damage === "twoIds") return `${text};${nameOf(person + 5)}`;
    return damage === "invisible" ? `${text.slice(0, 3)}\u00ad${text.slice(3)}` : wrap(text);
  });
  const own = values.findIndex((value) => value === "id" || value === "upn");
  if (damage === "cut") return fields.slice(0, Math.max(1, own));
  if (damage === "left") return own > 0 ? fields.slice(1) : fields;
  return damage === "surplus" ? [nameOf(person + 3), ...fields] : fields;
}

/** Writes an export, and tells who is in it: `sound` of them in rows without a fault. */
function write(given: Export) {
  const { product, order, bits, double, shape, delimiter, quoted, preamble, lineEnds, rows } = given;
  const entries = Object.entries(product.columns)
    .map((entry, at) => ({ entry, rank: order[at % order.length]! }))
    .sort((a, b) => a.rank - b.rank).map(({ entry }) => entry);
  if (double !== undefined) entries.push([entries[double % entries.length]![0], "otherUpn"]);
  const values = entries.map(([, value]) => value);
  const header = entries.map(([name], at) => spell(name, bits.map((bit) => bit + at)));
  const isTable = shape === "csv";
  const sound = new Set(rows.filter(({ damage }) => damage === "none").map(({ person }) => person));
  const all = new Set(rows.map(({ person }) => person));
  const whole = rows.map((row) =>
    isTable || !["cut", "left", "surplus"].includes(row.damage) ? row : { ...row, damage: "none" as const }
  );
  if (isTable) {
    const field = (text: string) =>
      quoted || /["\r\n]|^#/.test(text) || text.includes(delimiter)
        ? `"${text.replaceAll('"', '""')}"`
        : text;
    const line = (fields: readonly string[]) => fields.map(field).join(delimiter);
    const NOISE: Readonly<Record<string, string>> = {
      blank: "  ",
      delimiters: header.map(() => " ").join(delimiter),
      comment: "# nothing",
      header: line(header),
      example: line(header.map((_, at) => at ? nameOf(6) : `Example: ${nameOf(7)}`)),
    };
    const isTemplate = header.some((name) => name.includes("["));
    const lines = [
      ...delimiter === "|" ? ["sep=|"] : [],
      ...preamble,
      line(header),
      ...whole.flatMap((row) => {
        const noise = row.noise === "example" && !isTemplate ? "" : row.noise;
        return [...noise ? [NOISE[noise]!] : [], line(fieldsOf(values, row))];
      }),
    ];
    const text = lines.map((text, at) => text + lineEnds[at % lineEnds.length]!).join("");
    return { text, sound, all };
  }
  if (shape === "lines") {
    const lines = whole.map((row) => fieldsOf([row.person % 2 ? "id" : "upn"], row)[0]!);
    return { text: lines.map((text, at) => text + lineEnds[at % lineEnds.length]!).join(""), sound, all };
  }
  const [gap, end] = quoted ? ["\n  ", "\n"] : [" ", ""];
  const objects = whole.map((row) => { // by hand, as a name may be there twice
    const fields = fieldsOf(values, row);
    const members = header.map((name, at) =>
      `${JSON.stringify(name)}: ${JSON.stringify(fields[at] || null)}`
    );
    return `{${gap}${members.join(`,${gap}`)}${end}}`;
  });
  const half = Math.ceil(objects.length / 2);
  const page = (items: readonly string[]) =>
    `{"id": "${idOf(7)}",${gap}"value": [${items.join(`,${gap}`)}]${end}}`;
  const pages = [page(objects.slice(0, half)), page(objects.slice(half))];
  const texts = {
    array: `[${objects.join(`,${gap}`)}${end}]`,
    ndjson: objects.map((object) => object.replaceAll("\n", " ")).join("\n"),
    objects: objects.join(quoted ? "\n" : ""),
    page: page(objects),
    pages: quoted ? `[${pages.join()}]` : pages.join("\n"),
    envelope: `{${gap}"value": [${objects.join()}],${gap}"Count": ${objects.length}${end}}`,
  };
  return { text: texts[shape], sound, all };
}

/** The people whose photos a list would remove; `undefined` if it is refused. */
async function removedBy(bytes: Uint8Array, cuts: readonly number[]): Promise<Set<number> | undefined> {
  const host = {
    ...SILENT_HOST,
    async *readStdin() {
      yield* piecesAt(bytes, cuts);
    },
  };
  const options = { stopSignal: new AbortController().signal, isCounted: false };
  try {
    const args = { command: "user" as const, operands: ["-"], flags: {}, values: {} };
    await using source = await openTargets(args, host, options);
    const removed = new Set<number>();
    for await (const target of source.targets) {
      const person = typeof target === "object" && "user" in target ? find(target.user) : undefined;
      if (person !== undefined) removed.add(person);
    }
    return removed;
  } catch (error) {
    assert(error instanceof UsageError, `${error}`);
    assert(!error.message.includes("Pa55word"), error.message);
    return undefined;
  }
}

Deno.test(property(
  "of an export of any product, in any spelling and shape, exactly its people are removed, or it is refused",
  EXPORT,
  async (given) => {
    const { text, sound, all } = write(given);
    const removed = await removedBy(ENCODINGS[given.encoding]!(text), given.cuts);
    for (const person of removed ?? []) assert(all.has(person), `${person} is somebody else: ${text}`);
    const isList = given.shape === "lines";
    const hasFault = given.rows.some(({ damage }) => damage !== "none");
    const mustWork = (given.product.works || isList) && (given.double === undefined || isList) && !hasFault;
    if (!mustWork) return;
    assert(removed !== undefined, `refused: ${text}`);
    for (const person of sound) assert(removed.has(person), `${person} is left out: ${text}`);
  },
));

/** Pieces of lists, in no order. */
const PIECES = [
  ...[0, 1, 2].flatMap((person) => [idOf(person), nameOf(person)]),
  ...[
    "id",
    "userId",
    "userPrincipalName",
    "mail",
    "UPN",
    "value",
    '"id":',
    '"value":[',
    '"mail":',
    "null",
    "sep=;",
  ],
  ...[
    ",",
    ";",
    "\t",
    "|",
    "\n",
    "\r\n",
    "\r",
    '"',
    "'",
    "{",
    "}",
    "[",
    "]",
    ":",
    "#",
    " ",
    "--",
    "\u200b",
    "<",
    ">",
  ],
];

Deno.test(property(
  "of a text of any pieces, nobody is removed whose id or name does not stand in it by itself",
  textOf(PIECES, 40),
  async (text) => {
    const removed = await removedBy(new TextEncoder().encode(text), []);
    const words = text.split(/[^\w.@-]+/).map(find);
    for (const person of removed ?? []) assert(words.includes(person), `${person}: ${JSON.stringify(text)}`);
  },
));
