import { Directory, sampleDirectory } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertMatch } from "../deps/assert.ts";
import {
  BatchRequestContent,
  BatchResponseContent,
  type Client,
  GraphError,
  PageIterator,
  ResponseType,
} from "../deps/microsoft_graph_client.ts";
import { rejection } from "../support/promises.ts";
import { graphClient, httpsTest, type Served } from "./support.ts";

const photo = (key: string) => `/users/${encodeURIComponent(key)}/photo/$value`;

async function refusal(asked: Promise<unknown>): Promise<GraphError> {
  const error = await rejection(asked);
  assert(error instanceof GraphError, String(error));
  return error;
}

/** The ids of everything behind a link, by the client's own iterator; with a filter, by an advanced query. */
async function allIds(client: Client, path: string, filter?: string): Promise<string[]> {
  const ids: string[] = [];
  const headers: Record<string, string> = filter ? { ConsistencyLevel: "eventual" } : {};
  const query = client.api(path).headers(headers).top(20).select(["id", "displayName"]);
  const first = await (filter ? query.count(true).filter(filter) : query).get();
  const pages = new PageIterator(client, first, ({ id }) => ids.push(id) > 0, { headers });
  await pages.iterate();
  assertEquals(pages.isComplete(), true);
  if (filter) assertEquals(first["@odata.count"], ids.length);
  return ids;
}

Deno.test(httpsTest("Microsoft's client lists users and groups, page by page", async (served) => {
  const { directory, requests } = served.tenant;
  const client = graphClient(served);
  assertEquals(await allIds(client, "/users"), [...directory.users].map(({ id }) => id));
  assertEquals(requests.length, 4, "58 users, 20 a page, and sign-in takes no part");
  assertEquals(await allIds(client, "/groups"), directory.groups.map(({ id }) => id));
}, { directory: sampleDirectory({ users: 50 }) }));

/** A directory of 100 generated users, the first of whom are all that there is in the second group. */
function retail(members: number): Directory {
  const { users, groups, signedInUser } = sampleDirectory({ users: 100 });
  const names = users.slice(18, 18 + members).map(({ userPrincipalName }) => userPrincipalName);
  return new Directory({
    users: users.slice(0, 18),
    groups: groups.map((group, index) => index === 1 ? { ...group, members: names } : group),
    signedInUser: signedInUser.id,
    generatedUsers: 100,
  });
}

Deno.test(
  httpsTest("Microsoft's client pages through what a filter finds, and a group's members", async (served) => {
    const { directory, requests } = served.tenant;
    const { users, groups } = directory;
    const client = graphClient(served);
    const disabled = users.slice(18, users.size).filter(({ accountEnabled }) => !accountEnabled);
    const filter = "not(accountEnabled eq true) and startsWith(userPrincipalName,'user0')";
    assertEquals(await allIds(client, "/users", filter), disabled.map(({ id }) => id));
    assertEquals(requests.length, 2, "30 users, 20 a page");
    const members = `/groups/${groups[1]!.id}/transitiveMembers`;
    assertEquals(await allIds(client, members), groups[1]!.members!.map((name) => users.get(name)!.id));
    assertEquals(requests.length, 4, "21 members, 20 a page");
    const found = await allIds(client, `${members}/microsoft.graph.user`, "accountEnabled eq true");
    assertEquals(found.length, 15);
  }, { directory: retail(21) }),
);

Deno.test(httpsTest("Microsoft's client reads, removes and puts back a photo", async (served) => {
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
}));

Deno.test(httpsTest("Microsoft's client makes its errors of what Graph refuses", async (served) => {
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
}));

Deno.test(
  httpsTest(
    "Microsoft's client waits and tries again where Graph throttles or is at fault",
    async (served) => {
      const { tenant } = served;
      for (const status of [429, 503, 504]) tenant.fault({ kind: "status", status, retryAfter: "0" });
      await graphClient(served).api(photo("alex@contoso.com")).delete();
      assertEquals(
        tenant.requests.map(({ method, status, headers }) => [method, status, headers["retry-attempt"]]),
        [["DELETE", 429, undefined], ["DELETE", 503, "1"], ["DELETE", 504, "2"], ["DELETE", 200, "3"]],
      );
      assertEquals(tenant.directory.hasPhoto("alex@contoso.com"), false);
    },
  ),
);

Deno.test(httpsTest("Microsoft's client understands a Retry-After that is a date", async (served) => {
  const { tenant } = served;
  tenant.fault({ kind: "status", status: 429, retryAfter: new Date(Date.now() - 1000).toUTCString() });
  const { value } = await graphClient(served).api("/users").top(1).get();
  assertEquals([value.length, tenant.requests.length], [1, 2]);
}));

/** A request as the client's batch helper takes it: with a whole URL, which it strips of its host. */
const step = ({ tenant }: Served, id: number, method: string, path: string, init: RequestInit = {}) => ({
  id: String(id),
  request: new Request(`${tenant.url}${path}`, { method, ...init }),
});

async function send(client: Client, batch: BatchRequestContent): Promise<BatchResponseContent> {
  return new BatchResponseContent(await client.api("/$batch").post(await batch.getContent()));
}

Deno.test(
  httpsTest("Microsoft's batch helper sends twenty requests and finds each response", async (served) => {
    const { tenant } = served;
    const { directory } = tenant;
    const removed = ["adele", "alex", "diego", "grady", "henrietta", "isaiah", "johanna", "joni", "lidia"]
      .map((name) => `${name}@contoso.com`);
    const [marketing, retail, operations] = directory.groups;
    const image = directory.photo("patti@contoso.com")!.bytes;
    const plan: [method: string, path: string, expected: unknown[], init?: RequestInit][] = [
      ...removed.map((key): [string, string, unknown[]] => ["DELETE", photo(key), [200, undefined]]),
      ["DELETE", `/groups/${marketing!.id}/photo/$value`, [200, undefined]],
      ["DELETE", photo("lee@contoso.com"), [404, "ImageNotFound"]],
      ["DELETE", photo("nobody@contoso.com"), [404, "Request_ResourceNotFound"]],
      ["DELETE", `/groups/${operations!.id}/photo/$value`, [404, "ImageNotFound"]],
      ["DELETE", photo("lynne@contoso.com"), [429, "TooManyRequests"]],
      ["GET", "/me", [400, "BadRequest"]],
      ["GET", "/users/megan@contoso.com?$select=displayName", [200, "Megan Bowen"]],
      ["GET", `/groups/${retail!.id}`, [200, "Retail"]],
      ["GET", photo("patti@contoso.com"), [200, image.toBase64()]],
      ["PUT", photo("lee@contoso.com"), [200, undefined], {
        body: image,
        headers: { "content-type": "image/png" },
      }],
      ["PUT", photo("nestor@contoso.com"), [400, "BadRequest"], {
        body: "no image",
        headers: { "content-type": "image/png" },
      }],
    ];
    tenant.fault({ kind: "status", on: "item", status: 429, retryAfter: "7", match: { path: "lynne" } });
    const batch = new BatchRequestContent(
      plan.map(([method, path, , init], at) => step(served, at, method, path, init)),
    );
    const answers = await send(graphClient(served), batch);

    assertEquals(plan.length, 20);
    for (const [at, [method, path, expected]] of plan.entries()) {
      const answer = answers.getResponseById(String(at));
      const text = await answer.text();
      const json = answer.headers.get("content-type")?.includes("json") ? JSON.parse(text) : undefined;
      const said = json ? json.error?.code ?? json.displayName : text || undefined;
      assertEquals([answer.status, said], expected, `${method} ${path}`);
      assertEquals(answer.headers.get("retry-after"), answer.status === 429 ? "7" : null);
    }
    assertEquals(removed.filter((key) => directory.hasPhoto(key)), []);
    assertEquals(directory.hasPhoto("lynne@contoso.com"), true);
    assertEquals(directory.photo("lee@contoso.com")!.bytes, image);
    assertEquals([tenant.counts.batch, tenant.counts.items], [1, 20]);
  }),
);

Deno.test(
  httpsTest("Microsoft's batch helper orders requests, and one that fails ends the row", async (served) => {
    const { directory } = served.tenant;
    const batch = new BatchRequestContent([
      step(served, 1, "DELETE", photo("alex@contoso.com")),
      step(served, 2, "GET", photo("alex@contoso.com")),
      step(served, 3, "DELETE", photo("diego@contoso.com")),
    ]);
    batch.addDependency("2");
    batch.addDependency("3");
    const answers = await send(graphClient(served), batch);
    assertEquals(["1", "2", "3"].map((id) => answers.getResponseById(id).status), [200, 404, 424]);
    assertEquals(directory.hasPhoto("diego@contoso.com"), true);
  }),
);

Deno.test(httpsTest("Microsoft's client sends a throttled batch again as a whole", async (served) => {
  const { tenant } = served;
  tenant.fault({ kind: "status", status: 429, retryAfter: "0", on: "batch" });
  const batch = new BatchRequestContent([step(served, 1, "DELETE", photo("alex@contoso.com"))]);
  const answers = await send(graphClient(served), batch);
  assertEquals([answers.getResponseById("1").status, tenant.counts.batch], [200, 2]);
}));
