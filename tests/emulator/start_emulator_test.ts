import { startEmulator } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertRejects } from "../deps/assert.ts";
import { appClient, emulatorTest, requestToken } from "./support.ts";

Deno.test(emulatorTest("`startEmulator()` returns its URL and the app's credentials", async (emulator) => {
  assertEquals(/^http:\/\/127\.0\.0\.1:\d+$/.test(emulator.url), true);
  assertEquals(emulator.cloud, { graph: emulator.url, authority: emulator.url });
  await using other = await startEmulator();
  assertEquals([other.tenantId, other.clientId], [emulator.tenantId, emulator.clientId]);
  assert(other.clientSecret !== emulator.clientSecret && other.url !== emulator.url);
  const foreign = await emulator.issueToken();
  const response = await fetch(`${other.url}/v1.0/users`, {
    headers: { authorization: `Bearer ${foreign}` },
  });
  await response.body?.cancel();
  assertEquals(response.status, 401);
}));

Deno.test(emulatorTest("`startEmulator()` rejects if the port is in use", async (emulator) => {
  const port = Number(new URL(emulator.url).port);
  await assertRejects(() => startEmulator({ port }), Error);
}));

Deno.test(
  emulatorTest("`Emulator.shutdown()` closes connections and can be called again", async (emulator) => {
    const app = await appClient(emulator);
    await app("GET", "/users");
    await emulator.shutdown();
    await emulator.shutdown();
    await assertRejects(() => app("GET", "/users"), TypeError);
    await using again = await startEmulator({ port: Number(new URL(emulator.url).port) });
    assertEquals(again.url, emulator.url);
  }),
);

Deno.test(emulatorTest("`latency` delays responses of Graph, not of sign-in", async (emulator) => {
  await (await appClient(emulator))("GET", "/users");
  await requestToken(emulator, { client_secret: emulator.clientSecret });
  const [graph, token] = emulator.requests.map(({ receivedAt, answeredAt }) => answeredAt! - receivedAt);
  assert(graph! >= 79, String(graph));
  assert(token! < 79, String(token));
}, { latency: 80 }));

Deno.test(emulatorTest("`Emulator.shutdown()` discards delayed responses", async (emulator) => {
  const app = await appClient(emulator);
  const arrived = Promise.withResolvers<void>();
  emulator.fault({ kind: "status", status: 500, match: () => (arrived.resolve(), true) });
  const delayed = assertRejects(() => app("GET", "/users"), TypeError);
  await arrived.promise;
  await emulator.shutdown();
  await delayed;
}, { latency: 60_000 }));
