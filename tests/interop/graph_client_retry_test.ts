import { assertEquals } from "../deps/assert.ts";
import { GraphError } from "../deps/microsoft_graph_client.ts";
import { rejection } from "../support/promises.ts";
import { graphClient, httpsTest } from "./support.ts";

const PHOTO = "/users/alex@contoso.com/photo/$value";

httpsTest("Microsoft's client waits and tries again where Graph throttles or is at fault", async (served) => {
  const { tenant } = served;
  for (const status of [429, 503, 504]) tenant.fault({ kind: "status", status, retryAfter: "0" });
  await graphClient(served).api(PHOTO).delete();
  assertEquals(
    tenant.requests.map(({ method, status, headers }) => [method, status, headers["retry-attempt"]]),
    [["DELETE", 429, undefined], ["DELETE", 503, "1"], ["DELETE", 504, "2"], ["DELETE", 200, "3"]],
  );
  assertEquals(tenant.directory.hasPhoto("alex@contoso.com"), false);
});

httpsTest("Microsoft's client understands a Retry-After that is a date", async (served) => {
  const { tenant } = served;
  tenant.fault({ kind: "status", status: 429, retryAfter: new Date(Date.now() - 1000).toUTCString() });
  const { value } = await graphClient(served).api("/users").top(1).get();
  assertEquals([value.length, tenant.requests.length], [1, 2]);
});

httpsTest("Microsoft's client gives up after its last attempt, with Graph's error", async (served) => {
  const { tenant } = served;
  tenant.fault({ kind: "status", status: 429, retryAfter: "0", times: Infinity });
  const error = await rejection(graphClient(served).api("/users").get());
  if (!(error instanceof GraphError)) throw error;
  assertEquals([error.statusCode, error.code, error.headers!.get("retry-after")], [
    429,
    "TooManyRequests",
    "0",
  ]);
  assertEquals(tenant.requests.length, 4);
});

httpsTest("Microsoft's client does not repeat what would fail again", async (served) => {
  const { tenant } = served;
  for (const status of [500, 502, 409]) {
    tenant.fault({ kind: "status", status });
    const error = await rejection(graphClient(served).api("/users").get());
    assertEquals(error instanceof GraphError && error.statusCode, status);
  }
  assertEquals(tenant.requests.length, 3);
});
