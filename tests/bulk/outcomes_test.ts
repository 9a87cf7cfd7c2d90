import {
  type BulkOptions,
  CredentialError,
  type InvalidTarget,
  removeProfilePhotos,
  type Target,
  type TokenCredential,
} from "../../mod.ts";
import { assert, assertEquals, assertThrows } from "../deps/assert.ts";
import { NONE } from "../support/test.ts";
import { bulkTest, byId, removeMany, tally } from "../support/bulk.ts";
import { ALEX } from "../support/emulated.ts";
import { users } from "../support/users.ts";

Deno.test(bulkTest("removeProfilePhotos() fails invalid targets and sends nothing", {}, async (tenant) => {
  const rows: InvalidTarget[] = [
    { target: { user: "" }, problem: "line 2: it is empty" },
    { target: { group: "x" }, problem: "line 3: no GUID" },
  ];
  const hostile = [{ user: "a/b" }, { group: "marketing" }, {}, null, 5, { user: "a", group: "b" }, "Me"];
  let asked = 0;
  const confirm = () => (asked++, "yes" as const);
  const results = await removeMany(tenant, [...rows, ...hostile as Target[], ALEX], { confirm });
  assertEquals(tally(results), { failed: rows.length + hostile.length, removed: 1 });
  const failed = results.filter(({ outcome }) => outcome === "failed");
  assert(failed.every(({ code, attempts }) => code === "InvalidTarget" && attempts === 0));
  assert(failed.every(({ message }) => message !== null && message !== ""));
  for (const { target, problem } of rows) {
    assertEquals(failed.find((result) => result.target === target)!.message, problem);
  }
  assertEquals([asked, tenant.counts.graph], [1, 1]);
}));

/** Ways in which Graph answers the look after a removal, and `verified` then. */
const LOOKS = [
  { name: "there is no photo", fault: undefined, verified: true },
  {
    name: "a cache still shows one",
    fault: { kind: "body", status: 200, body: '{"id":"48X48"}' },
    verified: false,
  },
  { name: "Graph is not available", fault: { kind: "status", status: 503 }, verified: null },
  { name: "Graph refuses the look", fault: { kind: "status", status: 403 }, verified: null },
] as const;

for (const { name, fault, verified } of LOOKS) {
  Deno.test(bulkTest(`verified is ${verified} if ${name}`, { users: 50 }, async (tenant) => {
    for (const on of fault ? ["item", "graph"] as const : []) {
      tenant.fault({ ...fault!, on, match: { method: "GET" }, rate: 1 });
    }
    for (const [batchSize, from] of [[1, 1], [20, 26]] as const) {
      const results = await removeMany(tenant, users(25, from), { verify: true, batchSize });
      assertEquals(tally(results), { removed: 25 });
      assertEquals(results.map((result) => result.verified), Array(25).fill(verified));
      assert(results.every(({ code, attempts }) => code === null && attempts === 1));
    }
  }));
}

Deno.test(bulkTest("verified is null if there is no token for the look", { users: 3 }, async (tenant) => {
  tenant.fault({ kind: "expireTokens", on: "item", match: { method: "GET" } });
  const token = await tenant.issueToken();
  const credential: TokenCredential = {
    getToken: (_scopes, options) =>
      options?.refusedToken
        ? Promise.reject(new CredentialError("SignInRefused", "The secret has expired"))
        : Promise.resolve({ token, expiresOnTimestamp: Infinity }),
  };
  const results = await removeMany(tenant, users(3), { credential, verify: true });
  assertEquals(tally(results), { removed: 3 });
  assertEquals(results.map(({ verified }) => verified), [null, null, null]);
}));

Deno.test(bulkTest("verified is null without verify, or if nothing was removed", {}, async (tenant) => {
  const targets = ["alex", "lee", "nobody"].map((name) => ({ user: `${name}@contoso.com` }));
  const [result] = await removeMany(tenant, targets.slice(0, 1));
  assertEquals([result!.outcome, result!.verified, result!.backup], ["removed", null, null]);
  const results = byId(await removeMany(tenant, targets.slice(1), { verify: true }));
  assertEquals(targets.slice(1).map(({ user }) => results[user]!.verified), [true, null]);
}));

const WRONG_OPTIONS: readonly (readonly [BulkOptions, what: string])[] = [
  ...[0, -1, 1.5, NaN, Infinity, 1001].map((concurrency) => [{ concurrency }, "concurrency"] as const),
  ...[0, 21, 2.5, NaN].map((batchSize) => [{ batchSize }, "batch size"] as const),
  [{ errorAction: "halt" as "stop" }, "errorAction"],
  [{ concurrency: "4" as unknown as number }, "concurrency"],
];

Deno.test("removeProfilePhotos() throws a RangeError for an option out of range", NONE, () => {
  for (const [options, what] of WRONG_OPTIONS) {
    assertThrows(() => removeProfilePhotos([], { credential: "token", ...options }), RangeError, what);
  }
});
