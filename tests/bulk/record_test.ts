import { sampleDirectory } from "../../lib/emulator/mod.ts";
import { type PhotoResult, removeProfilePhotos } from "../../mod.ts";
import { assert, assertEquals, assertRejects } from "../deps/assert.ts";
import { bulkTest, collect, connect, keyOf, tally } from "../support/bulk.ts";
import { users } from "../support/users.ts";

const COUNT = 1000;
const tenantOptions = () => ({ directory: sampleDirectory({ users: COUNT }) });

bulkTest("onResult has each result before it comes out", tenantOptions(), async (tenant) => {
  const kept = new Set<PhotoResult>();
  const onResult = async (result: PhotoResult) => {
    await Promise.resolve();
    kept.add(result);
  };
  let seen = 0;
  for await (const result of removeProfilePhotos(users(COUNT), { ...await connect(tenant), onResult })) {
    assert(kept.has(result));
    seen++;
  }
  assertEquals([seen, kept.size], [COUNT, COUNT]);
});

for (const form of ["throws", "rejects"] as const) {
  bulkTest(
    `an onResult that ${form} ends the run; what is in flight comes out, then its error`,
    tenantOptions(),
    async (tenant) => {
      let calls = 0;
      const full = new Error("the disk is full");
      const onResult = () => {
        if (++calls <= 100) return;
        if (form === "throws") throw full;
        return Promise.reject(full);
      };
      const results: PhotoResult[] = [];
      const error = await assertRejects(async () => {
        const options = { ...await connect(tenant), onResult };
        for await (const result of removeProfilePhotos(users(COUNT), options)) results.push(result);
      });
      assertEquals<unknown>(error, full);
      const keys = new Set(results.map(({ target }) => keyOf(target)));
      assertEquals([keys.size, results.length], [COUNT, COUNT]);
      const { removed, notAttempted } = tally(results);
      const gone = sampleDirectory({ users: COUNT }).photoCount - tenant.directory.photoCount;
      assertEquals([removed, notAttempted], [gone, COUNT - gone]);
      assert(gone >= 100 && gone <= 100 + 160 + 80, `${gone} removed`);
    },
  );
}

bulkTest("onResult has what was not attempted and what was declined too", tenantOptions(), async (tenant) => {
  const kept: PhotoResult[] = [];
  const onResult = (result: PhotoResult) => void kept.push(result);
  let asked = 0;
  const confirm = () => ++asked === 1 ? "no" as const : "quit" as const;
  const options = { ...await connect(tenant), onResult, confirm };
  const results = await collect(removeProfilePhotos(users(10), options));
  assertEquals(kept, results);
  assertEquals(tally(kept), { declined: 1, notAttempted: 9 });
});
