import type { Emulator } from "../../lib/emulator/mod.ts";
import { type BackupEntry, type BackupStore, removeProfilePhotos, restoreProfilePhotos } from "../../mod.ts";
import { assertEquals, assertStringIncludes } from "../deps/assert.ts";
import { bulkTest, collect, connect, tally } from "../support/bulk.ts";
import { memoryBackup } from "./support.ts";

const [ADELE, ALEX] = ["adele@contoso.com", "alex@contoso.com"];

const connectAs = async (tenant: Emulator, user: string) =>
  await connect(tenant, await tenant.issueToken({ user, scopes: ["User.ReadWrite"] }));

/** A token as those of personal accounts are, which its holder cannot read. */
async function connectOpaquely(tenant: Emulator) {
  const fetchAsAdele: typeof fetch = async (url, init) => {
    const headers = new Headers(init?.headers);
    headers.set("authorization", `Bearer ${await tenant.issueToken({ user: ADELE })}`);
    return await fetch(url, { ...init, headers });
  };
  return { ...await connect(tenant, "opaque"), fetch: fetchAsAdele };
}

async function removeOwn(tenant: Emulator, user: string, backup: BackupStore): Promise<string> {
  const photo = tenant.directory.photo(user)!.bytes.toHex();
  await collect(removeProfilePhotos(["me"], { ...await connectAs(tenant, user), backup }));
  assertEquals(tenant.directory.hasPhoto(user), false);
  return photo;
}

const photoOf = (tenant: Emulator, user: string) => tenant.directory.photo(user)?.bytes.toHex();
const changed = (store: BackupStore, change: (entry: BackupEntry) => BackupEntry): BackupStore => ({
  ...store,
  async *entries() {
    for await (const entry of store.entries()) yield change(entry);
  },
});

bulkTest("a photo of me is put back for the same user, and for nobody else", {}, async (tenant) => {
  const store = memoryBackup();
  const photo = await removeOwn(tenant, ADELE!, store);
  const before = photoOf(tenant, ALEX!);
  const requests = tenant.counts.graph;
  const asAlex = await connectAs(tenant, ALEX!);
  for (const whatIf of [true, false]) {
    const results = await collect(restoreProfilePhotos(store, { ...asAlex, whatIf }));
    assertEquals([tally(results), results[0]!.code], [{ failed: 1 }, "BackupOfAnotherUser"]);
    for (const user of [ADELE!, ALEX!]) {
      assertStringIncludes(results[0]!.message!, tenant.directory.users.get(user)!.id);
    }
  }
  assertEquals([tenant.counts.graph, photoOf(tenant, ALEX!)], [requests, before]);

  const results = await collect(restoreProfilePhotos(store, await connectAs(tenant, ADELE!)));
  assertEquals([tally(results), photoOf(tenant, ADELE!)], [{ restored: 1 }, photo]);
});

bulkTest("of several users' photos of me in one backup, each gets the own one", {}, async (tenant) => {
  const store = memoryBackup();
  const photos = [await removeOwn(tenant, ADELE!, store), await removeOwn(tenant, ALEX!, store)];
  for (const [at, user] of [ADELE!, ALEX!].entries()) {
    const results = await collect(restoreProfilePhotos(store, await connectAs(tenant, user)));
    assertEquals([tally(results), photoOf(tenant, user)], [{ restored: 1 }, photos[at]]);
  }
});

bulkTest("the newest photo is restored if backup or token have no owner", {}, async (tenant) => {
  const store = memoryBackup();
  const photo = await removeOwn(tenant, ADELE!, store);
  const old = changed(store, ({ userId: _, ...entry }) => entry);
  const known = [
    [old, await connectAs(tenant, ADELE!)],
    [store, await connectOpaquely(tenant)],
  ] as const;
  for (const [backup, connection] of known) {
    tenant.directory.removePhoto(ADELE!);
    const results = await collect(restoreProfilePhotos(backup, connection));
    assertEquals([tally(results), photoOf(tenant, ADELE!)], [{ restored: 1 }, photo]);
  }
});

bulkTest("a token whose object id is none is saved without it, and can be restored", {}, async (tenant) => {
  const store = memoryBackup();
  const { fetch } = await connectOpaquely(tenant);
  const token = `e30.${btoa(JSON.stringify({ oid: "../me", scp: "User.ReadWrite" }))}.x`;
  const connection = { ...await connect(tenant, token), fetch };
  await collect(removeProfilePhotos(["me"], { ...connection, backup: store }));
  assertEquals(store.kept.map(({ entry }) => entry.userId), [undefined]);
  assertEquals(tally(await collect(restoreProfilePhotos(store, connection))), { restored: 1 });
});
