import type { Emulator } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../deps/assert.ts";
import { appClient, emulatorTest, sendBatch } from "./support.ts";

const PATH = "/users/alex%40contoso.com/photo/$value";
const hasPhoto = ({ directory }: Emulator) => directory.hasPhoto("alex@contoso.com");

emulatorTest("A dropped connection gives the client no answer", async (emulator) => {
  const app = await appClient(emulator);
  emulator.fault({ kind: "drop" });
  await assertRejects(() => app("DELETE", PATH), TypeError);
  assertEquals(hasPhoto(emulator), true);
  emulator.fault({ kind: "drop", applied: true });
  await assertRejects(() => app("DELETE", PATH), TypeError);
  assertEquals(hasPhoto(emulator), false);
  assertEquals(emulator.requests.map(({ status, answeredAt }) => [status, answeredAt]), [[null, null], [
    null,
    null,
  ]]);
});

emulatorTest(
  "A dropped connection is seen as such even where a client keeps connections",
  async (emulator) => {
    const app = await appClient(emulator);
    for (let round = 0; round < 5; round++) await Promise.all([1, 2, 3, 4].map(() => app("GET", PATH)));
    emulator.fault({ kind: "drop", rate: 0.3 });
    let lost = 0;
    const ask = () => app("DELETE", PATH).catch(() => lost++);
    for (let round = 0; round < 20; round++) await Promise.all([ask(), ask(), ask(), ask()]);
    const dropped = emulator.requests.slice(20).filter(({ status }) => status === null);
    assertEquals([emulator.requests.length, dropped.length], [100, lost]);
    assert(lost > 10);
  },
);

emulatorTest("A truncated answer fails while its body is read", async (emulator) => {
  const token = await emulator.issueToken();
  for (const method of ["GET", "DELETE"]) {
    emulator.fault({ kind: "truncate" });
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${emulator.url}/v1.0${PATH}`, { method, headers });
    assertEquals(response.status, 200);
    await assertRejects(() => response.arrayBuffer(), TypeError);
  }
  assertEquals(hasPhoto(emulator), false);
});

emulatorTest("A reset connection gives the client no answer", async (emulator) => {
  const app = await appClient(emulator);
  for (const applied of [false, true]) {
    emulator.fault({ kind: "reset", applied });
    const error = await assertRejects(() => app("DELETE", PATH), TypeError);
    assertStringIncludes(String(error.cause), "reset");
    assertEquals(hasPhoto(emulator), !applied);
  }
});

/** Bodies that do not end, and how much of one is read before the client goes. */
const UNENDING = [["stallBody", 0], ["drip", 3], ["endless", 2 ** 20]] as const;

for (const [kind, length] of UNENDING) {
  emulatorTest(`An answer with the fault ${kind} begins and does not end`, async (emulator) => {
    const token = await emulator.issueToken();
    emulator.fault({ kind });
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${emulator.url}/v1.0${PATH}`, { method: "DELETE", headers });
    assertEquals([response.status, hasPhoto(emulator), emulator.requests[0]!.status], [200, false, 200]);
    const reader = response.body!.getReader();
    for (let read = 0; read < length;) read += (await reader.read()).value!.length;
    await reader.cancel();
  });
}

emulatorTest("A stalled request ends when the client goes", async (emulator) => {
  const app = await appClient(emulator);
  for (const applied of [false, true]) {
    const going = new AbortController();
    emulator.fault({ kind: "stall", applied, match: () => (going.abort(), true) });
    await assertRejects(() => app("DELETE", PATH, { signal: going.signal }), DOMException);
    await app("GET", "/users");
    assertEquals(hasPhoto(emulator), !applied);
  }
});

emulatorTest("A stalled request ends at shutdown", async (emulator) => {
  const app = await appClient(emulator);
  const arrived = Promise.withResolvers<void>();
  emulator.fault({ kind: "stall", match: () => (arrived.resolve(), true) });
  const stalled = assertRejects(() => app("GET", PATH), TypeError);
  await arrived.promise;
  await emulator.shutdown();
  await stalled;
});

emulatorTest("A batch that is lost after it ran has done its work", async (emulator) => {
  const app = await appClient(emulator);
  const items = [{ id: "1", method: "DELETE", url: PATH }, { id: "2", method: "GET", url: "/users" }];
  emulator.fault({ on: "batch", kind: "drop", applied: true });
  await assertRejects(() => sendBatch(app, items), TypeError);
  assertEquals(hasPhoto(emulator), false);
  const seen = emulator.requests.map(({ status, answeredAt }) => [status, answeredAt]);
  assertEquals(seen, [[null, null], [200, null], [200, null]]);
});
