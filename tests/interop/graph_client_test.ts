import { sampleDirectory } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertMatch } from "../deps/assert.ts";
import { type Client, GraphError, PageIterator, ResponseType } from "../deps/microsoft_graph_client.ts";
import { rejection } from "../support/promises.ts";
import { graphClient, httpsTest } from "./support.ts";

const photo = (key: string) => `/users/${encodeURIComponent(key)}/photo/$value`;

/** What the client makes of a refusal. */
async function refusal(asked: Promise<unknown>): Promise<GraphError> {
  const error = await rejection(asked);
  assert(error instanceof GraphError, String(error));
  return error;
}

/** The ids of everything behind a link, by the client's own iterator. */
async function allIds(client: Client, path: string): Promise<string[]> {
  const ids: string[] = [];
  const first = await client.api(path).top(20).select(["id", "displayName"]).get();
  const pages = new PageIterator(client, first, ({ id }) => ids.push(id) > 0);
  await pages.iterate();
  assertEquals(pages.isComplete(), true);
  return ids;
}

httpsTest("Microsoft's client lists users and groups, page by page", async (served) => {
  const { directory, requests } = served.tenant;
  const client = graphClient(served);
  assertEquals(await allIds(client, "/users"), [...directory.users].map(({ id }) => id));
  assertEquals(requests.length, 4, "58 users, 20 a page, and sign-in takes no part");
  assertEquals(await allIds(client, "/groups"), directory.groups.map(({ id }) => id));
}, { directory: sampleDirectory({ users: 50 }) });

httpsTest("Microsoft's client reads a user, a group and me", async (served) => {
  const { tenant } = served;
  const client = graphClient(served);
  const user = await client.api("/users/alex@contoso.com").select("displayName").get();
  assertEquals(user, {
    "@odata.context": `${tenant.url}/v1.0/$metadata#users(displayName)/$entity`,
    displayName: "Alex Wilber",
  });
  const group = await client.api(`/groups/${tenant.directory.groups[0]!.id}`).get();
  assertEquals(group.displayName, "Marketing");
  const me = await graphClient(served, await tenant.issueToken({ user: "alex@contoso.com" })).api("/me")
    .get();
  assertEquals(me.displayName, "Alex Wilber");
});

httpsTest("Microsoft's client reads, removes and puts back a photo", async (served) => {
  const { directory } = served.tenant;
  const client = graphClient(served);
  const photos = [
    photo("pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com"),
    photo("miriam.o'neil@contoso.com"),
    `/groups/${directory.groups[0]!.id}/photo/$value`,
  ];
  const count = directory.photoCount;
  for (const path of photos) {
    const { width, "@odata.mediaContentType": type } = await client.api(path.replace("/$value", "")).get();
    const image: Blob = await client.api(path).get();
    assertEquals([image.type, type, width], ["image/png", "image/png", 48]);
    const bytes = new Uint8Array(await client.api(path).responseType(ResponseType.ARRAYBUFFER).get());
    assertEquals(bytes, new Uint8Array(await image.arrayBuffer()));

    await client.api(path).delete();
    assertEquals(directory.photoCount, count - 1);
    const { statusCode, code } = await refusal(client.api(path).delete());
    assertEquals([statusCode, code], [404, "ImageNotFound"]);

    await client.api(path).header("Content-Type", "image/png").put(bytes);
    assertEquals(directory.photoCount, count);
    assertEquals(new Uint8Array(await (await client.api(path).get()).arrayBuffer()), bytes);
  }
});

httpsTest("Microsoft's client makes its errors of what Graph refuses", async (served) => {
  const { tenant } = served;
  const app = graphClient(served);
  const adele = graphClient(served, await tenant.issueToken({ scopes: ["User.Read"] }));
  const nobody = graphClient(served, await tenant.issueToken({ roles: [] }));
  const cases: [ask: () => Promise<unknown>, statusCode: number, code: string, message: RegExp][] = [
    [() => app.api(photo("lee@contoso.com")).get(), 404, "ImageNotFound", /ImageNotFoundException/],
    [() => app.api(photo("nobody@contoso.com")).delete(), 404, "Request_ResourceNotFound", /nobody@contoso/],
    [() => app.api("/me").get(), 400, "BadRequest", /delegated/],
    [() => app.api("/users/alex@contoso.com/photo").delete(), 405, "MethodNotAllowed", /not allowed/],
    [() => app.api("/nothing").get(), 400, "BadRequest", /segment 'nothing'/],
    [() => app.api("/users").select("nothing").get(), 400, "Request_BadRequest", /'nothing'/],
    [() => app.api(photo("alex@contoso.com")).put({ a: 1 }), 415, "UnsupportedMediaType", /media type/],
    [() => adele.api(photo("alex@contoso.com")).delete(), 403, "ErrorAccessDenied", /Access is denied/],
    [() => nobody.api("/groups").get(), 403, "Authorization_RequestDenied", /Insufficient privileges/],
  ];
  for (const [ask, statusCode, code, message] of cases) {
    const error = await refusal(ask());
    assertEquals([error.statusCode, error.code], [statusCode, code]);
    assertMatch(error.message, message);
    assertEquals(error.requestId, error.headers!.get("request-id"));
    assert(!Number.isNaN(error.date.getTime()));
  }
});

httpsTest("Microsoft's client gets a 401 with what it takes to sign in again", async (served) => {
  const { tenant } = served;
  const expired = graphClient(served, await tenant.issueToken({ expiresIn: -1 }));
  const { statusCode, code } = await refusal(expired.api("/users").get());
  assertEquals([statusCode, code], [401, "InvalidAuthenticationToken"]);

  const claims = JSON.stringify({ access_token: { nbf: { essential: true, value: "1700000000" } } });
  tenant.fault({ kind: "claimsChallenge", claims });
  const challenged = await refusal(graphClient(served).api("/users").get());
  const [, asked] = /error="insufficient_claims", claims="([^"]+)"/.exec(
    challenged.headers!.get("www-authenticate")!,
  )!;
  assertEquals([challenged.statusCode, atob(asked!)], [401, claims]);
  const renewed = graphClient(served, await tenant.issueToken({ claims }));
  assertEquals((await renewed.api("/groups").get()).value.length, 3);
});
