import { decodeClaims, type TokenClaims } from "../lib/auth/token_claims.ts";
import {
  type AccessCheck,
  explainAccess,
  explainRefusal,
  explainRefusedToken,
  PERMISSIONS,
} from "../lib/permissions.ts";
import type { TargetKind } from "../lib/target.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "./deps/assert.ts";
import { NONE } from "./support/test.ts";

type Flow = "delegated" | "personal" | "application";

/** The tables of the API page with its note on other users, least privileged first; `null` if not supported. */
const TABLE: Readonly<Record<TargetKind, Readonly<Record<Flow, readonly string[] | null>>>> = {
  me: {
    delegated: ["ProfilePhoto.ReadWrite.All", "User.ReadWrite", "User.ReadWrite.All"],
    personal: ["User.ReadWrite"],
    application: null,
  },
  user: {
    delegated: ["ProfilePhoto.ReadWrite.All", "User.ReadWrite.All"],
    personal: null,
    application: ["ProfilePhoto.ReadWrite.All", "User.ReadWrite.All"],
  },
  group: {
    delegated: ["ProfilePhoto.ReadWrite.All", "Group.ReadWrite.All"],
    personal: null,
    application: ["ProfilePhoto.ReadWrite.All", "Group.ReadWrite.All"],
  },
};

const OTHERS = "User.Read User.Read.All ProfilePhoto.Read.All Group.Read.All Directory.ReadWrite.All".split(
  " ",
);
const LISTED = Object.values(TABLE).flatMap((row) => Object.values(row)).flatMap((names) => names ?? []);
const ALL = [...new Set([...LISTED, ...OTHERS])];

const PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad";

function claims(flow: Flow, ...permissions: string[]): TokenClaims | null {
  const payload = flow === "application"
    ? { idtyp: "app", roles: permissions, tid: "contoso" }
    : { idtyp: "user", scp: permissions.join(" "), tid: flow === "personal" ? PERSONAL_TENANT : "contoso" };
  return decodeClaims(`e30.${btoa(JSON.stringify(payload))}.`);
}

function eachRow(check: (kind: TargetKind, flow: Flow, accepted: readonly string[] | null) => void): void {
  for (const [kind, row] of Object.entries(TABLE)) {
    for (const [flow, accepted] of Object.entries(row)) check(kind as TargetKind, flow as Flow, accepted);
  }
}

Deno.test("PERMISSIONS is the table of the API page", NONE, () => {
  eachRow((kind, flow, accepted) =>
    assertEquals([...PERMISSIONS[kind][flow]], [...accepted ?? []], `${kind} ${flow}`)
  );
});

Deno.test("explainAccess() allows exactly the permissions of the table", NONE, () => {
  eachRow((kind, flow, accepted) => {
    for (const name of ALL) {
      const expected = accepted?.includes(name) ?? false;
      for (const held of [[name], ["openid", ...OTHERS.filter((other) => other !== name), name]]) {
        assertEquals(
          explainAccess(kind, claims(flow, ...held)).allowed,
          expected,
          `${kind} ${flow} ${held}`,
        );
      }
    }
  });
});

Deno.test("explainAccess() compares whole names, in their case", NONE, () => {
  for (
    const name of ["profilephoto.readwrite.all", "ProfilePhoto.ReadWrite.AllX", "ProfilePhoto.ReadWrite", "*"]
  ) {
    assertEquals(explainAccess("user", claims("application", name)).allowed, false, name);
  }
});

Deno.test("explainAccess() names the token's permissions and those that would do", NONE, () => {
  eachRow((kind, flow, accepted) => {
    if (!accepted) return;
    const { reason } = explainAccess(kind, claims(flow, "User.Read", "openid"));
    const kindOfPermission = flow === "application" ? "application" : "delegated";
    assertStringIncludes(reason, "The token has User.Read and openid; ");
    assertStringIncludes(reason, `grant the ${kindOfPermission} permission ${accepted[0]}`);
    const isRoleTold = reason.includes("Administrator");
    for (const name of isRoleTold ? [] : accepted) assertStringIncludes(reason, name);
    assertStringIncludes(explainAccess(kind, claims(flow)).reason, `has no ${kindOfPermission} permissions;`);
    const many = claims(flow, "Mail.Read", "Calendars.ReadWrite.Shared", "openid", "email");
    assertStringIncludes(explainAccess(kind, many).reason, "has Mail.Read and 3 more;");
    assertStringIncludes(
      explainAccess(kind, claims(flow, accepted[0]!)).reason,
      `${accepted[0]} allows it`,
    );
  });
});

Deno.test(
  "explainAccess() names the administrator role if a delegated token is for another user",
  NONE,
  () => {
    const role = /signed-in user must be a Global, User or People Administrator/;
    const told = (kind: TargetKind, flow: Flow) =>
      ["User.Read", "ProfilePhoto.ReadWrite.All"].map((name) =>
        role.test(explainAccess(kind, claims(flow, name)).reason)
      );
    assertEquals(told("user", "delegated"), [true, true]);
    for (
      const [kind, flow] of [["me", "delegated"], ["user", "application"], ["group", "application"]] as const
    ) {
      assertEquals(told(kind, flow), [false, false], `${kind} ${flow}`);
    }
  },
);

Deno.test("explainAccess() rejects a personal account for users and groups", NONE, () => {
  for (const kind of ["user", "group"] as const) {
    assertMatch(explainAccess(kind, claims("personal", ...ALL)).reason, /personal Microsoft account/);
  }
});

Deno.test("explainAccess() says that an app's token has no /me, and what to do instead", NONE, () => {
  const { allowed, reason } = explainAccess("me", claims("application", ...ALL));
  assertEquals(allowed, false);
  assertMatch(reason, /needs a signed-in user.*delegated token/);
});

Deno.test("explainAccess() does not guess for a token that cannot be decoded or does not tell", NONE, () => {
  for (const unknown of [null, decodeClaims("opaque"), decodeClaims(`e30.${btoa("{}")}.`)]) {
    for (const kind of ["me", "user", "group"] as const) {
      const { allowed, reason }: AccessCheck = explainAccess(kind, unknown);
      assertEquals(allowed, null);
      assertMatch(reason, /does not tell what it may do.*grant (the delegated permission )?Pro/);
      assertEquals(reason.includes("delegated permission"), kind === "me", reason);
    }
  }
});

Deno.test("explainRefusal() adds consent and tenant policy only if no permission is missing", NONE, () => {
  const causes = (kind: TargetKind, token: TokenClaims | null) => {
    const hint = explainRefusal(kind, token, null);
    return ["consent", "photoUpdateSettings"].map((cause) => hint.includes(cause));
  };
  assertEquals(causes("user", claims("application", "ProfilePhoto.ReadWrite.All")), [true, true]);
  assertEquals(causes("group", null), [true, true]);
  assertEquals(causes("user", claims("application", "User.Read.All")), [false, false]);
  assertEquals(causes("me", claims("application", "ProfilePhoto.ReadWrite.All")), [false, false]);
});

const GRAPH = "https://graph.microsoft.com";
const EXPIRY = Date.UTC(2026, 0, 2);

/** Audience and age of a rejected token, and the explanation. */
const REFUSED: readonly (readonly [audience: string | null, age: number, says: RegExp])[] = [
  [GRAPH, 1, /^The token expired at 2026-01-02T00:00:00\.000Z\. Get a new one/],
  ["https://graph.microsoft.us", 1, /^The token expired/],
  [
    "https://graph.microsoft.us",
    -1,
    /^The token is for https:\/\/graph\.microsoft\.us, not for https:.*com\. .*cloud/,
  ],
  ["https://management.azure.com/", -1, /^The token is for https:\/\/management\.azure\.com, not for/],
  [GRAPH, -1, /^The token may be expired, revoked, incomplete or for another cloud/],
  [`${GRAPH}/`, -1, /^The token may be expired/],
  ["00000003-0000-0000-c000-000000000000", -1, /^The token may be expired/],
  [null, -1, /^The token may be expired/],
];

Deno.test("explainRefusedToken() names expiry first, then the cloud, and no permission", NONE, () => {
  for (const [audience, age, says] of REFUSED) {
    const token = { ...claims("application")!, audience, expiresOnTimestamp: EXPIRY };
    assertMatch(explainRefusedToken(token, GRAPH, EXPIRY + age), says);
  }
  const policy =
    "Continuous access evaluation: InteractionRequired and code: LocationConditionEvaluationSatisfied";
  assertMatch(
    explainRefusedToken(claims("application"), GRAPH, 0, policy),
    /^A Conditional Access policy refuses/,
  );
  for (const token of [null, { ...claims("delegated")!, audience: null, expiresOnTimestamp: -1e300 }]) {
    assertMatch(explainRefusedToken(token, GRAPH, EXPIRY), /^The token may be expired/);
  }
});
