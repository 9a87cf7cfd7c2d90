import { Directory, sampleDirectory } from "../../lib/emulator/mod.ts";
import { assertEquals, assertThrows } from "../deps/assert.ts";
import { NONE } from "../support/test.ts";
import { appClient, emulatorTest, graphClient, sendBatch } from "./support.ts";

const [MARKETING, RETAIL, OPERATIONS] = sampleDirectory().groups.map(({ id }) => `/groups/${id}`);
const EVENTUAL = { headers: { ConsistencyLevel: "eventual" } };
const USERS = "microsoft.graph.user?$count=true";

// deno-lint-ignore no-explicit-any
const names = ({ json }: { json: any }) =>
  json.value.map(({ displayName }: { displayName: string }) => displayName.split(" ")[0]).join(" ");

Deno.test(emulatorTest("`members` and `transitiveMembers` list each member once", async (emulator) => {
  const app = await appClient(emulator);
  assertEquals(names(await app("GET", `${MARKETING}/members`)), "Alex Johanna Megan Retail");
  const all = await app("GET", `${MARKETING}/transitiveMembers`);
  assertEquals(names(all), "Alex Johanna Megan Retail Adele Lynne Pradeep");
  assertEquals(
    all.json.value.slice(2, 4).map((member: Record<string, string>) => member["@odata.type"]),
    ["#microsoft.graph.user", "#microsoft.graph.group"],
  );
  const users = `${MARKETING}/transitiveMembers/${USERS}`;
  const first = await app("GET", `${users}&$top=4&$select=displayName,accountEnabled`, EVENTUAL);
  assertEquals([names(first), first.json["@odata.count"]], ["Alex Johanna Megan Adele", 6]);
  const next = first.json["@odata.nextLink"].replace(`${emulator.url}/v1.0`, "");
  const second = await app("GET", next, EVENTUAL);
  assertEquals([names(second), "@odata.count" in second.json], ["Lynne Pradeep", false]);
  assertEquals(second.json.value[0], { displayName: "Lynne Robbins", accountEnabled: false });
  assertEquals((await app("GET", next)).json.error.code, "Request_UnsupportedQuery", "without the header");
  const disabled = await app("GET", `${users}&$filter=accountEnabled eq false`, EVENTUAL);
  assertEquals(names(disabled), "Johanna Lynne");
  assertEquals(
    names(await app("GET", `${MARKETING}/members/microsoft.graph.group?$count=true`, EVENTUAL)),
    "Retail",
  );
  assertEquals((await app("GET", `${MARKETING}/transitiveMembers/$count`, EVENTUAL)).text, "7");
  const { json } = await sendBatch(app, [
    { id: "1", method: "GET", url: users, ...EVENTUAL },
    { id: "2", method: "GET", url: users },
  ]);
  assertEquals(
    Object.fromEntries(json.responses.map(({ id, status }: { id: string; status: number }) => [id, status])),
    {
      1: 200,
      2: 400,
    },
  );
}));

Deno.test(emulatorTest("`members` refuses what Graph refuses", async (emulator) => {
  const app = await appClient(emulator);
  const cases: [path: string, status: number, code: string][] = [
    [`${MARKETING}/members/microsoft.graph.user`, 400, "Request_UnsupportedQuery"],
    [`${MARKETING}/members/microsoft.graph.constructor?$count=true`, 400, "Request_UnsupportedQuery"],
    [`${MARKETING}/members?$filter=mail eq 'a'`, 400, "Request_UnsupportedQuery"],
    [`${MARKETING}/members?$select=nothing`, 400, "Request_BadRequest"],
    [`${MARKETING}/members?$top=1000`, 400, "Request_BadRequest"],
    ["/groups/0c000000-0000-4000-8000-0000000000ff/members", 404, "Request_ResourceNotFound"],
    ["/groups/marketing/members", 400, "Request_BadRequest"],
    ["/users/alex@contoso.com/members", 400, "BadRequest"],
  ];
  for (const [path, status, code] of cases) {
    const response = await app("GET", path);
    assertEquals([response.status, response.json.error?.code], [status, code], path);
  }
  assertEquals((await app("DELETE", `${MARKETING}/members`)).status, 405);
}));

Deno.test(emulatorTest("Members show what the permissions allow", async (emulator) => {
  const client = async (...roles: string[]) => graphClient(emulator, await emulator.issueToken({ roles }));
  const path = `${RETAIL}/members?$select=id,displayName`;
  assertEquals((await (await client("User.Read.All"))("GET", path)).status, 403);
  const { json } = await (await client("GroupMember.Read.All"))("GET", path);
  const id = "0a000000-0000-4000-8000-000000000001";
  assertEquals(json.value[0], { "@odata.type": "#microsoft.graph.user", displayName: null, id });
  const basic = await (await client("GroupMember.Read.All", "User.ReadBasic.All"))("GET", path);
  assertEquals(basic.json.value[0].displayName, null, "of no use to an app");
  const app = await client("GroupMember.Read.All", "User.Read.All");
  assertEquals(names(await app("GET", path)), "Adele Alex Lynne Pradeep");
  const filtered = `${RETAIL}/members?$count=true&$filter=userType eq 'Guest'`;
  assertEquals(names(await app("GET", filtered, EVENTUAL)), "Pradeep");
  assertEquals((await (await client("GroupMember.Read.All"))("GET", filtered, EVENTUAL)).status, 403);

  const hidden = `${OPERATIONS}/transitiveMembers`;
  assertEquals((await app("GET", `${OPERATIONS}?$select=visibility`)).json.visibility, "HiddenMembership");
  assertEquals((await app("GET", hidden)).json.value, []);
  const permitted = await client("GroupMember.Read.All", "User.Read.All", "Member.Read.Hidden");
  assertEquals((await permitted("GET", hidden)).json.value.length, 10);
}));

Deno.test("`Directory.members()` ends in nested groups that contain each other", NONE, () => {
  const { users } = sampleDirectory();
  const group = (number: number, members: string[], visibility?: "HiddenMembership") => ({
    id: `0c000000-0000-4000-8000-00000000000${number}`,
    displayName: `Group ${number}`,
    mail: `group${number}@contoso.com`,
    members,
    visibility,
  });
  const groups = [1, 2, 3].map((number) => group(number, []).id);
  const create = (third: string[]) =>
    new Directory({
      users: [...users],
      signedInUser: "adele@contoso.com",
      generatedUsers: 10,
      groups: [
        group(1, [groups[1]!, "Alex@contoso.com"]),
        group(2, [groups[0]!, groups[2]!, "user00010@contoso.com"]),
        group(3, third, "HiddenMembership"),
      ],
    });
  const directory = create(["alex@contoso.com", "lee@contoso.com"]);
  const count = (options: Parameters<Directory["members"]>[1]) => directory.members(groups[0]!, options).size;
  assertEquals(count({}), 2);
  assertEquals(count({ transitive: true }), 5);
  assertEquals(count({ transitive: true, hidden: false }), 4);
  assertEquals(count({ transitive: true, kinds: ["user"] }), 3);
  assertEquals(directory.members(groups[0]!, { transitive: true }).at(5), undefined);
  assertThrows(() => create(["nobody@contoso.com"]), RangeError, "nobody@contoso.com");
});
