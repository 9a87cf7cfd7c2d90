import { sampleDirectory } from "../../lib/emulator/mod.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { appClient, call, emulatorTest, graphClient, sendBatch } from "./support.ts";

interface Item {
  id: string;
  status: number;
  headers: Record<string, string>;
  // deno-lint-ignore no-explicit-any
  body?: any;
}

const byId = (responses: Item[]) => Object.fromEntries(responses.map((item) => [item.id, item]));
const photo = (key: string) => `/users/${encodeURIComponent(key)}/photo/$value`;
const remove = (id: string, key: string) => ({ id, method: "DELETE", url: photo(key) });

Deno.test(emulatorTest("`$batch` has a response for each item", async (emulator) => {
  const app = await appClient(emulator);
  const { status, json } = await sendBatch(app, [
    remove("a", "alex@contoso.com"),
    remove("b", "lee@contoso.com"),
    remove("c", "nobody@contoso.com"),
    { id: "d", method: "GET", url: photo("adele@contoso.com") },
    { id: "e", method: "GET", url: "/me" },
    { id: "f", method: "get", url: "users/adele%40contoso.com?$select=displayName" },
    { id: "g", method: "POST", url: "/$batch", headers: { "Content-Type": "application/json" }, body: {} },
    { id: "h", method: "GET", url: "https://graph.microsoft.com/v1.0/users" },
  ]);
  assertEquals(status, 200);
  const { a, b, c, d, e, f, g, h } = byId(json.responses);
  assertEquals([a!.status, a!.body], [200, undefined]);
  assertEquals([b!.status, b!.body.error.code], [404, "ImageNotFound"]);
  assertEquals([c!.status, c!.body.error.code], [404, "Request_ResourceNotFound"]);
  assertEquals([d!.status, d!.headers["Content-Type"]], [200, "image/png"]);
  assertEquals(Uint8Array.fromBase64(d!.body), emulator.directory.photo("adele@contoso.com")!.bytes);
  assertEquals([e!.status, f!.status, g!.status, h!.status], [400, 200, 400, 400]);
  assertEquals(f!.body.displayName, "Adele Vance");
  assert(a!.headers["request-id"]);
  assertEquals(emulator.directory.hasPhoto("alex@contoso.com"), false);
}));

Deno.test(
  emulatorTest("`$batch` executes a request after those it depends on, if they succeed", async (emulator) => {
    const { json } = await sendBatch(await appClient(emulator), [
      { ...remove("again", "alex@contoso.com"), dependsOn: ["FIRST"] },
      { ...remove("first", "alex@contoso.com"), dependsOn: [] },
      { ...remove("third", "diego@contoso.com"), dependsOn: ["first", "again"] },
      { ...remove("fourth", "grady@contoso.com"), dependsOn: ["third"] },
    ]);
    const { first, again, third, fourth } = byId(json.responses);
    assertEquals([first!.status, again!.status, third!.status, fourth!.status], [200, 404, 424, 424]);
    assertEquals(third!.body.error.code, "FailedDependency");
    assertEquals(emulator.directory.hasPhoto("diego@contoso.com"), true);
  }),
);

Deno.test(emulatorTest("`$batch` accepts photos in base64", async (emulator) => {
  const app = await appClient(emulator);
  const image = emulator.directory.photo("adele@contoso.com")!.bytes;
  const put = (id: string, body: unknown) => ({
    id,
    method: "PUT",
    url: photo("lee@contoso.com"),
    headers: { "Content-Type": "image/png" },
    body,
  });
  const { json } = await sendBatch(app, [
    put("1", image.toBase64()),
    put("2", `${image.toBase64()}!!!!`),
    put("3", { a: 1 }),
  ]);
  const { 1: one, 2: two, 3: three } = byId(json.responses);
  assertEquals([one!.status, two!.status, three!.status], [200, 400, 400]);
  assertEquals(emulator.directory.photo("lee@contoso.com")!.bytes, image);
}));

Deno.test(emulatorTest("`$batch` refuses a malformed batch as a whole", async (emulator) => {
  const app = await appClient(emulator);
  const json = { "content-type": "application/json" };
  const get = (id: unknown) => ({ id, method: "GET", url: "/users" });
  const requests = (list: unknown) => JSON.stringify({ requests: list });
  const cases: [body: string, code: string, headers?: HeadersInit][] = [
    ["", "BadRequest"],
    ["{", "BadRequest"],
    ["[]", "BadRequest"],
    ["{}", "BadRequest"],
    [requests([]), "BadRequest"],
    [requests([null]), "BadRequest"],
    [requests([get(1)]), "BadRequest"],
    [requests([get("")]), "BadRequest"],
    [requests([get("a"), get("A")]), "BadRequest"],
    [requests([{ id: "1", method: "GET" }]), "BadRequest"],
    [requests([{ id: "1", url: "/users" }]), "BadRequest"],
    [requests([{ id: "1", method: "PUT", url: "/users", body: "" }]), "BadRequest"],
    [requests([remove("1", "alex@contoso.com"), get("1")]), "BadRequest"],
    [requests([remove("1", "alex@contoso.com"), { ...get("2"), dependsOn: ["3"] }]), "BadRequest"],
    [requests([remove("1", "alex@contoso.com"), { ...get("2"), dependsOn: ["2"] }]), "BadRequest"],
    [requests([remove("1", "alex@contoso.com"), { ...get("2"), dependsOn: "1" }]), "BadRequest"],
    [requests(Array.from({ length: 21 }, (_, at) => get(String(at)))), "MaximumValueExceeded"],
    [requests([get("1")]), "BadRequest", { "content-type": "text/plain" }],
  ];
  for (const [body, code, headers = json] of cases) {
    const response = await app("POST", "/$batch", { body, headers });
    assertEquals([response.status, response.json.error.code], [400, code], body.slice(0, 80));
  }
  assertEquals(emulator.directory.hasPhoto("alex@contoso.com"), true);
  const twenty = await sendBatch(app, Array.from({ length: 20 }, (_, at) => get(String(at))));
  assertEquals([twenty.status, twenty.json.responses.length], [200, 20]);
}));

Deno.test(emulatorTest("`$batch` requires a token, and uses it for its items", async (emulator) => {
  const body = JSON.stringify({ requests: [remove("1", "alex@contoso.com")] });
  const headers = { "content-type": "application/json" };
  const none = await call(`${emulator.url}/v1.0/$batch`, { method: "POST", body, headers });
  assertEquals([none.status, none.json.error.code], [401, "InvalidAuthenticationToken"]);
  const weak = graphClient(emulator, await emulator.issueToken({ roles: ["User.Read.All"] }));
  const response = await sendBatch(weak, [remove("1", "alex@contoso.com")]);
  assertEquals(response.json.responses.map(({ status }: Item) => status), [403]);
}));

Deno.test(emulatorTest("`$batch` returns responses in random order", async (emulator) => {
  const app = await appClient(emulator);
  const ids = Array.from({ length: 20 }, (_, at) => String(at + 1));
  const { json } = await sendBatch(app, ids.map((id) => ({ id, method: "GET", url: "/users?$top=1" })));
  const order = json.responses.map(({ id }: Item) => id);
  assert(order.join() !== ids.join());
  assertEquals(order.toSorted((a: string, b: string) => Number(a) - Number(b)), ids);
}));

Deno.test(emulatorTest("`$batch` cannot delete photos if `allowBatchDelete` is false", async (emulator) => {
  const app = await appClient(emulator);
  const { json } = await sendBatch(app, [
    remove("1", "alex@contoso.com"),
    { id: "2", method: "GET", url: photo("alex@contoso.com") },
  ]);
  const { 1: one, 2: two } = byId(json.responses);
  assertEquals([one!.status, one!.body.error.code, two!.status], [405, "MethodNotAllowed", 200]);
  assertEquals((await app("DELETE", photo("alex@contoso.com"))).status, 200);
}, { allowBatchDelete: false }));

Deno.test(emulatorTest("`$batch` removes 2,000 photos in 100 requests", async (emulator) => {
  const app = await appClient(emulator);
  const users = [...emulator.directory.users].slice(-2000);
  for (let at = 0; at < users.length; at += 20) {
    await sendBatch(app, users.slice(at, at + 20).map(({ id }, index) => remove(String(index), id)));
  }
  assertEquals(users.filter(({ id }) => emulator.directory.hasPhoto(id)), []);
  assertEquals(emulator.counts, { graph: 100, batch: 100, items: 2000, token: 0, throttled: 0 });
  assertEquals(emulator.requests, []);
}, { directory: sampleDirectory({ users: 2000 }), recordRequests: false }));
