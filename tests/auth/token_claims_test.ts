import { decodeClaims, type TokenClaims } from "../../lib/auth/token_claims.ts";
import { assertEquals } from "../deps/assert.ts";
import { NONE } from "../support/test.ts";

function encode(payload: unknown): string {
  const json = typeof payload === "string" ? payload : JSON.stringify(payload);
  const binary = String.fromCharCode(...new TextEncoder().encode(json));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

const decode = (payload: unknown) => decodeClaims(`e30.${encode(payload)}.signature`);

const NOTHING: TokenClaims = {
  kind: "unknown",
  personal: false,
  permissions: [],
  tenantId: null,
  clientId: null,
  user: null,
  objectId: null,
  audience: null,
  expiresOnTimestamp: null,
};

const PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad";

const READ: readonly [payload: unknown, expected: Partial<TokenClaims>][] = [
  [{ idtyp: "app", roles: ["A", "B"] }, { kind: "application", permissions: ["A", "B"] }],
  [{ idtyp: "app" }, { kind: "application" }],
  [{ idtyp: "app", roles: ["A"], scp: "B" }, { kind: "application", permissions: ["A"] }],
  [{ idtyp: "user", scp: "A B" }, { kind: "delegated", permissions: ["A", "B"] }],
  [{ idtyp: "user", roles: ["A"] }, { kind: "delegated" }],
  [{ scp: "A", roles: ["B"] }, { kind: "delegated", permissions: ["A"] }],
  [{ scp: " A  B " }, { kind: "delegated", permissions: ["A", "B"] }],
  [{ roles: ["A"] }, { kind: "application", permissions: ["A"] }],
  [{ roles: [] }, { kind: "application" }],
  [{}, {}],
  [{ tid: "T", appid: "C", upn: "U", aud: "G" }, { tenantId: "T", clientId: "C", user: "U", audience: "G" }],
  [{ oid: "0A" }, { objectId: "0A" }],
  [{ azp: "C", preferred_username: "U" }, { clientId: "C", user: "U" }],
  [{ appid: "C", azp: "other", upn: "U", unique_name: "other" }, { clientId: "C", user: "U" }],
  [{ unique_name: "jörg@contoso.com" }, { user: "jörg@contoso.com" }],
  [{ tid: PERSONAL, scp: "A" }, {
    tenantId: PERSONAL,
    personal: true,
    kind: "delegated",
    permissions: ["A"],
  }],
  [{ exp: 1700000000 }, { expiresOnTimestamp: 1_700_000_000_000 }],
];

const HOSTILE: readonly [payload: unknown, expected: Partial<TokenClaims>][] = [
  [{ scp: ["A"], roles: "B", idtyp: 5, tid: {}, appid: [], upn: true, aud: ["G"] }, {}],
  [{ scp: "", roles: null, idtyp: "", tid: "", appid: "", upn: "", aud: "" }, {}],
  [{ roles: ["A", 5, null, {}, ["B"], "C"] }, { kind: "application", permissions: ["A", "C"] }],
  [{ roles: { length: 1, 0: "A" } }, {}],
  [{ idtyp: "APP", scp: "A" }, { kind: "delegated", permissions: ["A"] }],
  ["[]", {}],
  ['["scp"]', {}],
  ['{"__proto__":{"scp":"A","idtyp":"app","roles":["B"],"exp":1}}', {}],
  ['{"exp":1e999}', {}],
  ['{"exp":-1e999}', {}],
  ['{"exp":1e306}', {}], // no number of milliseconds
  ...["1700000000", null, true, [], {}].map((exp): [unknown, Partial<TokenClaims>] => [{ exp }, {}]),
  [{ exp: -1 }, { expiresOnTimestamp: -1000 }],
  [{ constructor: "x", toString: "y", hasOwnProperty: "z" }, {}],
];

for (const [what, rows] of Object.entries({ "Entra's claims": READ, "hostile claims": HOSTILE })) {
  Deno.test(`decodeClaims() reads ${what}`, NONE, () => {
    for (const [payload, expected] of rows) {
      assertEquals(decode(payload), { ...NOTHING, ...expected }, JSON.stringify(payload));
    }
  });
}

Deno.test("decodeClaims() returns null for a token that cannot be decoded", NONE, () => {
  const payloads = ["", "{", "null", "5", '"text"', "true", "undefined", "\ud800"].map(encode);
  const tokens = payloads.map((payload) => `e30.${payload}.x`);
  const others = [
    "",
    ".",
    "..",
    "opaque",
    "EwBgA8l6BAAU",
    "a.b",
    "a.b.c.d.e",
    "e30.!!!.x",
    "e30.é.x",
    "\ud800.\ud800.x",
  ];
  for (const token of [...tokens, ...others]) assertEquals(decodeClaims(token), null, token);
});

Deno.test("decodeClaims() survives a token of any size and depth", NONE, () => {
  assertEquals(decodeClaims(`e30.${encode("[".repeat(1_000))}.x`), null);
  assertEquals(decodeClaims("a".repeat(1_000_000)), null);
  const deep = '{"x":' + "[".repeat(5_000) + "]".repeat(5_000) + ',"scp":"A"}';
  assertEquals(decode(deep)?.permissions, ["A"]);
});
