import { assertEquals } from "../deps/assert.ts";
import { appClient, emulatorTest, graphClient } from "./support.ts";

/** The start of a JPEG of 3 × 2 pixels, including its frame header. */
const JPEG = Uint8Array.from([
  ...[0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0],
  ...[0xff, 0xc0, 0, 11, 8, 0, 2, 0, 3, 1, 1, 0x11, 0],
]);
const PATH = "/users/adele%40contoso.com/photo/$value";

for (const deleteStatus of [200, 204] as const) {
  emulatorTest(`\`DELETE photo/$value\` removes a photo once with ${deleteStatus}`, async (emulator) => {
    const app = await appClient(emulator);
    const first = await app("DELETE", PATH);
    assertEquals([first.status, first.text], [deleteStatus, ""]);
    assertEquals(emulator.directory.hasPhoto("adele@contoso.com"), false);
    const second = await app("DELETE", PATH);
    assertEquals([second.status, second.json.error.code], [404, "ImageNotFound"]);
    assertEquals((await app("GET", PATH)).status, 404);
  }, { deleteStatus });
}

emulatorTest("`DELETE photo/$value` removes photos of groups and of `/me`", async (emulator) => {
  const id = emulator.directory.groups[0]!.id;
  const adele = graphClient(emulator, await emulator.issueToken({ user: "adele@contoso.com" }));
  assertEquals((await adele("DELETE", `/groups/${id}/photo/$value`)).status, 200);
  assertEquals((await adele("DELETE", "/me/photo/$value")).status, 200);
  assertEquals(emulator.directory.hasPhoto(id), false);
  assertEquals(emulator.directory.hasPhoto("adele@contoso.com"), false);
});

emulatorTest("`PUT photo/$value` stores the photo unchanged", async (emulator) => {
  const app = await appClient(emulator);
  const photo = emulator.directory.photo("alex@contoso.com")!.bytes;
  const cases = [["image/png", photo, "48X48"], ["image/jpeg", JPEG, "3X2"]] as const;
  for (const [type, body, id] of cases) {
    const put = await app("PUT", PATH, { body, headers: { "content-type": type } });
    assertEquals([put.status, put.text], [200, ""]);
    const got = await app("GET", PATH);
    assertEquals([got.headers.get("content-type"), got.bytes], [type, body]);
    assertEquals((await app("GET", "/users/adele%40contoso.com/photo")).json.id, id);
  }
});

emulatorTest("`PUT photo/$value` refuses invalid and large photos", async (emulator) => {
  const app = await appClient(emulator);
  const large = new Uint8Array(4 * 1024 * 1024 + 1);
  large.set(JPEG);
  const cases: [type: string, body: Uint8Array<ArrayBuffer>, status: number][] = [
    ["text/plain", JPEG, 415],
    ["image/gif", JPEG, 415],
    ["image/png", new Uint8Array(), 400],
    ["image/jpeg", new Uint8Array([0xff, 0xd8, 0xff]), 400],
    ["image/jpeg", large.slice(0, -1), 200],
    ["image/jpeg", large, 413],
  ];
  for (const [type, body, status] of cases) {
    const response = await app("PUT", PATH, { body, headers: { "content-type": type } });
    assertEquals(response.status, status, `${type}, ${body.length} bytes`);
  }
});
