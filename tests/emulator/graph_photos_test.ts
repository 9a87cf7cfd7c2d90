import { assertEquals } from "../deps/assert.ts";
import { appClient, emulatorTest, graphClient, sendBatch } from "./support.ts";

/** The start of a JPEG of 3 × 2 pixels, including its frame header. */
const JPEG = Uint8Array.from([
  ...[0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0],
  ...[0xff, 0xc0, 0, 11, 8, 0, 2, 0, 3, 1, 1, 0x11, 0],
]);
const PATH = "/users/adele%40contoso.com/photo/$value";

for (const deleteStatus of [200, 204] as const) {
  Deno.test(
    emulatorTest(`\`DELETE photo/$value\` removes a photo once with ${deleteStatus}`, async (emulator) => {
      const app = await appClient(emulator);
      const first = await app("DELETE", PATH);
      assertEquals([first.status, first.text], [deleteStatus, ""]);
      assertEquals(emulator.directory.hasPhoto("adele@contoso.com"), false);
      const second = await app("DELETE", PATH);
      assertEquals([second.status, second.json.error.code], [404, "ImageNotFound"]);
      assertEquals((await app("GET", PATH)).status, 404);
    }, { deleteStatus }),
  );
}

Deno.test(emulatorTest("`DELETE photo/$value` removes photos of groups and of `/me`", async (emulator) => {
  const id = emulator.directory.groups[0]!.id;
  const adele = graphClient(emulator, await emulator.issueToken({ user: "adele@contoso.com" }));
  assertEquals((await adele("DELETE", `/groups/${id}/photo/$value`)).status, 200);
  assertEquals((await adele("DELETE", "/me/photo/$value")).status, 200);
  assertEquals(emulator.directory.hasPhoto(id), false);
  assertEquals(emulator.directory.hasPhoto("adele@contoso.com"), false);
}));

Deno.test(emulatorTest("`PUT photo/$value` stores the photo unchanged", async (emulator) => {
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
}));

Deno.test(emulatorTest("`PUT photo/$value` refuses invalid and large photos", async (emulator) => {
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
}));

Deno.test(
  emulatorTest("`GET photos` offers the sizes that the photo is not smaller than", async (emulator) => {
    const app = await appClient(emulator);
    const large = JPEG.slice();
    large.set([0, 250, 0, 125], 13); // height and width
    await app("PUT", PATH, { body: large, headers: { "content-type": "image/jpeg" } });
    const photos = PATH.replace("photo/$value", "photos");
    const { json } = await app("GET", photos);
    assertEquals(json.value.map(({ id }: { id: string }) => id), ["48X48", "64X64", "96X96", "120X120"]);
    assertEquals((await app("GET", `${photos}/120x120`)).json.width, 120);
    assertEquals((await app("GET", `${photos}/64x64/$value`)).bytes, large);
    const group = `/groups/${emulator.directory.groups[0]!.id}/photos/48x48/$value`;
    const cases: [path: string, status: number, code?: string][] = [
      [group, 200],
      [group.replaceAll("48", "64"), 404, "ImageNotFound"],
      [`${photos}/240x240/$value`, 404, "ImageNotFound"],
      [`${photos}/50x50`, 404, "ImageNotFound"],
      [`${photos}/48x64`, 400, "BadRequest"],
      ["/users/lee@contoso.com/photos", 404, "ImageNotFound"],
      ["/users/nobody@contoso.com/photos/48x48/$value", 404, "Request_ResourceNotFound"],
      ["/users/404-ImageNotFound@answers.contoso.com/photos/48x48/$value", 404, "ImageNotFound"],
    ];
    const { json: batch } = await sendBatch(
      app,
      cases.map(([url], index) => ({ id: String(index), method: "GET", url })),
    );
    for (const [index, [path, status, code]] of cases.entries()) {
      const response = await app("GET", path);
      assertEquals([response.status, response.json?.error.code], [status, code], path);
      const item = batch.responses.find(({ id }: { id: string }) => id === String(index));
      assertEquals([item.status, item.body.error?.code], [status, code], path);
      if (status === 200) assertEquals(item.body, response.bytes.toBase64());
    }
    assertEquals((await app("DELETE", `${photos}/48x48/$value`)).status, 405);
  }),
);
