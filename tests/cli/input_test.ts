import { UsageError } from "../../lib/cli/errors.ts";
import type { Columns } from "../../lib/cli/input/columns.ts";
import { readRows } from "../../lib/cli/input/rows.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "../deps/assert.ts";
import { NONE } from "../support/test.ts";
import { idsOf, rowsOf, USER_COLUMNS } from "../support/input.ts";

const GROUP_COLUMNS: Columns = { kind: "group" };
const choosing = (chosen: string): Columns => ({ kind: "user", chosen });

/** Ids in place of single letters: texts are easier to read with letters. */
const withIds = (text: string) => text.replace(/\b[a-e]\b/g, "$&@b.c");

const GUIDS = [1, 2, 3, 4].map((number) => `0c000000-0000-4000-8000-00000000000${number}`);
const NAMES = ["a@b.c", "b@b.c", "c@b.c", "d@b.c"];

/** Headers, what they are asked for, and which column is taken where each has an id. */
const COLUMNS: readonly (readonly [header: string, columns: Columns, taken: number])[] = [
  ["id,mail,userPrincipalName", USER_COLUMNS, 0],
  ["mail,userPrincipalName,userId", USER_COLUMNS, 2],
  ["mail,userPrincipalName", USER_COLUMNS, 1],
  ["UPN,userPrincipalName", USER_COLUMNS, 1],
  ["userPrincipalName,externalDirectoryObjectId,aadObjectId", USER_COLUMNS, 2],
  ["userId,objectId", USER_COLUMNS, 1],
  ["id,objectId,userId", USER_COLUMNS, 2],
  ["DisplayName,USERPRINCIPALNAME", USER_COLUMNS, 1],
  ["Object Id,User-Principal_Name", USER_COLUMNS, 0],
  ["user\u200bPrincipal\u00a0Name", USER_COLUMNS, 0],
  ["Name [displayName],User name [userPrincipalName] Required", USER_COLUMNS, 1],
  ["Member object ID or user principal name [memberObjectIdOrUpn] Required", USER_COLUMNS, 0],
  ["displayName,Id", USER_COLUMNS, 1],
  ["userId,groupId", GROUP_COLUMNS, 1],
  ["id,group id", GROUP_COLUMNS, 1],
  ["mail,GROUPID", GROUP_COLUMNS, 1],
  ["id,mail,manager", choosing("manager"), 2],
  ["id,mail,Manager UPN", choosing("manager upn"), 2],
  ["mail,Mail,MAIL", choosing("Mail"), 1],
  ["x,User name [userPrincipalName] Required", choosing("userPrincipalName"), 1],
];

Deno.test("readRows() finds the column or property of the id, in any case", NONE, async () => {
  for (const [header, columns, taken] of COLUMNS) {
    const names = header.split(",");
    const values = (columns.kind === "group" ? GUIDS : NAMES).slice(0, names.length);
    const object = Object.fromEntries(names.map((name, at) => [name, values[at]]));
    const texts = [
      `${header}\n${values.join(",")}\n`,
      JSON.stringify([object]),
      JSON.stringify(object),
      JSON.stringify(object, null, 2),
    ];
    for (const text of texts) assertEquals(idsOf(await rowsOf(text, columns)), [values[taken]!], text);
  }
});

/** Tables of which one column cannot be believed, or none, and what is taken or said. */
const DOUBTFUL_COLUMNS: readonly (readonly [text: string, columns: Columns, found: string[] | RegExp])[] = [
  ["id,upn\n1001,a\n1002,b\n", USER_COLUMNS, ["a", "b"]],
  ["id,upn\n,a\nd,b\n", USER_COLUMNS, ["a", "b"]],
  ["userId,upn\nwilber,a\nd,b\n", USER_COLUMNS, ["a", "b"]],
  ['[{"id":null,"upn":"a"},{"id":"d","upn":"b"}]', USER_COLUMNS, ["a", "b"]],
  ['[{"id":7,"upn":"a"}]', USER_COLUMNS, ["a"]],
  ["upn,x\nwilber,1\na,2\n", USER_COLUMNS, ["wilber", "a"]],
  ["upn,x\nwilber,1\narchie,2\n", USER_COLUMNS, /no column with ids.*"upn" was passed over/],
  ["id,x\n1,1\na,2\n", USER_COLUMNS, /no column with ids.*"id" was passed over/],
  ["mail,x\na,1\n", USER_COLUMNS, /no column with ids: its columns are mail, x/],
  ["x,y,Leaver\n1,2,a\n", USER_COLUMNS, /its columns are Leaver, x, y/],
  ["id,userId\n,1\n", GROUP_COLUMNS, /no column with ids/],
  [`id,userId\n${GUIDS[0]},${GUIDS[1]}\n`, GROUP_COLUMNS, /no column with ids/],
  ["Id,upn,ID\na,b,c\n", USER_COLUMNS, /2 columns of one name: "Id" and "ID"/],
  ["Id,upn,ID\n1,b,2\n", USER_COLUMNS, ["b"]],
  ["upn,Upn\na,\n", USER_COLUMNS, /2 columns of one name/],
  ['Mail,"Mail "\na,b\n', choosing("mail"), /2 columns of one name: "Mail" and "Mail "/],
  ['Mail,"Mail "\na,b\n', choosing("Mail "), ["b"]],
  ["mail,mail\na,b\n", choosing("mail"), /2 columns of one name.*"mail" and "mail"/],
  ['[{"mail":"a","Mail":"b"}]', choosing("MAIL"), /2 properties of one name/],
  ['[{"mail":"a","Mail":"b"}]', choosing("Mail"), ["b"]],
  ['[{"upn":"a"},{"upn":"b","UPN":"c"}]', USER_COLUMNS, ["a", "item 2: it has more than one property upn"]],
  ['[{"upn":"a"},{"upn":"b","upn":"c"}]', USER_COLUMNS, ["a", "item 2: it has more than one property upn"]],
  ['[{"upn":"a","\\u0075pn":"b"}]', USER_COLUMNS, ["item 1: it has more than one property upn"]],
  ['[{"upn":"a","x":{"upn":"b"}}]', USER_COLUMNS, ["a"]],
  ["a,Wilber\nb,Archie\n", USER_COLUMNS, /first row of the input is not a header/],
];

Deno.test("readRows() looks at values before it believes a name, and takes none of two", NONE, async () => {
  for (const [text, columns, found] of DOUBTFUL_COLUMNS) {
    for (const size of [1, 4096]) {
      const rows = rowsOf(withIds(text), columns, size);
      if (Array.isArray(found)) assertEquals(idsOf(await rows), found.map(withIds), text);
      else assertMatch((await assertRejects(() => rows, UsageError)).message, found);
    }
  }
});

const MISSING = [
  "displayName,department\nx,y\n",
  "a;b;c\n1;2;3\n",
  '[{"displayName":"x"}]',
  '{"displayName":"x"}\n',
  '{\n  "displayName": "x"\n}\n',
];

Deno.test(
  "readRows() throws a UsageError before any row if the column or property is missing",
  NONE,
  async () => {
    for (const text of [...MISSING, "id,mail\nx,y\n", "id\nx\n", '[{"id":"x"}]', '{"id":"x"}']) {
      const columns = MISSING.includes(text) ? USER_COLUMNS : choosing("upn");
      const error = await assertRejects(() => rowsOf(text, columns), UsageError, "no ");
      assertStringIncludes(error.message, columns.chosen ?? "with ids");
      assertStringIncludes(error.hint!, "--column");
    }
  },
);

Deno.test("readRows() shortens what it lists in a message", NONE, async () => {
  const names = Array.from({ length: 1000 }, (_, at) => `${"x".repeat(1000)}${at}`);
  const object = Object.fromEntries(names.map((name) => [name, 1]));
  for (const text of [`${names.join(",")}\n1`, JSON.stringify([object]), JSON.stringify(object)]) {
    const { message } = await assertRejects(() => rowsOf(text), UsageError);
    assert(message.length < 500, `${message.length} characters`);
  }
});

/** Inputs with invalid rows, and the rows that are read. */
const BAD_ROWS: readonly (readonly [text: string, rows: (string | RegExp)[]])[] = [
  ["id,x\na,1\n,2\nb,3\n", ["a", /^line 3: .*empty/, "b"]],
  ['upn,x\n"a\nb",1\n,2\nc,3\n', ["a\nb", /^line 4: .*empty/, "c"]],
  ["x,id\n1,a\n2\n3,c\n", ["a", /^line 3: .*empty/, "c"]],
  ['["a",5,null,true,["x"],"b"]', ["a", /^item 2: /, /^item 3: /, /^item 4: /, /^item 5: /, "b"]],
  ['[{"id":"a"},{"x":1},{"id":5},{"id":null},{"id":"b"}]', ["a", /^item 2: /, /^item 3: /, /^item 4: /, "b"]],
  ['{"id":"a"}\nnonsense\n{"id":7}\n[1]\n{"id":"b"}\n', ["a", /^line 2: /, /^line 3: /, /^line 4: /, "b"]],
  ['["a","b"', ["a", "b", /^item 3: .*not/]],
  ['["a",,"b"]', ["a", /^item 2: .*the rest was not read/]],
  ['["a"] ["b"]', ["a", /^item 2: .*the rest was not read/]],
  ['["a"]\nnonsense', ["a", /^item 2: .*the rest was not read/]],
  ['["a"]]', ["a", /^item 2: .*the rest was not read/]],
  ['["a"][]', ["a", /^item 2: .*the rest was not read/]],
  ["[]x]", [/^item 1: .*the rest was not read/]],
  ['["a"}', [/^item 1: .*the rest was not read/]],
  ['["a",]', ["a", /^item 2: .*the rest was not read/]],
  ['["a","b', ["a", /^item 2: .*the rest was not read/]],
  ['x["a"]\n', ['x["a"]']],
  ['{"id":"a"}\n{"id":"b', ["a", /^line 2: .*not JSON/]],
  ['{\n"id":"a"\n}\n{\n"id":7}{\n"id":"b"}', ["a", /^item 2: .*not a string/, "b"]],
  ['{\n"id":"a"\n}\n{\n"id":"b"', ["a", /^item 2: .*it ends in the middle/]],
  ['{\n"id":"a"\n}\nnonsense\n{"id":"b"}', ["a", /^item 2: .*the rest was not read/]],
  ['{\n"id":"a"\n},\n{"id":"b"}', ["a", /^item 2: .*the rest was not read/]],
];

/** Reads each input byte by byte and at once; ids must be equal, and problems must match. */
async function assertRows(inputs: readonly (readonly [text: string, rows: (string | RegExp)[]])[]) {
  for (const [text, expected] of inputs) {
    for (const size of [1, 4096]) {
      const found = idsOf(await rowsOf(withIds(text), USER_COLUMNS, size));
      assertEquals(found.length, expected.length, `${text} => ${JSON.stringify(found)}`);
      expected.forEach((row, at) => {
        if (typeof row === "string") assertEquals(found[at], withIds(row), text);
        else assertMatch(found[at]!, row, text);
      });
    }
  }
}

Deno.test(
  "readRows() yields an invalid row with its place, and continues if possible",
  NONE,
  () => assertRows(BAD_ROWS),
);

/** CSV rows that could be mistaken for something else. */
const DOUBTFUL_ROWS: readonly (readonly [text: string, rows: (string | RegExp)[]])[] = [
  // Excel writes errors of formulas like this; a comment is not a row.
  ["name,id\n#N/A,a\n# N,A comment\nx,b\n", ["b", /^line 2: .*like a comment/, /^line 3: .*like a comment/]],
  ['name,id\n"#N/A",a\n" #1",b\n', ["a", "b"]],
  ['id,x\n# "quotes" are fine\n#\na,1\n# "', ["a"]],
  ["#TYPE x,y\n#,2\nid,x\na,1\n", ["a"]],
  ["id\na\n#b\n", ["a"]],
  // An id is not cut off, nor taken from a field that an unquoted delimiter has moved.
  ["id\na,b\nc,\nd\n", [/^line 2: .*more fields/, "c", "d"]],
  ["id,x\na,1\nb,2,3\n", ["a", /^line 3: .*more fields/]],
  // A row without all of its fields may have lost one before the id.
  ["x,id,y\n1,a,2\n1,b\n", ["a", "b"]],
  ["x,id,y\n1,a,2\nb,c\n1,x\n", ["a", /^line 3: .*fewer fields/, /^line 4: .*fewer fields/]],
  // Where files were joined.
  ["id,x\na,1\nID,X\nb,1\n", ["a", "b"]],
  ["upn,mail\na,b\nmail,upn\nc,d\n", ["a", /^line 3: another header begins here: the rest was not read/]],
  ["name,id\nVance, Adele,a\nVance,b,\n", [/^line 2: .*more fields/, "b"]],
  // One row, one problem.
  ['id,x\na,5" by 6" by 7"\nb,1\n', ["b", /^line 2: .*quote/]],
];

Deno.test(
  "readRows() takes no id from an ambiguous row, and reports each row once",
  NONE,
  () => assertRows(DOUBTFUL_ROWS),
);

/** Tables with line ends in a column name, and two rows. */
const LONG_HEADERS = [
  'id,"the\nname"\na,1\nb,2\n',
  '"Display\r\nname";upn\r\nx;a\r\ny;b\r\n',
  '"the ""name""\n\n# of, it"\tid\n1\ta\n2\tb\n',
];

Deno.test("readRows() recognizes a table whose header extends over lines", NONE, async () => {
  for (const text of LONG_HEADERS) {
    for (const size of [1, 4096]) {
      assertEquals(idsOf(await rowsOf(withIds(text), USER_COLUMNS, size)), ["a", "b"].map(withIds), text);
    }
  }
  assertEquals(idsOf(await rowsOf('"x\ny\nz')), ['"x', "y", "z"]);
  assertEquals(idsOf(await rowsOf('x"\ny"\nz')), ['x"', 'y"', "z"]);
});

const IN_EACH_FORMAT: readonly ((id: string) => string)[] = [
  (id) => `x@b.c\n${id}\n`,
  (id) => `upn\nx@b.c\n${id}\n`,
  (id) => JSON.stringify(["x@b.c", id]),
  (id) => JSON.stringify([{ id: "x@b.c" }, { x: "\\", id }]),
  (id) => `{"id":"x@b.c"}\n${JSON.stringify({ id })}\n`,
];

Deno.test("readRows() leaves a byte order mark in an id, to be reported as an error", NONE, async () => {
  for (const write of IN_EACH_FORMAT) {
    for (const size of [1, 2, 3, 4, 4096]) {
      const found = idsOf(await rowsOf(write("adele\ufeff@contoso.com"), USER_COLUMNS, size));
      assertEquals(found.at(-1), "adele\ufeff@contoso.com", write("…"));
    }
  }
});

/** Longer than the longest row, 1 MiB. */
const LONG = "x".repeat(2 ** 20 + 1);

Deno.test("readRows() takes no id from a part of a line that is too long", NONE, async () => {
  for (const write of IN_EACH_FORMAT) {
    for (const size of [1000, 2 ** 16, 2 ** 22]) {
      const text = write(`${LONG}${" ".repeat(2 ** 16)}b@contoso.com`);
      const rows = await rowsOf(text, USER_COLUMNS, size);
      const ids = rows.filter(({ problem }) => problem === undefined).map(({ id }) => id);
      assertEquals(ids.filter((id) => id !== "x@b.c"), [], `${size} bytes at a time`);
      assert(rows.some(({ problem }) => problem?.includes("too long")), JSON.stringify(rows).slice(0, 500));
    }
  }
});

Deno.test("readRows() rejects with the error of its input", NONE, async () => {
  for (const write of IN_EACH_FORMAT) {
    const broken = new Error("the disk is gone");
    const input = async function* () {
      yield new TextEncoder().encode(write("a@contoso.com").slice(0, -1));
      throw broken;
    };
    const rows: string[] = [];
    const error = await assertRejects(async () => {
      for await (const { id } of readRows(input(), USER_COLUMNS)) rows.push(id);
    });
    assertEquals(error, broken);
    assert(!rows.includes("a@contoso.co"), "half an id is not an id");
  }
});

/** CSV with broken quotes, and the ids that can be read. Each row must yield its id, or be covered by a problem. */
const BROKEN_QUOTES: readonly (readonly [name: string, text: string, ids: string[]])[] = [
  ["one that never closes", 'id,x\na,1\nb,"2\nc,3\nd,4\n', ["a"]],
  ["one in the id that never closes", 'id,x\na,1\n"b,2\nc,3\n', ["a"]],
  ["one that the next quote closes", 'id,x\na,1\nb,"2\nc,3\nd,"4"\ne,5\n', ["a", "e"]],
  ["one in the id that the next quote closes", 'id,x\na,1\n"b,2\nc,3\n"d",4\ne,5\n', ["a", "e"]],
  ["one in the middle of a field", 'id,x\na,5" pipe\nb,2\n', ["b"]],
];

for (const [name, text, ids] of BROKEN_QUOTES) {
  Deno.test(`readRows() reports the rows that a broken quote hides: ${name}`, NONE, async () => {
    for (const size of [1, 4096]) {
      const rows = await rowsOf(withIds(text), USER_COLUMNS, size);
      const good = rows.filter(({ problem }) => problem === undefined).map(({ id }) =>
        id.replace("@b.c", "")
      );
      for (const id of ids.slice(0, 1)) assert(good.includes(id), `${id} is lost`);
      const all = text.trim().split("\n").slice(1).map((line) => line.replace('"', "")[0]!);
      const swallowed = all.filter((id) => !good.includes(id));
      const problems = rows.filter(({ problem }) => problem !== undefined);
      assert(
        swallowed.length === 0 || problems.length > 0,
        `${swallowed.join()} are not reported: ${JSON.stringify(rows)}`,
      );
      assert(good.every((id) => /^[a-e]$/.test(id)), JSON.stringify(rows));
      assert(problems.every(({ where }) => /^line \d+$/.test(where)), JSON.stringify(rows));
    }
  });
}

Deno.test("readRows() stops at a row that never ends", NONE, async () => {
  const rows = await rowsOf(`id,x\na@b.c,1\nb@b.c,"${"x,1\n".repeat(600_000)}`);
  assertEquals(rows[0]!.id, "a@b.c");
  assert(rows.some(({ problem }) => problem !== undefined));
});

/** The beginning of an input in each format, with two complete rows, and the rest. */
const BEGINNINGS: Readonly<Record<string, readonly [begin: string, end: string]>> = {
  "a line each": ["a@contoso.com\nb@contoso.com\n", "c@contoso.com\n"],
  "CSV": ["id,x\na@contoso.com,1\nb@contoso.com,1\n", "c@contoso.com,1\n"],
  "a JSON array": ['["a@contoso.com","b@contoso.com",', '"c@contoso.com"]'],
  "objects over lines": [
    '{\n"id":"a@contoso.com"\n}\n{\n"id":"b@contoso.com"\n}',
    '\n{"id":"c@contoso.com"}\n',
  ],
  "NDJSON": ['{"id":"a@contoso.com"}\n{"id":"b@contoso.com"}\n', '{"id":"c@contoso.com"}\n'],
};

for (const [format, [begin, end]] of Object.entries(BEGINNINGS)) {
  Deno.test(`readRows() yields the first row of ${format} before the input ends`, NONE, async () => {
    const more = Promise.withResolvers<void>();
    const timer = setTimeout(more.resolve, 5000); // so that a reader that waits for more fails instead of hanging
    let ended = false;
    const input = async function* () {
      yield new TextEncoder().encode(begin);
      await more.promise;
      ended = true;
      yield new TextEncoder().encode(end);
    };
    const rows = readRows(input(), USER_COLUMNS);
    const { value } = await rows.next();
    assertEquals([value?.id, ended], ["a@contoso.com", false]);
    clearTimeout(timer);
    more.resolve();
    const rest = await Array.fromAsync(rows);
    assertEquals(rest.map(({ id }) => id), ["b@contoso.com", "c@contoso.com"]);
  });
}

Deno.test("readRows() counts lines as an editor does", NONE, async () => {
  const places = async (text: string) => (await rowsOf(withIds(text))).map(({ where }) => where);
  assertEquals(await places("# a\n\nb\n# c\nd"), ["line 3", "line 5"]);
  assertEquals(await places("#TYPE x\nid,x\nb,1\n\nd,2\n"), ["line 3", "line 5"]);
  assertEquals(await places('\n{"id":"b"}\n\n{"id":"d"}'), ["line 2", "line 4"]);
});
