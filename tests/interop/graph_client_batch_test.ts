import { assertEquals } from "../deps/assert.ts";
import { BatchRequestContent, BatchResponseContent, type Client } from "../deps/microsoft_graph_client.ts";
import { graphClient, httpsTest, type Served } from "./support.ts";

const photo = (key: string) => `/users/${encodeURIComponent(key)}/photo/$value`;

/** A request as the client's batch helper takes it: with a whole URL, which it strips of its host. */
const step = ({ tenant }: Served, id: number, method: string, path: string, init: RequestInit = {}) => ({
  id: String(id),
  request: new Request(`${tenant.url}${path}`, { method, ...init }),
});

async function send(client: Client, batch: BatchRequestContent): Promise<BatchResponseContent> {
  return new BatchResponseContent(await client.api("/$batch").post(await batch.getContent()));
}

httpsTest(
  "Microsoft's batch helper sends twenty requests, and finds each one's own answer",
  async (served) => {
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
  },
);

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
});

httpsTest("Microsoft's client sends a throttled batch again as a whole", async (served) => {
  const { tenant } = served;
  tenant.fault({ kind: "status", status: 429, retryAfter: "0", on: "batch" });
  const batch = new BatchRequestContent([step(served, 1, "DELETE", photo("alex@contoso.com"))]);
  const answers = await send(graphClient(served), batch);
  assertEquals([answers.getResponseById("1").status, tenant.counts.batch], [200, 2]);
});
