import { sampleDirectory } from "../../lib/emulator/mod.ts";
import { assertEquals } from "../deps/assert.ts";
import { NONE } from "../support/test.ts";
import { crc32 } from "node:zlib";

interface Chunk {
  type: string;
  data: Uint8Array<ArrayBuffer>;
  sum: number;
  computed: number;
}

function chunksOf(png: Uint8Array<ArrayBuffer>): Chunk[] {
  const view = new DataView(png.buffer, png.byteOffset);
  const chunks: Chunk[] = [];
  for (let at = 8; at < png.length;) {
    const length = view.getUint32(at);
    const typed = png.slice(at + 4, at + 8 + length);
    chunks.push({
      type: new TextDecoder().decode(typed.subarray(0, 4)),
      data: typed.slice(4),
      sum: view.getUint32(at + 8 + length),
      computed: crc32(typed),
    });
    at += 12 + length;
  }
  return chunks;
}

async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

Deno.test("`Directory.photo()` returns a valid PNG", NONE, async () => {
  const photo = sampleDirectory().photo("adele@contoso.com")!;
  assertEquals([photo.contentType, photo.width, photo.height], ["image/png", 48, 48]);
  const chunks = chunksOf(photo.bytes);
  assertEquals(chunks.map(({ type }) => type), ["IHDR", "PLTE", "tEXt", "IDAT", "IEND"]);
  for (const { type, sum, computed } of chunks) assertEquals(sum, computed, type);
  const [header, palette, , image] = chunks;
  assertEquals([...header!.data], [0, 0, 0, 48, 0, 0, 0, 48, 1, 3, 0, 0, 0]);
  assertEquals(palette!.data.length, 6);
  // The stream verifies the Adler-32 checksum.
  assertEquals((await inflate(image!.data)).length, 48 * (1 + 48 / 8));
});

Deno.test(
  "`Directory.photo()` returns a different photo for each user, and always the same one",
  NONE,
  () => {
    const directory = sampleDirectory({ users: 2000 });
    const photos = new Set([...directory.users].map(({ id }) => directory.photo(id)?.bytes.join() ?? ""));
    assertEquals(photos.size, directory.users.size);
    const again = sampleDirectory({ users: 1 });
    assertEquals(again.photo("user00001@contoso.com"), directory.photo("user00001@contoso.com"));
  },
);
