import { sha256 } from "../../lib/backup/backup_store.ts";
import { type BackupStore, removeProfilePhotos, restoreProfilePhotos } from "../../mod.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { PENDING, settledNow } from "../support/promises.ts";
import { NONE } from "../support/test.ts";
import { users } from "../support/users.ts";

const MANY = users(40);
const SIZE = 4 * 2 ** 20;

/** A JPEG of 4 MiB; all that hold it share its memory. */
const PHOTO = new Uint8Array(SIZE);
PHOTO.set([0xff, 0xd8, 0xff, 0xda]);
PHOTO.set([0xff, 0xd9], SIZE - 2);

const never = () => new Promise<never>(() => {});

/** What is asked for until nothing more happens. */
async function countUntilStill(results: AsyncIterable<unknown>, count: () => number): Promise<number> {
  const next = results[Symbol.asyncIterator]().next();
  for (let last = -1; last !== count();) {
    last = count();
    for (let turn = 0; turn < 50; turn++) assertEquals(await settledNow(next), PENDING);
  }
  return count();
}

Deno.test("a backup has 32 MiB of photos in memory at most while they are being saved", NONE, async () => {
  let downloads = 0;
  const fetch = () => {
    downloads++;
    return Promise.resolve({
      status: 200,
      headers: new Headers({ "content-type": "image/jpeg", "content-length": `${SIZE}` }),
      bytes: () => Promise.resolve(PHOTO),
    } as Response);
  };
  const backup = { save: never } as unknown as BackupStore;
  const options = { credential: "token", fetch, backup, concurrency: 20 };
  const count = await countUntilStill(removeProfilePhotos(MANY, options), () => downloads);
  assert(count >= 4 && count <= 8, `${count} photos of 4 MiB`); // the first ones make it expect larger ones
});

Deno.test(
  "a restore has 32 MiB of photos in memory at most while they are being uploaded",
  NONE,
  async () => {
    let reads = 0;
    const entry = {
      file: "f.jpg",
      contentType: "image/jpeg",
      size: SIZE,
      sha256: await sha256(PHOTO),
      time: "",
    };
    const backup = {
      async *entries() {
        for (const target of MANY) yield { target, ...entry };
      },
      read() {
        reads++;
        return Promise.resolve(PHOTO);
      },
    } as unknown as BackupStore;
    const absent = {
      error: { code: "ImageNotFound", message: "Exception of type 'ImageNotFoundException'" },
    };
    const fetch = (_input: string | URL | Request, { method }: RequestInit = {}) =>
      method === "PUT" ? never() : Promise.resolve(Response.json(absent, { status: 404 }));
    const options = { credential: "token", fetch, batchSize: 1, concurrency: 20 };
    assertEquals(await countUntilStill(restoreProfilePhotos(backup, options), () => reads), 32 / 4);
  },
);
