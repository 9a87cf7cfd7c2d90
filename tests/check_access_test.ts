import { clientSecretCredential } from "../lib/auth/client_credentials.ts";
import { checkAccess } from "../lib/check_access.ts";
import { CredentialError } from "../lib/errors.ts";
import type { IssueTokenOptions } from "../lib/emulator/mod.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "./deps/assert.ts";
import { emulatorTest } from "./support/emulated.ts";

const ALEX = "alex@contoso.com";

/** Tokens, their kind and user, and whether they allow to remove the photo of me, a user, a group. */
const TOKENS: readonly (readonly [IssueTokenOptions, string, user: string | null, allowed: boolean[]])[] = [
  [{}, "application", null, [false, true, true]],
  [{ roles: [] }, "application", null, [false, false, false]],
  [{ roles: ["User.ReadWrite.All"] }, "application", null, [false, true, false]],
  [{ user: ALEX, scopes: ["User.ReadWrite"] }, "delegated", ALEX, [true, false, false]],
  [
    { scopes: ["User.Read"], roles: ["ProfilePhoto.ReadWrite.All"] },
    "delegated",
    "adele@contoso.com",
    [false, false, false],
  ],
  [{ personal: true }, "delegated", null, [true, false, false]],
];

Deno.test(emulatorTest("checkAccess() reports claims and permissions, and sends nothing", async (tenant) => {
  for (const [token, kind, user, allowed] of TOKENS) {
    const credential = await tenant.issueToken(token);
    const { cloud, claims, access } = await checkAccess({ credential, cloud: tenant.cloud });
    assertEquals(cloud, { ...tenant.cloud });
    assertEquals([claims?.kind, claims?.user, claims?.clientId], [kind, user, tenant.clientId]);
    assertEquals(claims?.personal, token.personal ?? false);
    assertEquals([access.me, access.user, access.group].map((each) => each.allowed), [...allowed]);
  }
  assertEquals([...tenant.requests], []);
}));

Deno.test(emulatorTest("checkAccess() signs in, and reports tenant, audience and expiry", async (tenant) => {
  const { tenantId, clientId, clientSecret, cloud } = tenant;
  const before = Date.now();
  const { claims } = await checkAccess({
    credential: clientSecretCredential({ tenantId, clientId, clientSecret }),
    cloud,
  });
  const { expiresOnTimestamp, ...rest } = claims!;
  assertEquals(rest, {
    kind: "application",
    personal: false,
    permissions: ["ProfilePhoto.ReadWrite.All", "User.Read.All", "Group.Read.All"],
    tenantId,
    clientId,
    user: null,
    objectId: "0d000000-0000-4000-8000-000000000001",
    audience: tenant.url,
  });
  const lifetime = 3599_000;
  assert(expiresOnTimestamp! >= Math.floor(before / 1000) * 1000 + lifetime);
  assert(expiresOnTimestamp! <= Date.now() + lifetime);
  assertEquals({ ...tenant.counts }, { graph: 0, batch: 0, items: 0, throttled: 0, token: 1 });
}));

Deno.test(emulatorTest("checkAccess() reports that a token cannot be decoded", async ({ cloud }) => {
  const { claims, access } = await checkAccess({ credential: "EwBgA8l6BAAUopaque", cloud });
  assertEquals(claims, null);
  for (const { allowed, reason } of Object.values(access)) {
    assertEquals(allowed, null);
    assertStringIncludes(reason, "does not tell");
  }
}));

Deno.test(emulatorTest("checkAccess() throws a CredentialError if the sign-in is refused", async (tenant) => {
  const { tenantId, clientId, cloud } = tenant;
  const credential = clientSecretCredential({ tenantId, clientId, clientSecret: "wrong" });
  const error = await assertRejects(() => checkAccess({ credential, cloud }), CredentialError);
  assertEquals(error.code, "SignInRefused");
}));
