import { startEmulator } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertRejects } from "../deps/assert.ts";
import { appClient, emulatorTest, requestToken } from "./support.ts";

emulatorTest("`startEmulator()` says where it is and how to sign in", async (emulator) => {
  assertEquals(/^http:\/\/127\.0\.0\.1:\d+$/.test(emulator.url), true);
  assertEquals(emulator.cloud, { graph: emulator.url, authority: emulator.url });
  await using other = await startEmulator();
  assertEquals([other.tenantId, other.clientId], [emulator.tenantId, emulator.clientId]);
  assert(other.clientSecret !== emulator.clientSecret && other.url !== emulator.url);
  const foreign = await emulator.issueToken();
  const answer = await fetch(`${other.url}/v1.0/users`, { headers: { authorization: `Bearer ${foreign}` } });
  await answer.body?.cancel();
  assertEquals(answer.status, 401);
});

emulatorTest("`startEmulator()` rejects when the port is taken", async (emulator) => {
  const port = Number(new URL(emulator.url).port);
  await assertRejects(() => startEmulator({ port }), Error);
});

emulatorTest("`Emulator.shutdown()` ends connections and can be called again", async (emulator) => {
  const app = await appClient(emulator);
  await app("GET", "/users");
  await emulator.shutdown();
  await emulator.shutdown();
  await assertRejects(() => app("GET", "/users"), TypeError);
  await using again = await startEmulator({ port: Number(new URL(emulator.url).port) });
  assertEquals(again.url, emulator.url);
});

emulatorTest("`latency` delays Graph's answers, not sign-in's", async (emulator) => {
  await (await appClient(emulator))("GET", "/users");
  await requestToken(emulator, { client_secret: emulator.clientSecret });
  const [graph, token] = emulator.requests.map(({ receivedAt, answeredAt }) => answeredAt! - receivedAt);
  assert(graph! >= 79, String(graph));
  assert(token! < 79, String(token));
}, { latency: 80 });

emulatorTest("`Emulator.shutdown()` forgets delayed answers", async (emulator) => {
  const app = await appClient(emulator);
  const arrived = Promise.withResolvers<void>();
  emulator.fault({ kind: "status", status: 500, match: () => (arrived.resolve(), true) });
  const delayed = assertRejects(() => app("GET", "/users"), TypeError);
  await arrived.promise;
  await emulator.shutdown();
  await delayed;
}, { latency: 60_000 });
