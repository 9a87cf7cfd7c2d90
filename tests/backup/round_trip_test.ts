import type { Emulator } from "../../lib/emulator/mod.ts";
import { type BackupStore, openFolderBackup, restoreProfilePhotos } from "../../mod.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../deps/assert.ts";
import { bulkTest, collect, connect, removeMany, tally } from "../support/bulk.ts";
import { photoRequests } from "../support/emulated.ts";
import { tenantFileTest } from "../support/temporary.ts";
import { users } from "../support/users.ts";
import {
  ALEX,
  DIEGO,
  keyIn,
  MARKETING,
  memoryBackup,
  photosOf,
  removeWith,
  restoreFrom,
  TARGETS,
} from "./support.ts";

/** Removes one of each kind with a backup, and puts them back. */
async function goThereAndBack(tenant: Emulator, store: BackupStore, batchSize: number): Promise<void> {
  const before = photosOf(tenant, TARGETS);
  assert(before.every((photo) => photo !== undefined));
  const removed = await removeWith(tenant, store, TARGETS, { batchSize });
  assertEquals(tally(removed), { removed: TARGETS.length });
  assert(removed.every(({ backup, attempts, status }) => backup && attempts === 1 && status === 200));
  assertEquals(photosOf(tenant, TARGETS), TARGETS.map(() => undefined));

  const restored = await restoreFrom(tenant, store, { batchSize });
  assertEquals(tally(restored), { restored: TARGETS.length });
  assertEquals(photosOf(tenant, TARGETS), before);
  const files = (results: typeof removed) => results.map(({ backup }) => backup).sort();
  assertEquals(files(restored), files(removed));
}

for (const batchSize of [1, 20]) {
  Deno.test(
    tenantFileTest(
      `a folder backup restores a photo, with batches of ${batchSize}`,
      async (tenant, folder) => {
        await using backup = await openFolderBackup(`${folder}/deep/photos`);
        await goThereAndBack(tenant, backup, batchSize);
      },
    ),
  );
  Deno.test(bulkTest(
    `a photo saved by a caller's store can be restored, with batches of ${batchSize}`,
    {},
    (tenant) => goThereAndBack(tenant, memoryBackup(), batchSize),
  ));
}

Deno.test(bulkTest("a backup reads photos in batches too", { users: 200 }, async (tenant) => {
  const store = memoryBackup();
  const before = photosOf(tenant, users(200));
  const results = await removeMany(tenant, users(200), { backup: store });
  assertEquals(tally(results), { removed: 200 });
  assertEquals([photoRequests(tenant), store.kept.length], [400, 200]);
  assert(tenant.counts.graph <= 1.5 * 400 / 20, `${tenant.counts.graph} requests`);
  const kept = new Map(store.kept.map(({ entry, bytes }) => [keyIn(entry.target), bytes.toHex()]));
  assertEquals(users(200).map(({ user }) => kept.get(user)), before);
  for (const { entry, bytes } of store.kept) assertEquals(entry.size, bytes.length);
}));

Deno.test(bulkTest("a backup keeps nothing where there is no photo, or nobody", {}, async (tenant) => {
  const store = memoryBackup();
  const targets = [{ user: "lee@contoso.com" }, { user: "nobody@contoso.com" }];
  const results = await removeWith(tenant, store, targets);
  assertEquals(tally(results), { absent: 1, failed: 1 });
  assertEquals([store.kept.length, results.map(({ backup }) => backup)], [0, [null, null]]);
  assertEquals(tenant.requests.filter(({ method }) => method === "DELETE"), []);
}));

Deno.test(bulkTest("what-if makes no backup", {}, async (tenant) => {
  const store = memoryBackup();
  const results = await removeWith(tenant, store, TARGETS, { whatIf: true });
  assertEquals([tally(results), store.kept.length], [{ planned: TARGETS.length }, 0]);
}));

Deno.test(bulkTest("a photo that cannot be saved is not removed, and the others are", {}, async (tenant) => {
  const store = memoryBackup();
  const before = photosOf(tenant, [ALEX]);
  const failing: BackupStore = {
    ...store,
    save: (entry, bytes) =>
      keyIn(entry.target) === ALEX.user
        ? Promise.reject(new Error("the shelf is full"))
        : store.save(entry, bytes),
  };
  const results = await removeWith(tenant, failing, TARGETS);
  assertEquals(tally(results), { removed: TARGETS.length - 1, failed: 1 });
  const { code, message, backup } = results.find(({ outcome }) => outcome === "failed")!;
  assertEquals([code, backup, message?.includes("the shelf is full")], ["BackupFailed", null, true]);
  assertEquals(photosOf(tenant, [ALEX]), before);
}));

const NO_IMAGES = [
  { name: "a web page", body: "<html></html>", contentType: "text/html" },
  { name: "nothing", body: "", contentType: "image/jpeg" },
  { name: "JSON", body: "{}", contentType: "application/json" },
  { name: "an image type that is none", body: "x", contentType: "image/" },
];

Deno.test(
  bulkTest("a backup takes nothing but an image for a photo, and the photo stays", {}, async (tenant) => {
    for (const { name, body, contentType } of NO_IMAGES) {
      tenant.clearFaults();
      for (const on of ["item", "graph"] as const) {
        tenant.fault({ kind: "body", on, body, contentType, match: { method: "GET" }, rate: 1 });
      }
      for (const batchSize of [1, 20]) {
        const results = await removeWith(tenant, memoryBackup(), [ALEX, DIEGO], { batchSize });
        assertEquals(tally(results), { failed: 2 }, name);
        assert([ALEX, DIEGO].every(({ user }) => tenant.directory.hasPhoto(user)), name);
      }
    }
    assertEquals(tenant.requests.filter(({ method }) => method === "DELETE"), []);
  }),
);

Deno.test(
  bulkTest("a photo that is longer than can be read is neither cut short nor removed", {}, async (tenant) => {
    const long = new Uint8Array(9 * 2 ** 20);
    long.set(tenant.directory.photo(ALEX.user)!.bytes);
    for (const { user } of [ALEX, DIEGO]) tenant.directory.setPhoto(user, long);
    const store = memoryBackup();
    for (const batchSize of [1, 20]) {
      const results = await removeWith(tenant, store, [ALEX, DIEGO], { batchSize });
      assertEquals([tally(results), store.kept], [{ failed: 2 }, []]);
    }
    assertEquals(tenant.requests.filter(({ method }) => method === "DELETE"), []);
  }),
);

Deno.test(bulkTest("a photo is put back only where it belongs, the newest of each", {}, async (tenant) => {
  const store = memoryBackup();
  const first = tenant.directory.photo(ALEX.user)!.bytes;
  const second = tenant.directory.photo(DIEGO.user)!.bytes;
  await removeWith(tenant, store, [ALEX]);
  tenant.directory.setPhoto(ALEX.user, second);
  await removeWith(tenant, store, [{ user: ALEX.user.toUpperCase() }, DIEGO]);
  assertEquals(store.kept.length, 3);

  const results = await restoreFrom(tenant, store, { only: (target) => keyIn(target) !== DIEGO.user });
  assertEquals(tally(results), { restored: 1 });
  assertEquals(photosOf(tenant, [ALEX, DIEGO]), [second.toHex(), undefined]);
  assert(first.toHex() !== second.toHex());
}));

Deno.test(bulkTest(
  "restoreProfilePhotos() with whatIf looks, checks the photos and changes nothing",
  {},
  async (tenant) => {
    const store = memoryBackup();
    const other = tenant.directory.photo(DIEGO.user)!.bytes;
    await removeWith(tenant, store, TARGETS);
    tenant.directory.setPhoto(DIEGO.user, other);
    const before = photosOf(tenant, TARGETS);
    const [alex, marketing] = [ALEX, MARKETING].map((target) =>
      store.kept.find(({ entry }) => entry.target === target)!
    );
    alex!.bytes = Uint8Array.of(1);
    const unknown = { ...marketing!.entry, target: { user: "nobody@contoso.com" } };
    store.kept.push({ ...marketing!, entry: unknown });
    for (const overwrite of [false, true]) {
      const sent = tenant.requests.length;
      const results = await restoreFrom(tenant, store, { whatIf: true, overwrite });
      const planned: Record<string, number> = overwrite ? { planned: 5 } : { planned: 4, kept: 1 };
      assertEquals(tally(results), { ...planned, failed: 2 });
      const codes = results.filter(({ outcome }) => outcome === "failed").map(({ code }) => code);
      assertEquals(codes.sort(), ["BackupDamaged", "TargetNotFound"]);
      assertEquals(
        results.filter(({ replaces }) => replaces).map(({ target }) => target),
        overwrite ? [DIEGO] : [],
      );
      const methods = new Set(
        tenant.requests.slice(sent).map(({ method, batchItem, url }) =>
          batchItem || !url.endsWith("$batch") ? method : "GET"
        ),
      );
      methods.delete("POST"); // the sign-in
      assertEquals([[...methods], photosOf(tenant, TARGETS)], [["GET"], before]);
    }
  },
));

Deno.test(bulkTest("restoreProfilePhotos() keeps a photo that is there now", {}, async (tenant) => {
  const store = memoryBackup();
  const [alex, other] = [ALEX, DIEGO].map(({ user }) => tenant.directory.photo(user)!.bytes);
  await removeWith(tenant, store, [ALEX, MARKETING, "me"]);
  tenant.directory.setPhoto(ALEX.user, other!);
  const { file } = store.kept.find(({ entry }) => entry.target === ALEX)!.entry;
  for (const batchSize of [1, 20]) {
    const results = await restoreFrom(tenant, store, { batchSize, only: (target) => target === ALEX });
    const { outcome, status, code, backup, replaces } = results[0]!;
    assertEquals([outcome, status, code, backup, replaces], ["kept", 200, null, file, false]);
    assertEquals(tenant.directory.photo(ALEX.user)!.bytes, other);
  }
  assertEquals(tally(await restoreFrom(tenant, store)), { kept: 1, restored: 2 });
  assertEquals([store.kept.length, alex!.toHex() === other!.toHex()], [3, false]);
}));

Deno.test(
  bulkTest(
    "restoreProfilePhotos() with overwrite saves the photo that is there first",
    {},
    async (tenant) => {
      const store = memoryBackup();
      const before = photosOf(tenant, TARGETS);
      const other = tenant.directory.photo(DIEGO.user)!.bytes;
      await removeWith(tenant, store, TARGETS);
      for (const target of [ALEX, MARKETING, "me"] as const) tenant.directory.setPhoto(keyIn(target), other);
      const results = await restoreFrom(tenant, store, { overwrite: true });
      assertEquals([tally(results), photosOf(tenant, TARGETS)], [{ restored: TARGETS.length }, before]);
      assertEquals(results.filter(({ replaces }) => replaces).length, 3);
      const saved = store.kept.slice(TARGETS.length);
      assertEquals(
        saved.map(({ entry }) => keyIn(entry.target)).sort(),
        [ALEX, MARKETING, "me" as const].map(keyIn).sort(),
      );
      assert(saved.every(({ bytes }) => bytes.toHex() === other.toHex()));

      const again = await restoreFrom(tenant, store, {
        overwrite: true,
        only: (target) => keyIn(target) === ALEX.user,
      });
      assertEquals([tally(again), photosOf(tenant, [ALEX])], [{ restored: 1 }, [other.toHex()]]);
    },
  ),
);

Deno.test(bulkTest("a photo that cannot be saved first is not replaced", {}, async (tenant) => {
  const store = memoryBackup();
  const other = tenant.directory.photo(DIEGO.user)!.bytes;
  await removeWith(tenant, store, [ALEX]);
  tenant.directory.setPhoto(ALEX.user, other);
  const save = () => Promise.reject(new Error("the shelf is full"));
  const [result] = await restoreFrom(tenant, { ...store, save }, { overwrite: true });
  assertEquals([result!.code, photosOf(tenant, [ALEX])], ["BackupFailed", [other.toHex()]]);
  assertStringIncludes(result!.message!, "so it was not replaced: the shelf is full");
}));

Deno.test(
  bulkTest(
    "restoreProfilePhotos() with before puts back the newest photo of that time",
    {},
    async (tenant) => {
      const store = memoryBackup();
      const photos = [ALEX, DIEGO].map(({ user }) => tenant.directory.photo(user)!.bytes);
      for (const [at, bytes] of photos.entries()) {
        tenant.directory.setPhoto(ALEX.user, bytes);
        await removeWith(tenant, store, [ALEX]);
        store.kept[at]!.entry.time = `2026-01-0${at + 1}T12:00:00.000Z`;
      }
      for (
        const [before, expected] of [
          ["2026-01-02T12:00:00.001Z", photos[1]],
          ["2026-01-02T12:00:00Z", photos[0]],
          ["2026-01-01T12:00:00Z", undefined],
        ] as const
      ) {
        await removeWith(tenant, memoryBackup(), [ALEX]);
        const results = await restoreFrom(tenant, store, { before: new Date(before) });
        assertEquals([tally(results), photosOf(tenant, [ALEX])], [expected ? { restored: 1 } : {}, [
          expected?.toHex(),
        ]]);
      }
      for (const before of [new Date("x"), "2026-01-01" as unknown as Date]) {
        await assertRejects(() => restoreFrom(tenant, store, { before }), TypeError, "Cannot use before");
      }
    },
  ),
);

Deno.test(
  bulkTest("restoreProfilePhotos() fails what Graph refuses or is too large to read", {}, async (tenant) => {
    const store = memoryBackup();
    await removeWith(tenant, store, [ALEX, DIEGO]);
    store.kept[0]!.entry.target = { user: "nobody@contoso.com" };
    const results = await restoreFrom(tenant, store);
    assertEquals(tally(results), { restored: 1, failed: 1 });
    const { code, status } = results.find(({ outcome }) => outcome === "failed")!;
    assertEquals([code, status], ["TargetNotFound", 404]);

    store.kept[0]!.entry.size = 2 ** 30;
    const read = () => Promise.reject(new Error("it was read"));
    const [large] = await restoreFrom(tenant, { ...store, read }, { whatIf: true });
    assertEquals([large!.code, /larger than a photo/.test(large!.message!)], ["BackupDamaged", true]);
  }),
);

Deno.test(
  bulkTest("restoreProfilePhotos() of me fails with an app's token and sends nothing", {}, async (tenant) => {
    const store = memoryBackup();
    await removeWith(tenant, store, ["me"]);
    const requests = tenant.counts.graph;
    const results = await collect(restoreProfilePhotos(store, await connect(tenant)));
    assertEquals([tally(results), results[0]!.code], [{ failed: 1 }, "DelegatedTokenRequired"]);
    assertEquals(tenant.counts.graph, requests);
  }),
);

Deno.test(
  bulkTest("restoreProfilePhotos() retries throttled and lost requests", { users: 100 }, async (tenant) => {
    const store = memoryBackup();
    const before = photosOf(tenant, users(100));
    await removeWith(tenant, store, users(100));
    tenant.fault({ kind: "status", status: 503, rate: 0.1, match: { method: "PUT" } });
    tenant.fault({ kind: "drop", rate: 0.1, times: 5, applied: true, match: { method: "PUT" } });
    tenant.fault({ kind: "status", status: 429, rate: 0.1, match: { method: "PUT" } });
    const results = await restoreFrom(tenant, store, { retry: { maxAttempts: 15, baseDelay: 1 } });
    assertEquals(tally(results), { restored: 100 });
    assertEquals(photosOf(tenant, users(100)), before);
  }),
);

Deno.test(
  bulkTest("restoreProfilePhotos() throws what the store throws for its entries", {}, async (tenant) => {
    const store: BackupStore = {
      ...memoryBackup(),
      // deno-lint-ignore require-yield
      async *entries() {
        throw new Error("the shelf is gone");
      },
    };
    await assertRejects(() => restoreFrom(tenant, store), Error, "the shelf is gone");
  }),
);
