import { sampleDirectory } from "../../lib/emulator/mod.ts";
import {
  type BulkOptions,
  CredentialError,
  type InvalidTarget,
  removeProfilePhotos,
  type Target,
  type TokenCredential,
} from "../../mod.ts";
import { assert, assertEquals, assertThrows } from "../deps/assert.ts";
import { test } from "../support/test.ts";
import { bulkTest, byId, collect, connect, tally } from "../support/bulk.ts";
import { userName, users } from "../support/users.ts";

bulkTest(
  "removeProfilePhotos() fails what names no target, and asks and sends nothing for it",
  {},
  async (tenant) => {
    const rows: InvalidTarget[] = [
      { target: { user: "" }, problem: "line 2: it is empty" },
      { target: { group: "x" }, problem: "line 3: no GUID" },
    ];
    const hostile = [{ user: "a/b" }, { group: "marketing" }, {}, null, 5, { user: "a", group: "b" }, "Me"];
    let asked = 0;
    const confirm = () => {
      asked++;
      return "yes" as const;
    };
    const given = [...rows, ...hostile as Target[], { user: "alex@contoso.com" }];
    const results = await collect(removeProfilePhotos(given, { ...await connect(tenant), confirm }));
    assertEquals(tally(results), { failed: rows.length + hostile.length, removed: 1 });
    const failed = results.filter(({ outcome }) => outcome === "failed");
    assert(failed.every(({ code, attempts }) => code === "InvalidTarget" && attempts === 0));
    assert(failed.every(({ message }) => message !== null && message !== ""));
    for (const { target, problem } of rows) {
      assertEquals(failed.find((result) => result.target === target)!.message, problem);
    }
    assertEquals([asked, tenant.counts.graph], [1, 1]);
  },
);

/** What Graph says when it is asked again, and what `verified` says then. */
const LOOKS = [
  { name: "there is no photo", fault: undefined, verified: true },
  {
    name: "a cache still shows one",
    fault: { kind: "body", status: 200, body: '{"id":"48X48"}', match: { method: "GET" }, rate: 1 },
    verified: false,
  },
  {
    name: "Graph does not say",
    fault: { kind: "status", status: 503, match: { method: "GET" }, rate: 1 },
    verified: null,
  },
  {
    name: "the connection breaks",
    fault: { kind: "status", status: 403, match: { method: "GET" }, rate: 1 },
    verified: null,
  },
] as const;

for (const { name, fault, verified } of LOOKS) {
  for (const on of ["item", "graph"] as const) {
    const by = on === "item" ? "batch" : "lone request";
    bulkTest(`verify says ${verified} by ${by} when ${name}`, {
      directory: sampleDirectory({ users: 25 }),
    }, async (tenant) => {
      if (fault) { for (const place of ["item", "graph"] as const) tenant.fault({ ...fault, on: place }); }
      const options = { ...await connect(tenant), verify: true, batchSize: on === "item" ? 20 : 1 };
      const results = await collect(removeProfilePhotos(users(25), options));
      assertEquals(tally(results), { removed: 25 });
      assertEquals(results.map((result) => result.verified), Array(25).fill(verified));
      assert(results.every(({ code, attempts }) => code === null && attempts === 1));
    });
  }
}

bulkTest("verify says nothing when there is no token any more to look with", {
  directory: sampleDirectory({ users: 3 }),
}, async (tenant) => {
  tenant.fault({ kind: "expireTokens", on: "item", match: { method: "GET" } });
  const token = await tenant.issueToken();
  const credential: TokenCredential = {
    getToken: (_scopes, options) =>
      options?.refusedToken
        ? Promise.reject(new CredentialError("SignInRefused", "The secret has expired"))
        : Promise.resolve({ token, expiresOnTimestamp: Infinity }),
  };
  const options = { ...await connect(tenant, credential), verify: true };
  const results = await collect(removeProfilePhotos(users(3), options));
  assertEquals([tally(results), results.map(({ verified }) => verified)], [{ removed: 3 }, [
    null,
    null,
    null,
  ]]);
});

bulkTest("verify says nothing of what was not removed", {}, async (tenant) => {
  const targets = [{ user: "lee@contoso.com" }, { user: "nobody@contoso.com" }];
  const results = byId(
    await collect(removeProfilePhotos(targets, { ...await connect(tenant), verify: true })),
  );
  assertEquals(results["lee@contoso.com"]!.verified, true);
  assertEquals(results["nobody@contoso.com"]!.verified, null);
});

bulkTest("a removal without verify says nothing of it", {}, async (tenant) => {
  const [result] = await collect(removeProfilePhotos([{ user: "alex@contoso.com" }], await connect(tenant)));
  assertEquals([result!.outcome, result!.verified, result!.backup], ["removed", null, null]);
});

bulkTest("removeProfilePhotos() says of each result what is known", {
  directory: sampleDirectory({ users: 30 }),
}, async (tenant) => {
  const results = await collect(removeProfilePhotos(users(30), await connect(tenant)));
  for (const { status, attempts, requestId, durationMs, code, message, hint } of results) {
    assertEquals([status, attempts, code, message, hint], [200, 1, null, null, null]);
    assert(/^[0-9a-f-]{36}$/.test(requestId!) && durationMs >= 0);
  }
  tenant.fault({ kind: "status", on: "item", status: 403, code: "ErrorAccessDenied", rate: 1 });
  const refused = await collect(removeProfilePhotos(users(30), await connect(tenant)));
  for (const { target, outcome, status, code, graphCode, hint } of refused) {
    assertEquals([outcome, status, code], ["failed", 403, "AccessDenied"], JSON.stringify(target));
    assertEquals([graphCode, typeof hint], ["ErrorAccessDenied", "string"]);
  }
});

bulkTest("removeProfilePhotos() accepts a success of 204", {
  directory: sampleDirectory({ users: 30 }),
  deleteStatus: 204,
}, async (tenant) => {
  const results = byId(await collect(removeProfilePhotos(users(30), await connect(tenant))));
  assertEquals([results[userName(1)]!.outcome, results[userName(1)]!.status], ["removed", 204]);
});

const WRONG_OPTIONS: readonly (readonly [BulkOptions, what: string])[] = [
  ...[0, -1, 1.5, NaN, Infinity, 1001].map((concurrency) => [{ concurrency }, "concurrency"] as const),
  ...[0, 21, 2.5, NaN].map((batchSize) => [{ batchSize }, "batch size"] as const),
  [{ errorAction: "halt" as "stop" }, "errorAction"],
  [{ concurrency: "4" as unknown as number }, "concurrency"],
  [{ timeout: 0 }, "timeout"],
  [{ retry: { maxAttempts: 0 } }, "maxAttempts"],
];

test("removeProfilePhotos() throws a RangeError for an option that cannot be", "none", () => {
  for (const [options, what] of WRONG_OPTIONS) {
    assertThrows(() => removeProfilePhotos([], { credential: "token", ...options }), RangeError, what);
  }
});
