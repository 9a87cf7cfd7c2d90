import { assertEquals } from "../deps/assert.ts";
import { NONE } from "../support/test.ts";
import { ENCODINGS, idsOf, rowsOf, USER_COLUMNS } from "../support/input.ts";

const GUEST = "pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com";
const IDS = [
  "adele@contoso.com",
  GUEST,
  "$desk@contoso.com",
  "miriam.o'neil@contoso.com",
  "müller@contoso.com",
];

/** Rows with each field quoted, as Export-Csv writes them. */
const quoted = (rows: readonly (readonly string[])[]) =>
  rows.map((row) => row.map((field) => `"${field}"`).join(",")).join("\n");

/** Texts with the same ids. Lines end in LF here. */
const FORMATS: Readonly<Record<string, string>> = {
  "a line each": IDS.join("\n"),
  "a line each, and one at the end": IDS.join("\n") + "\n",
  "a line each, with comments and blank lines": `# leavers\n\n${IDS.join("\n\n  # and\n")}\n\n`,
  "a line each, with space around": IDS.map((id) => `  ${id}\t`).join("\n"),
  "CSV": `userPrincipalName,displayName\n${IDS.map((id) => `${id},Somebody`).join("\n")}\n`,
  "CSV of one column": `userPrincipalName\n${IDS.join("\n")}\n`,
  "CSV of one quoted column": `"UserPrincipalName"\n${IDS.map((id) => `"${id}"`).join("\n")}\n`,
  "CSV without a last line end": `upn,x\n${IDS.map((id) => `${id},1`).join("\n")}`,
  "CSV with ;": `displayName;upn\n${IDS.map((id) => `Some, body;${id}`).join("\n")}\n`,
  "CSV with tabs": `displayName\tupn\n${IDS.map((id) => `Some, body; any\t${id}`).join("\n")}\n`,
  "CSV of Export-Csv": "#TYPE System.Management.Automation.PSCustomObject\n" +
    quoted([["DisplayName", "UserPrincipalName"], ...IDS.map((id) => ["Vance, Adele", id])]) + "\n",
  "CSV with quotes and line ends in fields": `note,id\n${
    IDS.map((id) => `"He said ""hi"", then\nleft; for\tgood",${id}`).join("\n")
  }\n`,
  "CSV with blank lines and comments": `id,x\n\n${IDS.map((id) => `${id},1`).join("\n\n# more\n")}\n\n`,
  "CSV with space around": `displayName , userPrincipalName \n${IDS.map((id) => `x, ${id} `).join("\n")}\n`,
  "CSV with short and long rows": `id,a,b\n${IDS.map((id, at) => id + ",1".repeat(at % 3)).join("\n")},,,,\n`,
  "a JSON array of texts": JSON.stringify(IDS),
  "a JSON array over lines": JSON.stringify(IDS, null, 2) + "\n",
  "a JSON array of objects": JSON.stringify(IDS.map((id) => ({ displayName: "x", userPrincipalName: id }))),
  "a JSON array of objects over lines": JSON.stringify(
    IDS.map((id) => ({ UserPrincipalName: id, manager: { id: "other@contoso.com" }, groups: ["x"] })),
    null,
    4,
  ),
  "JSON objects over lines, as ConvertTo-Json writes each":
    IDS.map((id) =>
      JSON.stringify({ DisplayName: "}\n{", userPrincipalName: id, manager: { id: "x" } }, null, 4)
    ).join("\n") + "\n",
  "JSON objects over lines, end to end": IDS.map((id) => JSON.stringify({ id }, null, 1)).join(""),
  "NDJSON of texts": IDS.map((id) => JSON.stringify(id)).join("\n"),
  "NDJSON of objects": IDS.map((id) => JSON.stringify({ x: 1, id })).join("\n") + "\n",
  "NDJSON with blank lines": `\n${IDS.map((id) => JSON.stringify({ upn: id })).join("\n\n")}\n\n`,
};

for (const [format, text] of Object.entries(FORMATS)) {
  Deno.test(
    `readRows() reads ${format}, however it is encoded, ended and cut into pieces`,
    NONE,
    async () => {
      for (const [encoding, encode] of Object.entries(ENCODINGS)) {
        for (const [ends, lineEnd] of [["LF", "\n"], ["CRLF", "\r\n"], ["CR", "\r"]] as const) {
          const bytes = encode(text.replaceAll("\n", lineEnd));
          for (const size of [1, 3, 4096]) {
            const rows = await rowsOf(bytes, USER_COLUMNS, size);
            assertEquals(idsOf(rows), IDS, `${encoding}, ${ends}, ${size} bytes at a time`);
          }
        }
      }
    },
  );
}

/** Inputs without ids. */
const EMPTY: readonly string[] = [
  "",
  "\n",
  "\r\n\r\n",
  "   ",
  "# nothing\n",
  "[]",
  "[ ]\n",
  "id,mail\n",
  "id\n",
];

Deno.test("readRows() finds no rows in an empty input, however it is encoded", NONE, async () => {
  for (const [encoding, encode] of Object.entries(ENCODINGS)) {
    for (const text of EMPTY) {
      for (const size of [1, 4096]) {
        assertEquals(
          idsOf(await rowsOf(encode(text), USER_COLUMNS, size)),
          [],
          JSON.stringify([encoding, text]),
        );
      }
    }
  }
});

Deno.test("readRows() reads the shortest id, however it is encoded", NONE, async () => {
  for (const [encoding, encode] of Object.entries(ENCODINGS)) {
    for (const text of ["a@b", "a@b\n"]) assertEquals(idsOf(await rowsOf(encode(text))), ["a@b"], encoding);
  }
});
