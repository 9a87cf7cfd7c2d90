import { sampleDirectory } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertMatch } from "../deps/assert.ts";
import { appClient, call, emulatorTest, graphClient } from "./support.ts";

emulatorTest("`GET /users` goes through all pages", async (emulator) => {
  const token = await emulator.issueToken();
  const headers = { authorization: `Bearer ${token}` };
  const names: string[] = [];
  const sizes: number[] = [];
  for (let url = `${emulator.url}/v1.0/users?$top=50&$select=userPrincipalName`; url;) {
    const { json } = await call(url, { headers });
    sizes.push(json.value.length);
    names.push(...json.value.map((user: { userPrincipalName: string }) => user.userPrincipalName));
    assertEquals(Object.keys(json.value[0]), ["userPrincipalName"]);
    url = json["@odata.nextLink"] ?? "";
  }
  assertEquals(sizes, [50, 50, 18]);
  assertEquals(names, [...emulator.directory.users].map(({ userPrincipalName }) => userPrincipalName));
}, { directory: sampleDirectory({ users: 100 }) });

emulatorTest("`GET /users` gives 100 a page by default and none after the last", async (emulator) => {
  const { json } = await (await appClient(emulator))("GET", "/users");
  assertEquals(json.value.length, 100);
  assertEquals("@odata.nextLink" in json, false);
}, { directory: sampleDirectory({ users: 82 }) });

emulatorTest("`GET /users` refuses query options that it cannot honor", async (emulator) => {
  const app = await appClient(emulator);
  for (const query of ["$top=0", "$top=1000", "$top=x", "$filter=x", "$skiptoken=y", "$select=password"]) {
    const { status, json } = await app("GET", `/users?${query}`);
    assertEquals([status, json.error.code], [400, "Request_BadRequest"], query);
  }
});

emulatorTest("`GET` says what it answers with, as OData does", async (emulator) => {
  const app = await appClient(emulator);
  const contexts = [
    ["/users", "#users"],
    ["/groups?$select=id,mail", "#groups(id,mail)"],
    ["/users/alex%40contoso.com", "#users/$entity"],
    ["/users/alex%40contoso.com?$select=id", "#users(id)/$entity"],
  ];
  for (const [path, context] of contexts) {
    const { headers, json } = await app("GET", path!);
    assertMatch(headers.get("content-type")!, /^application\/json;odata\.metadata=minimal;/);
    assertEquals(headers.get("odata-version"), "4.0");
    assertEquals(json["@odata.context"], `${emulator.url}/v1.0/$metadata${context}`, path);
  }
  const { headers } = await app("GET", "/users/nobody%40contoso.com");
  assertEquals(headers.get("content-type"), "application/json");
});

emulatorTest("`GET` reads one user, one group and me", async (emulator) => {
  const app = await appClient(emulator);
  const { json: user } = await app("GET", "/users/alex%40contoso.com?$select=id,userType");
  assertEquals([user.id, user.userType], [emulator.directory.users.get("alex@contoso.com")!.id, "Member"]);
  const { json: group } = await app("GET", `/groups/${emulator.directory.groups[0]!.id}`);
  assertEquals(group.displayName, "Marketing");
  assertEquals((await app("GET", "/groups")).json.value.length, 3);
  const alex = graphClient(emulator, await emulator.issueToken({ user: "alex@contoso.com" }));
  assertEquals((await alex("GET", "/me")).json.displayName, "Alex Wilber");
});

emulatorTest("`GET photo` describes what `GET photo/$value` gives", async (emulator) => {
  const app = await appClient(emulator);
  const { json } = await app("GET", "/users/alex%40contoso.com/photo");
  const image = await app("GET", "/users/alex%40contoso.com/photo/$value");
  assertEquals([json.id, json.width, json.height], ["48X48", 48, 48]);
  assertEquals(json["@odata.mediaContentType"], "image/png");
  assertEquals(image.headers.get("content-type"), "image/png");
  assertEquals(image.headers.get("etag"), json["@odata.mediaEtag"]);
  assertEquals(image.bytes, emulator.directory.photo("alex@contoso.com")!.bytes);
  assert(image.headers.get("request-id"));
});
