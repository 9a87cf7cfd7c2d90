import type { Emulator } from "../../lib/emulator/mod.ts";
import { type BackupEntry, type BackupStore, removeProfilePhotos, restoreProfilePhotos } from "../../mod.ts";
import { assertEquals, assertStringIncludes } from "../deps/assert.ts";
import { bulkTest, collect, connect, tally } from "../support/bulk.ts";
import { createGraphClient } from "../../lib/graph/client.ts";
import type { GraphRequest } from "../../lib/graph/photo_requests.ts";
import { sendDirectly } from "../../lib/graph/request_with_retries.ts";
import { signedInUser } from "../../lib/signed_in_user.ts";
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

Deno.test(bulkTest("a photo of me is put back for the same user, and for nobody else", {}, async (tenant) => {
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
}));

Deno.test(
  bulkTest("of several users' photos of me in one backup, each gets the own one", {}, async (tenant) => {
    const store = memoryBackup();
    const photos = [await removeOwn(tenant, ADELE!, store), await removeOwn(tenant, ALEX!, store)];
    for (const [at, user] of [ADELE!, ALEX!].entries()) {
      const results = await collect(restoreProfilePhotos(store, await connectAs(tenant, user)));
      assertEquals([tally(results), photoOf(tenant, user)], [{ restored: 1 }, photos[at]]);
    }
  }),
);

Deno.test(
  bulkTest("where the backup does not tell whose photo it is, the newest is put back", {}, async (tenant) => {
    const store = memoryBackup();
    const photo = await removeOwn(tenant, ADELE!, store);
    const old = changed(store, ({ userId: _, ...entry }) => entry);
    const results = await collect(restoreProfilePhotos(old, await connectAs(tenant, ADELE!)));
    assertEquals([tally(results), photoOf(tenant, ADELE!)], [{ restored: 1 }, photo]);
  }),
);

/** Tokens that do not tell whose they are. */
const SILENT_TOKENS = ["opaque", `e30.${btoa(JSON.stringify({ oid: "../me", scp: "User.ReadWrite" }))}.x`];

for (const [at, token] of SILENT_TOKENS.entries()) {
  Deno.test(bulkTest(
    `Graph is asked whose photo of me it is, where the token does not tell (${at})`,
    {},
    async (tenant) => {
      const { id } = tenant.directory.signedInUser;
      const connection = { ...await connectOpaquely(tenant), credential: token };
      const store = memoryBackup();
      const photo = photoOf(tenant, ADELE!);
      await collect(removeProfilePhotos(["me"], { ...connection, backup: store }));
      assertEquals(store.kept.map(({ entry }) => entry.userId), [id]);

      const alexId = tenant.directory.users.get(ALEX!)!.id;
      const ofAlex = changed(store, (entry) => ({ ...entry, userId: alexId }));
      const [refused] = await collect(restoreProfilePhotos(ofAlex, connection));
      assertEquals([refused!.code, photoOf(tenant, ADELE!)], ["BackupOfAnotherUser", undefined]);
      assertStringIncludes(refused!.message!, `it belongs to user ${alexId}, but ${id} is signed in`);

      const results = await collect(restoreProfilePhotos(store, connection));
      assertEquals([tally(results), photoOf(tenant, ADELE!)], [{ restored: 1 }, photo]);
    },
  ));
}

Deno.test(
  bulkTest("a photo of me stays in the backup where nobody tells who is signed in", {}, async (tenant) => {
    const store = memoryBackup();
    await removeOwn(tenant, ADELE!, store);
    tenant.fault({ kind: "status", status: 403, rate: 1, match: { path: "/me?$select=id" } });
    const [result] = await collect(restoreProfilePhotos(store, await connectOpaquely(tenant)));
    assertEquals([result!.code, photoOf(tenant, ADELE!)], ["BackupOfAnotherUser", undefined]);
    assertStringIncludes(result!.message!, "neither the token nor Graph tells who is signed in");
  }),
);

/** Ids as Graph tells them, and as they are saved: tokens have that of a personal account in full. */
const GRAPH_IDS = [
  ["0A000000-0000-4000-8000-00000000000B", "0a000000-0000-4000-8000-00000000000b"],
  ["CCC1D1C3A5F1B1CB", "00000000-0000-0000-ccc1-d1c3a5f1b1cb"],
  ["../me", undefined],
] as const;

Deno.test(bulkTest("signedInUser() returns the id that tokens have, and asks once", {}, async () => {
  for (const [id, expected] of GRAPH_IDS) {
    let asked = 0;
    const client = createGraphClient({
      credential: "opaque",
      fetch: () => (asked++, Promise.resolve(Response.json({ id }))),
    });
    const transport = {
      send: (request: GraphRequest) => sendDirectly(client, request),
      waitForRetry: () => Promise.resolve(false),
    };
    const found = await Promise.all([signedInUser(client, transport), signedInUser(client, transport)]);
    assertEquals([found, asked], [[expected, expected], 1]);
  }
}));
