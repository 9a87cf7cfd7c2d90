import { sampleDirectory } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertMatch } from "../deps/assert.ts";
import { appClient, call, emulatorTest, graphClient } from "./support.ts";

Deno.test(emulatorTest("`GET /users` returns all users in pages", async (emulator) => {
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
}, { directory: sampleDirectory({ users: 100 }) }));

Deno.test(emulatorTest("`GET /users` returns up to 100 users per page by default", async (emulator) => {
  const { json } = await (await appClient(emulator))("GET", "/users");
  assertEquals(json.value.length, 100);
  assertEquals("@odata.nextLink" in json, false);
}, { directory: sampleDirectory({ users: 82 }) }));

Deno.test(
  emulatorTest("`GET /users` refuses query options that are invalid or not supported", async (emulator) => {
    const app = await appClient(emulator);
    for (
      const query of ["$top=0", "$top=1000", "$top=x", "$orderby=mail", "$skiptoken=y", "$select=password"]
    ) {
      const { status, json } = await app("GET", `/users?${query}`);
      assertEquals([status, json.error.code], [400, "Request_BadRequest"], query);
    }
  }),
);

Deno.test(emulatorTest("`GET` returns OData headers and context", async (emulator) => {
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
}));

Deno.test(emulatorTest("`GET` returns a user, a group and the signed-in user", async (emulator) => {
  const app = await appClient(emulator);
  const { json: user } = await app("GET", "/users/alex%40contoso.com?$select=id,userType");
  assertEquals([user.id, user.userType], [emulator.directory.users.get("alex@contoso.com")!.id, "Member"]);
  const { json: group } = await app("GET", `/groups/${emulator.directory.groups[0]!.id}`);
  assertEquals(group.displayName, "Marketing");
  assertEquals((await app("GET", "/groups")).json.value.length, 3);
  const alex = graphClient(emulator, await emulator.issueToken({ user: "alex@contoso.com" }));
  assertEquals((await alex("GET", "/me")).json.displayName, "Alex Wilber");
}));

Deno.test(emulatorTest("`GET photo` returns the metadata of `GET photo/$value`", async (emulator) => {
  const app = await appClient(emulator);
  const { json } = await app("GET", "/users/alex%40contoso.com/photo");
  const image = await app("GET", "/users/alex%40contoso.com/photo/$value");
  assertEquals([json.id, json.width, json.height], ["48X48", 48, 48]);
  assertEquals(json["@odata.mediaContentType"], "image/png");
  assertEquals(image.headers.get("content-type"), "image/png");
  assertEquals(image.headers.get("etag"), json["@odata.mediaEtag"]);
  assertEquals(image.bytes, emulator.directory.photo("alex@contoso.com")!.bytes);
  assert(image.headers.get("request-id"));
}));
