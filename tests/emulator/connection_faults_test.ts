import type { Emulator } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../deps/assert.ts";
import { appClient, emulatorTest, sendBatch } from "./support.ts";

const PATH = "/users/alex%40contoso.com/photo/$value";
const hasPhoto = ({ directory }: Emulator) => directory.hasPhoto("alex@contoso.com");

for (const [kind, message] of [["drop", ""], ["reset", "reset"]] as const) {
  Deno.test(
    emulatorTest(`The fault \`${kind}\` loses the connection without a response`, async (emulator) => {
      const app = await appClient(emulator);
      for (const applied of [false, true]) {
        emulator.fault({ kind, applied });
        const error = await assertRejects(() => app("DELETE", PATH), TypeError);
        assertStringIncludes(String(error.cause), message);
        assertEquals(hasPhoto(emulator), !applied);
      }
      const records = emulator.requests.map(({ status, answeredAt }) => [status, answeredAt]);
      assertEquals(records, [[null, null], [null, null]]);
    }),
  );
}

Deno.test(emulatorTest("The fault `drop` reaches clients that reuse connections", async (emulator) => {
  const app = await appClient(emulator);
  for (let round = 0; round < 5; round++) await Promise.all([1, 2, 3, 4].map(() => app("GET", PATH)));
  emulator.fault({ kind: "drop", rate: 0.3 });
  let lost = 0;
  const remove = () => app("DELETE", PATH).catch(() => lost++);
  for (let round = 0; round < 20; round++) await Promise.all([remove(), remove(), remove(), remove()]);
  const dropped = emulator.requests.slice(20).filter(({ status }) => status === null);
  assertEquals([emulator.requests.length, dropped.length], [100, lost]);
  assert(lost > 10);
}));

Deno.test(emulatorTest("The fault `truncate` fails while the body is read", async (emulator) => {
  const token = await emulator.issueToken();
  for (const method of ["GET", "DELETE"]) {
    emulator.fault({ kind: "truncate" });
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${emulator.url}/v1.0${PATH}`, { method, headers });
    assertEquals(response.status, 200);
    await assertRejects(() => response.arrayBuffer(), TypeError);
  }
  assertEquals(hasPhoto(emulator), false);
}));

/** Faults whose bodies do not end, and how many bytes to read before canceling. */
const ENDLESS = [["stallBody", 0], ["drip", 3], ["endless", 2 ** 20]] as const;

for (const [kind, length] of ENDLESS) {
  Deno.test(emulatorTest(`The fault \`${kind}\` sends a body without end`, async (emulator) => {
    const token = await emulator.issueToken();
    emulator.fault({ kind });
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${emulator.url}/v1.0${PATH}`, { method: "DELETE", headers });
    assertEquals([response.status, hasPhoto(emulator), emulator.requests[0]!.status], [200, false, 200]);
    const reader = response.body!.getReader();
    for (let read = 0; read < length;) read += (await reader.read()).value!.length;
    await reader.cancel();
  }));
}

Deno.test(emulatorTest("The fault `stall` ends when the client disconnects", async (emulator) => {
  const app = await appClient(emulator);
  for (const applied of [false, true]) {
    const controller = new AbortController();
    emulator.fault({ kind: "stall", applied, match: () => (controller.abort(), true) });
    await assertRejects(() => app("DELETE", PATH, { signal: controller.signal }), DOMException);
    await app("GET", "/users");
    assertEquals(hasPhoto(emulator), !applied);
  }
}));

Deno.test(emulatorTest("The fault `stall` ends at shutdown", async (emulator) => {
  const app = await appClient(emulator);
  const arrived = Promise.withResolvers<void>();
  emulator.fault({ kind: "stall", match: () => (arrived.resolve(), true) });
  const stalled = assertRejects(() => app("GET", PATH), TypeError);
  await arrived.promise;
  await emulator.shutdown();
  await stalled;
}));

Deno.test(emulatorTest("The fault `drop` with `applied` executes the items of a batch", async (emulator) => {
  const app = await appClient(emulator);
  const items = [{ id: "1", method: "DELETE", url: PATH }, { id: "2", method: "GET", url: "/users" }];
  emulator.fault({ on: "batch", kind: "drop", applied: true });
  await assertRejects(() => sendBatch(app, items), TypeError);
  assertEquals(hasPhoto(emulator), false);
  const records = emulator.requests.map(({ status, answeredAt }) => [status, answeredAt]);
  assertEquals(records, [[null, null], [200, null], [200, null]]);
}));
