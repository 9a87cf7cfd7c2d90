import { assert, assertEquals, assertMatch } from "../deps/assert.ts";
import { graphRequests } from "../support/command.ts";
import { runAsApp } from "../support/run_in_process.ts";
import { tenantFileTest } from "../support/temporary.ts";

const ALEX = "0a000000-0000-4000-8000-000000000002";
const GRADY = "0a000000-0000-4000-8000-000000000004";
const ISAIAH = "0a000000-0000-4000-8000-000000000006";
const MARKETING = "0c000000-0000-4000-8000-000000000001";
const EVENT = "66ea0000-0000-4000-8000-00000000beef";

/** What comes of a list. */
interface Expected {
  /** Names, before the `@` or of a group, of those about whom anything was sent. Default: nobody. */
  sent?: string;
  code: number;
  /** The ids of rows that failed before anything was sent. Default: none. */
  failed?: string[];
  /** What standard error, and the messages of records, say. */
  says?: RegExp[];
  /** Options besides the list. */
  options?: string[];
  command?: "group";
}

const crlf = (...lines: string[]) => lines.map((line) => `${line}\r\n`).join("");
const page = (...users: [id: string, name: string][]) => ({
  "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users",
  value: users.map(([id, name]) => ({
    id,
    displayName: name,
    mail: `${name}@contoso.com`,
    userPrincipalName: `${name}@contoso.com`,
  })),
});
const [ALEX_PAGE, GRADY_PAGE] = [page([ALEX, "alex"]), page([GRADY, "grady"])];
const PASSWORDS = [
  "Name [displayName] Required,User name [userPrincipalName] Required,Initial password [passwordProfile] Required",
  "Example: Chris Green,chris@contoso.com,Winter-Pa55word-00",
  "Alex,alex@contoso.com,Winter-Pa55word-01",
  "Grady,grady@contoso.com,Winter-Pa55word-02",
];

const NO_COLUMN = { code: 2, says: [/no column with ids/, /--column/] };
const ALEX_ALONE = { code: 0, sent: "alex" };
const BOTH = { code: 0, sent: "alex grady" };

/** Lists as people have them, and what comes of them. */
const LISTS: Readonly<Record<string, readonly [list: string | Uint8Array, expected: Expected]>> = {
  "two columns of one name, one spelled exactly": [
    crlf("Name,Mail,Manager,mail", "Alex,alex@contoso.com,Grady,grady@contoso.com"),
    { ...ALEX_ALONE, options: ["--column", "Mail"] },
  ],
  "two columns of one name, neither spelled exactly": [
    crlf("Name,Mail,Manager,mail", "Alex,alex@contoso.com,Grady,grady@contoso.com"),
    { code: 2, options: ["--column", "MAIL"], says: [/2 columns of one name: "Mail" and "mail"/] },
  ],
  "two columns called mail": [
    crlf("Name,Mail,Manager,mail", "Alex,alex@contoso.com,Grady,grady@contoso.com"),
    NO_COLUMN,
  ],
  "two columns called id": [
    crlf("ID,userPrincipalName,Id", `${ALEX},alex@contoso.com,${GRADY}`),
    { code: 2, says: [/"ID" and "Id"/] },
  ],
  "two columns called userPrincipalName": [
    crlf("userPrincipalName,x,USERPRINCIPALNAME", "alex@contoso.com,Alex,grady@contoso.com"),
    { code: 2, says: [/"userPrincipalName" and "USERPRINCIPALNAME"/] },
  ],
  "two columns that differ in a blank": [
    crlf('Mail,"Mail "', "alex@contoso.com,grady@contoso.com"),
    { code: 2, options: ["--column", "mail"], says: [/2 columns of one name/] },
  ],
  "two properties of one name": [
    '[{"Mail": "alex@contoso.com", "Manager": "Grady", "mail": "grady@contoso.com"}]',
    { code: 2, options: ["--column", "MAIL"], says: [/2 properties of one name/] },
  ],
  "mail next to userPrincipalName": [
    crlf("Display name,User principal name,Mail", "Alex Wilber,alex@contoso.com,grady@contoso.com"),
    ALEX_ALONE,
  ],
  "mail of who asked for it": [
    crlf("Leaver UPN,Requested by,Mail", "alex@contoso.com,Grady,grady@contoso.com"),
    { ...NO_COLUMN, says: [/its columns are Leaver UPN, Mail, Requested by/, /--column/] },
  ],
  "mail by itself": ['[{"displayName": "Alex Wilber", "mail": "grady@contoso.com"}]', {
    code: 2,
    says: [/no property with ids: its properties are mail, displayName/, /--column/],
  }],
  "mail of the second object": [
    '[\n{"userPrincipalName":"alex@contoso.com","mail":"aw@contoso.com"},\n{"displayName":"N","mail":"grady@contoso.com"}]',
    { code: 1, sent: "alex", failed: [""], says: [/item 2: it has no userPrincipalName/] },
  ],
  "who did it, in an audit log": [
    crlf(
      "RecordId,Operation,UserId,AuditData",
      `${EVENT},Disable,grady@contoso.com,"{""ObjectId"":""alex""}"`,
    ),
    { code: 0, sent: "grady", says: [/Column "UserId" \(first: grady@contoso\.com\)/] },
  ],
  "the id of an event": [
    crlf("Id,UserId,UserPrincipalName,AppDisplayName", `${EVENT},${ALEX},alex@contoso.com,Teams`),
    { ...ALEX_ALONE, says: [/Column "UserId"/] },
  ],
  "no header, with an id for --column": [
    crlf("alex@contoso.com,Alex Wilber", "grady@contoso.com,Grady Archie"),
    { code: 2, options: ["--column", "alex@contoso.com"], says: [/--column takes the name of a column/] },
  ],
  "no header": [
    crlf("alex@contoso.com,Alex Wilber,Winter-Pa55word", "grady@contoso.com,Grady Archie,x"),
    { code: 2, says: [/first row of the input is not a header/] },
  ],
  "CR at the end of lines": [
    "userPrincipalName,displayName\ralex@contoso.com,Alex\rgrady@contoso.com,Grady\r",
    BOTH,
  ],
  "CR at the end of lines with one column": [
    "userPrincipalName\ralex@contoso.com\rgrady@contoso.com\r",
    BOTH,
  ],
  "one CR among CRLF": [
    "userPrincipalName,displayName\r\nalex@contoso.com,Alex\rgrady@contoso.com,Grady\r\nnestor@contoso.com,N\r\n",
    { code: 0, sent: "alex grady nestor" },
  ],
  "a template with passwords": [crlf("version:v1.0", ...PASSWORDS), { ...BOTH, says: [/1 example row/] }],
  "a template with passwords, saved by a spreadsheet": [
    crlf("version:v1.0,,", ...PASSWORDS),
    { ...BOTH, says: [/Column "User name \[userPrincipalName\] Required" \(first: alex@contoso\.com\)/] },
  ],
  "a template with passwords, without its header": [crlf("version:v1.0", ...PASSWORDS.slice(2)), {
    code: 2,
    says: [/not a header/],
  }],
  "a template with passwords, a row of which lost a field": [
    crlf(...PASSWORDS, "isaiah@contoso.com,Winter-Pa55word-03"),
    {
      code: 1,
      sent: "alex grady",
      failed: [""],
      says: [/line 5: it has fewer fields/, /1 row with fewer fields/],
    },
  ],
  "a title above the table": [
    crlf("Leavers October", "", "userPrincipalName,displayName", "alex@contoso.com,Alex"),
    { code: 2, says: [/looks like a table/] },
  ],
  "another delimiter": [
    crlf("UserPrincipalName|DisplayName", "alex@contoso.com|Alex Wilber"),
    { code: 2, says: [/looks like a table/, /sep=\|/] },
  ],
  "another delimiter that is named": [
    crlf("sep=|", "UserPrincipalName|DisplayName", "alex@contoso.com|Alex Wilber"),
    ALEX_ALONE,
  ],
  "a row in a list": [
    crlf("alex@contoso.com", "grady@contoso.com,Winter-Pa55word-02,Grady", "nestor@contoso.com"),
    {
      code: 1,
      sent: "alex nestor",
      failed: ["grady@contoso.com"],
      says: [/line 2: "grady@contoso\.com…" is not/],
    },
  ],
  "two ids in a cell": [
    crlf("userPrincipalName,x", "alex@contoso.com;grady@contoso.com,Both", "nestor@contoso.com,N"),
    { code: 1, sent: "nestor", failed: ["alex@contoso.com"] },
  ],
  "names that are no ids": [
    crlf("SamAccountName", "alex", "grady"),
    { code: 1, failed: ["SamAccountName", "alex", "grady"], says: [/--column "SamAccountName"/] },
  ],
  "JSON with a comment": ['// leavers\n["alex@contoso.com"]', { code: 2, says: [/JSON with comments/] }],
  "a missing property": ["null\n", { code: 1, failed: ["null"] }],
  "an id that is too long": [
    crlf(`${"a".repeat(2000)}@contoso.com`, "alex@contoso.com"),
    { code: 1, sent: "alex", failed: ["a".repeat(40)], says: [/more than 1,024 characters/] },
  ],
  "control characters": [
    "userPrincipalName,x\nal\u009b[31mex@contoso.com,A\ngra\u202edy@contoso.com,G\nnestor@contoso.com,N\n",
    { code: 1, sent: "nestor", failed: ["al\u009b[31mex@contoso.com", "gra\u202edy@contoso.com"] },
  ],
  "an id that is a number": [
    crlf("ID,Name,userPrincipalName", "1001,Alex Wilber,alex@contoso.com", "1002,Grady,grady@contoso.com"),
    BOTH,
  ],
  "an id that is a name": [
    crlf(
      "#TYPE Microsoft.Exchange.Data.Directory.Management.Mailbox",
      '"Alias","Id","UserPrincipalName","ExternalDirectoryObjectId","Guid"',
      `"alex","Alex Wilber","alex@contoso.com","${ALEX}","${EVENT}"`,
    ),
    { ...ALEX_ALONE, says: [/Column "ExternalDirectoryObjectId"/] },
  ],
  "answers to a form": [
    crlf("ID,Start time,Email,Name,Leaver", "1,01/10/25 09:00,grady@contoso.com,Grady,alex@contoso.com"),
    { ...NO_COLUMN, says: [/its columns are Email, Leaver, ID/, /"ID" was passed over/] },
  ],
  "items of a list in SharePoint": [
    crlf("ID,Title,Email,Leaver UPN", "1,Offboarding,grady@contoso.com,alex@contoso.com"),
    NO_COLUMN,
  ],
  "groups whose id is a name": [
    crlf('"Id","DisplayName","ExternalDirectoryObjectId"', `"Marketing_9f","Marketing","${MARKETING}"`),
    { code: 0, sent: "marketing", command: "group" },
  ],
  "an id that is null": ['[{"id": null, "userPrincipalName": "alex@contoso.com"}]', ALEX_ALONE],
  "a page with an id": [JSON.stringify({ id: EVENT, ...ALEX_PAGE }), ALEX_ALONE],
  "a page of Graph that is not the last": [
    JSON.stringify({
      "@odata.nextLink": "https://graph.microsoft.com/v1.0/users?$skiptoken=a",
      ...ALEX_PAGE,
    }),
    { code: 1, sent: "alex", says: [/not complete.*@odata\.nextLink/] },
  ],
  "a page of Graph that is not the last, over lines": [
    JSON.stringify(
      { ...ALEX_PAGE, "@odata.nextLink": "https://graph.microsoft.com/v1.0/users?$skiptoken=a" },
      null,
      2,
    ),
    { code: 1, sent: "alex", says: [/not complete.*@odata\.nextLink/] },
  ],
  "a page of Graph per line": [
    JSON.stringify({ "@odata.nextLink": "https://x", ...ALEX_PAGE }) + "\n" + JSON.stringify(GRADY_PAGE),
    BOTH,
  ],
  "pages of Graph end to end": [JSON.stringify(ALEX_PAGE) + JSON.stringify(GRADY_PAGE), BOTH],
  "an array of pages": [JSON.stringify([ALEX_PAGE, GRADY_PAGE]), BOTH],
  "an error of Graph": [
    '{"error": {"code": "InvalidAuthenticationToken", "message": "Access token has expired."}}',
    { code: 2, says: [/InvalidAuthenticationToken: Access token has expired\./] },
  ],
  "an array in Windows PowerShell": [
    '{\r\n    "value":  [\r\n "alex@contoso.com",\r\n "grady@contoso.com"\r\n ],\r\n    "Count":  2\r\n}\r\n',
    BOTH,
  ],
  "one item in Windows PowerShell": [
    '{"value": {"UserPrincipalName": "alex@contoso.com"}, "Count": 1}',
    ALEX_ALONE,
  ],
  "a wide export": [
    "\ufeff" + crlf(
      "Block credential,City,Display name,Object Id,Proxy addresses,User principal name,When created",
      `False,,Alex Wilber,${ALEX},SMTP:alex@contoso.com+smtp:aw@contoso.com,alex@contoso.com,`,
    ),
    { ...ALEX_ALONE, says: [/Column "Object Id"/] },
  ],
  "the template for deleting": [
    crlf(
      "version:v1.0",
      "User name [userPrincipalName] Required",
      "Example: chris@contoso.com",
      "alex@contoso.com",
      "grady@contoso.com",
    ),
    { ...BOTH, says: [/Passed over: 1 example row/] },
  ],
  "the template for removing members": [
    crlf(
      "Member object ID or user principal name [memberObjectIdOrUpn] Required",
      "alex@contoso.com",
      ISAIAH,
    ),
    { code: 0, sent: "alex isaiah" },
  ],
  "one column ObjectId": [crlf("ObjectId", ALEX, GRADY), BOTH],
  "one column in quotes": [crlf('"ObjectId"', `"${ALEX}"`, `"${GRADY}"`), BOTH],
  "one column User principal name": [crlf("User principal name", "alex@contoso.com"), ALEX_ALONE],
  "one column below #TYPE": [crlf("#TYPE Selected.User", '"ObjectId"', `"${ALEX}"`), ALEX_ALONE],
  "one column Email": [
    crlf("Email", "alex@contoso.com"),
    { code: 1, sent: "alex", failed: ["Email"], says: [/line 1: .*--column "Email"/] },
  ],
  "rows of nothing": [
    crlf("userPrincipalName,displayName,dept", "alex@contoso.com,Alex,IT", ",,", ", ,", "", "\u200b,,"),
    { ...ALEX_ALONE, says: [/Passed over: 4 empty rows/] },
  ],
  "objects of nothing": [
    '[{"userPrincipalName":"alex@contoso.com","x":"A"},{"userPrincipalName":"","x":""}]',
    { ...ALEX_ALONE, says: [/Passed over: 1 empty row/] },
  ],
  "comments": [
    crlf("# leavers", "userPrincipalName,x", "alex@contoso.com,A", "# and", "grady@contoso.com,G"),
    { ...BOTH, says: [/Passed over: 2 comments/] },
  ],
  "a header that comes again": [
    crlf("userPrincipalName,x", "alex@contoso.com,A") + "\ufeff" +
    crlf("UserPrincipalName,X", "grady@contoso.com,G"),
    { ...BOTH, says: [/Passed over: 1 repeated header/] },
  ],
  "sep=;": [crlf("sep=;", "userPrincipalName;displayName", "alex@contoso.com;Alex"), ALEX_ALONE],
  '"sep=,"': [crlf('"sep=,"', "userPrincipalName,displayName", "alex@contoso.com,Alex"), ALEX_ALONE],
  "sep=; above one column": [crlf("sep=;", "userPrincipalName", "alex@contoso.com"), ALEX_ALONE],
  "characters that nobody sees": [
    "userPrincipalName,x\r\nalex@contoso.com\u200b,A\r\n\u200bgrady@contoso.com,G\r\nis\u00adaiah@contoso.com,I\r\n" +
    "\u202anestor@contoso.com\u202c,N\r\n",
    { code: 1, sent: "alex grady nestor", failed: ["is\u00adaiah@contoso.com"], says: [/line 4: .*U\+00AD/] },
  ],
  "a header with characters that nobody sees": [
    "user\u200bPrincipalName,displayName\r\nalex@contoso.com,Alex\r\n",
    ALEX_ALONE,
  ],
  "curly quotes": ["\u201calex@contoso.com\u201d\r\n\u2018grady@contoso.com\u2019\r\n", BOTH],
  "single quotes": [crlf("'alex@contoso.com'", "'grady@contoso.com'"), BOTH],
  "mailto:": [crlf("mailto:alex@contoso.com", "mailto:grady@contoso.com"), BOTH],
  "angle brackets": [crlf("<alex@contoso.com>"), ALEX_ALONE],
  "a proxy address": [crlf("SMTP:alex@contoso.com"), ALEX_ALONE],
  "a curly apostrophe": [
    "o’neil@contoso.com\n",
    { code: 1, sent: "o’neil", says: [/TargetNotFound: .*apostrophe is curly/] },
  ],
  "a group among users": [
    crlf("id,displayName,objectType", `${ALEX},Alex Wilber,User`, `${MARKETING},Marketing,Group`),
    { code: 1, sent: "alex marketing", says: [/TargetNotFound: .*may be the id of a group/] },
  ],
  "a workbook": [
    new TextEncoder().encode("PK\x03\x04\x14\0\x06\0[Content_Types].xml\0\x01xl/workbook.xml"),
    { code: 2, says: [/Excel workbook/, /CSV UTF-8/] },
  ],
  "an old workbook": [
    Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0),
    { code: 2, says: [/workbook/, /CSV UTF-8/] },
  ],
  "an archive": [new TextEncoder().encode("PK\x03\x04\x14\0leavers.csv"), { code: 2, says: [/an archive/] }],
  "a picture": [Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a), { code: 2, says: [/a picture/] }],
  "other bytes": ["abcd\0\0\x01\n", { code: 2, says: [/binary data/] }],
  "HTML": [crlf("<!DOCTYPE html>", "<html><body>", "<p>alex@contoso.com</p>"), {
    code: 2,
    says: [/HTML page/],
  }],
  "XML": [
    crlf('<?xml version="1.0"?>', "<Objs>", "<S>alex@contoso.com</S>"),
    { code: 2, says: [/XML/, /Export-Csv or ConvertTo-Json/] },
  ],
  "a table of Format-Table": [
    crlf(
      "",
      "DisplayName  Id    UserPrincipalName",
      "-----------  --    -----------------",
      "Alex  1 alex@contoso.com",
    ),
    { code: 2, says: [/a table for people/, /ConvertTo-Json/] },
  ],
  "a table of one column": [crlf("", "Id", "--", ALEX, GRADY), { code: 2, says: [/a table for people/] }],
  "a table of az": ["Result\n----------------\nalex@contoso.com\n", {
    code: 2,
    says: [/a table for people/, /--output json/],
  }],
  "a table of m365": [
    "# entra user list\n\nDate: 2026-02-01\n\n## Alex\n\nProperty | Value\n---------|-------\ndisplayName | Alex\n",
    { code: 2, says: [/a table for people/] },
  ],
  "a list of Format-List": [
    crlf("", "DisplayName       : Alex Wilber", "UserPrincipalName : alex@contoso.com"),
    { code: 2, says: [/names and values for people/, /ConvertTo-Json/] },
  ],
  "YAML": ["- id: 1\n  userPrincipalName: alex@contoso.com\n", { code: 2, says: [/names and values/] }],
  "a transcript": [
    crlf(
      "**********************",
      "Windows PowerShell transcript start",
      "Start time: 20260201",
      "alex@contoso.com",
    ),
    { code: 2, says: [/transcript/] },
  ],
  "objects as text": [crlf("@{UserPrincipalName=alex@contoso.com}"), { code: 2, says: [/PowerShell/] }],
};

/** The names of those whom requests are about. */
function namesIn(requests: readonly string[], nameOf: (id: string) => string): string {
  const ids = requests.map((request) =>
    decodeURIComponent(/\/(?:users|groups)\/([^/]+)\/photo/.exec(request)?.[1] ?? "")
  );
  return [...new Set(ids.filter((id) => id !== "").map(nameOf))].sort().join(" ");
}

Deno.test(tenantFileTest("lists as people have them: each comes to what is right", async (tenant, folder) => {
  const nameOf = (id: string) =>
    tenant.directory.users.get(id)?.userPrincipalName.split("@")[0] ??
      tenant.directory.group(id)?.displayName.toLowerCase() ?? id.split("@")[0]!;
  const [path, report] = [`${folder}/list`, `${folder}/run.ndjson`];
  for (const [name, [list, expected]] of Object.entries(LISTS)) {
    const { command = "user", options = [], sent = "", failed = [], says = [], code } = expected;
    await Deno.writeFile(path, typeof list === "string" ? new TextEncoder().encode(list) : list);
    for (const what of ["--what-if", "--yes"]) {
      const before = graphRequests(tenant).length;
      await Deno.remove(report).catch(() => {});
      const args = [command, "--from", path, ...options, what, "--report", report];
      const result = await runAsApp(tenant, args);
      const requests = graphRequests(tenant).slice(before);
      const about = namesIn(requests, nameOf);
      assertEquals([result.code, about], [code, sent], `${name}: ${result.stderr}${result.stdout}`);
      const invalid = result.records().filter((record) => record.code === "InvalidTarget");
      assertEquals(invalid.map(({ id }) => id).sort(), [...failed].sort(), name);
      const messages = result.records().map(({ message }) => `${message}\n`).join("");
      for (const expected of says) assertMatch(result.stderr + messages, expected, name);
      const written = await Deno.readTextFile(report).catch(() => "");
      const all = requests.join() + result.stdout + result.stderr + written;
      assert(!all.includes("Pa55word"), `${name}: a password is repeated`);
      assert(
        !/[\p{Cc}\p{Cf}]/u.test(all.replaceAll("\n", "")),
        `${name}: ${JSON.stringify(all)}`,
      );
      const isRead = (request: string) => request.startsWith("GET ") || request.includes("$count");
      if (what === "--what-if") assert(requests.every(isRead), name);
    }
  }
}));
