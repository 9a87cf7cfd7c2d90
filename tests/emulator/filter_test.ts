import { sampleDirectory } from "../../lib/emulator/mod.ts";
import { assertEquals } from "../deps/assert.ts";
import { appClient, emulatorTest, graphClient } from "./support.ts";

const EVENTUAL = { headers: { ConsistencyLevel: "eventual" } };

/** Filters that Graph supports in any query, and the first names of the users they match. */
const DEFAULT: readonly [filter: string, names: string][] = [
  ["accountEnabled eq false", "Grady Johanna Lee Lynne"],
  ["ACCOUNTENABLED EQ FALSE", "Grady Johanna Lee Lynne"],
  ["userType eq 'Guest'", "Pradeep Rene"],
  ["userType eq 'guest'", "Pradeep Rene"],
  ["onPremisesSyncEnabled eq true", "Alex Joni Lynne Megan"],
  ["onPremisesSyncEnabled eq false", ""],
  ["accountEnabled eq false and onPremisesSyncEnabled eq true", "Lynne"],
  [
    "department eq 'Finance' or department eq 'Marketing' and accountEnabled eq true",
    "Alex Diego Joni Megan",
  ],
  ["(department eq 'Retail' or department eq 'Finance') and onPremisesSyncEnabled eq true", "Joni Lynne"],
  ["department in ('Finance','Marketing')", "Alex Diego Joni Megan"],
  ["startsWith(displayName,'A')", "Adele Alex"],
  ["startswith( displayName , 'a' )", "Adele Alex"],
  ["userPrincipalName eq 'Miriam.O''Neil@contoso.com'", "Miriam"],
  ["startsWith(userPrincipalName,'$')", "Service"],
  ["startsWith(userPrincipalName,'pradeep_fabrikam.com#EXT#')", "Pradeep"],
  ["mail eq 'nestor@contoso.com'", "Isaiah"],
  ["id eq '0a000000-0000-4000-8000-000000000001'", "Adele"],
  ["createdDateTime ge 2024-01-01T00:00:00Z", "Pradeep Rene"],
  ["createdDateTime ge 2024-06-01T10:00:00+02:00 and createdDateTime le 2024-06-02", "Pradeep Rene"],
  ["department le 'finance'", "Diego Grady Henrietta Johanna Joni Lidia"],
];

/** Filters that take an advanced query, and the property or operator that Graph names without one. */
const ADVANCED: readonly [filter: string, names: string, reason: string][] = [
  ["companyName ne 'Contoso'", "Pradeep Rene", "'ne'"],
  ["companyName eq 'Fabrikam'", "", "'companyName'"],
  ["not(companyName eq 'Contoso')", "Pradeep Rene", "'not'"],
  ["accountEnabled ne true", "Grady Johanna Lee Lynne", "'ne'"],
  ["accountEnabled eq false and not startsWith(displayName,'L')", "Grady Johanna", "'not'"],
  ["NOT (not (accountEnabled eq false)) and department eq null", "Lee", "'not'"],
  ["endsWith(mail,'@fabrikam.com')", "Pradeep", "'endsWith'"],
  ["accountEnabled eq false and department eq null", "Lee", "'department'"],
  ["onPremisesSyncEnabled ne true and userType eq 'Guest'", "Pradeep Rene", "'ne'"],
  [`mail in (${Array.from({ length: 16 }, () => "'alex@contoso.com'")})`, "Alex", "16"],
  [Array.from({ length: 16 }, () => "mail eq 'alex@contoso.com'").join(" or "), "Alex", "16"],
];

Deno.test(emulatorTest(
  "`$filter` matches what Graph matches, and takes an advanced query for some",
  async (emulator) => {
    const app = await appClient(emulator);
    const find = async (filter: string, query = "", init?: RequestInit) => {
      const { status, json } = await app("GET", `/users?$filter=${encodeURIComponent(filter)}${query}`, init);
      const names = json.value?.map(({ displayName }: { displayName: string }) => displayName.split(" ")[0]);
      return { status, json, names: names?.join(" ") };
    };
    for (const [filter, names] of DEFAULT) assertEquals((await find(filter)).names, names, filter);
    for (const [filter, names, reason] of ADVANCED) {
      const advanced = await find(filter, "&$count=true", EVENTUAL);
      assertEquals(advanced.names, names, filter);
      assertEquals(advanced.json["@odata.count"], names.split(" ").filter(Boolean).length);
      for (const { status, json } of [await find(filter, "&$count=true"), await find(filter, "", EVENTUAL)]) {
        assertEquals([status, json.error.code], [400, "Request_UnsupportedQuery"], filter);
        assertEquals(json.error.message.includes(reason), true, json.error.message);
      }
    }
  },
));

Deno.test(
  emulatorTest("`$filter` refuses what Graph refuses, even in an advanced query", async (emulator) => {
    const app = await appClient(emulator);
    const cases: [code: string, ...filters: string[]][] = [
      [
        "BadRequest",
        ...["", "x", "nothing eq 1", "isAdmin eq true", "constructor eq null", "accountEnabled", "true"],
        ...["accountEnabled eq 'false'", "department eq true", "department eq Sales", "department eq 'Sales"],
        ...["accountEnabled eq", "accountEnabled is false", "accountEnabled eq false and", "()", "not"],
        ...["(accountEnabled eq false", "accountEnabled eq false)", "accountEnabled eq false or or"],
        ...["department in ()", "department in 'Sales'", "department in ('Sales' 'Retail')"],
        ...["startsWith(displayName)", "startsWith('A',displayName)", "nothing(displayName,'A')"],
        ...["createdDateTime ge '2024-01-01'", "createdDateTime ge 2024-99-99", `${"(".repeat(5000)}`],
      ],
      [
        "Request_UnsupportedQuery",
        ...["contains(displayName,'A')", "endsWith(displayName,'A')", "startsWith(id,'0a')", "id gt '0'"],
        ...["createdDateTime lt 2024-01-01T00:00:00Z", "accountEnabled eq null"],
      ],
    ];
    for (const [code, ...filters] of cases) {
      for (const filter of filters) {
        const path = `/users?$count=true&$filter=${encodeURIComponent(filter)}`;
        const { status, json } = await app("GET", path, EVENTUAL);
        assertEquals([status, json.error?.code], [400, code], filter);
      }
    }
    const groups = await app("GET", "/groups?$filter=createdDateTime ge 2024-01-01&$count=true", EVENTUAL);
    assertEquals(groups.json.error.code, "BadRequest");
  }),
);

Deno.test(emulatorTest("`$count` and `$filter` hold for all pages of 100,000 users", async (emulator) => {
  const app = await appClient(emulator);
  const query = "$select=id,accountEnabled&$top=999&$count=true&$filter=accountEnabled eq false";
  const ids = new Set<string>();
  const counts: unknown[] = [];
  for (let path = `/users?${query}`; path;) {
    const { json } = await app("GET", path, EVENTUAL);
    for (const { id, accountEnabled } of json.value) if (!accountEnabled) ids.add(id);
    counts.push(json["@odata.count"]);
    path = json["@odata.nextLink"]?.replace(`${emulator.url}/v1.0`, "");
  }
  assertEquals(ids.size, 30_004);
  assertEquals(counts, [30_004, ...Array(30).fill(undefined)]);
  assertEquals((await app("GET", "/users/$count", EVENTUAL)).text, "100018");
  assertEquals((await app("GET", "/users/$count")).json.error.code, "Request_BadRequest");
  assertEquals("@odata.count" in (await app("GET", "/users?$count=true&$top=1")).json, false);
}, { directory: sampleDirectory({ users: 100_000 }) }));

Deno.test(emulatorTest("Properties that are not basic take `User.Read.All`", async (emulator) => {
  const cases: [permission: string, query: string, status: number][] = [
    ["User.ReadBasic.All", "", 200],
    ["User.ReadBasic.All", "?$select=id,userPrincipalName", 200],
    ["User.ReadBasic.All", "?$filter=startsWith(mail,'a')", 200],
    ["User.ReadBasic.All", "?$select=id,accountEnabled", 403],
    ["User.ReadBasic.All", "?$filter=userType eq 'Guest'", 403],
    ["User.Read.All", "?$select=id,accountEnabled&$filter=userType eq 'Guest'", 200],
  ];
  for (const [permission, query, status] of cases) {
    const client = graphClient(emulator, await emulator.issueToken({ scopes: [permission] }));
    assertEquals((await client("GET", `/users${query}`)).status, status, query);
    if (query.includes("$filter")) continue;
    assertEquals((await client("GET", `/users/alex@contoso.com${query}`)).status, status, query);
    assertEquals((await client("GET", `/me${query}`)).status, status, query);
  }
  const adele = graphClient(emulator, await emulator.issueToken({ scopes: ["User.Read"] }));
  assertEquals((await adele("GET", "/me?$select=accountEnabled")).json.accountEnabled, true);
  const app = graphClient(emulator, await emulator.issueToken({ roles: ["User.ReadBasic.All"] }));
  assertEquals((await app("GET", "/users")).json.error.code, "Authorization_RequestDenied");
  const user = "pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com";
  const guest = graphClient(emulator, await emulator.issueToken({ user, scopes: ["User.Read.All"] }));
  assertEquals((await guest("GET", "/users")).status, 403);
}));

Deno.test(emulatorTest("Faults of lists hit the page that they match", async (emulator) => {
  const app = await appClient(emulator);
  const next = `https://graph.microsoft.example/v1.0/users?$skiptoken=p1`;
  emulator.fault({ kind: "status", status: 429, retryAfter: "3", match: { path: "$skiptoken" } });
  const body = JSON.stringify({ value: [], "@odata.nextLink": next });
  emulator.fault({ kind: "body", body, match: { path: "/v1.0/users?" } });
  assertEquals((await app("GET", "/users?$top=5")).json["@odata.nextLink"], next);
  const { json } = await app("GET", "/users?$top=5");
  const second = json["@odata.nextLink"].replace(`${emulator.url}/v1.0`, "");
  assertEquals((await app("GET", second)).headers.get("retry-after"), "3");
  assertEquals((await app("GET", second)).json.value.length, 5);
}));
