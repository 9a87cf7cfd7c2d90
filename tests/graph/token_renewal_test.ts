import { clientSecretCredential } from "../../lib/auth/client_credentials.ts";
import type { GetTokenOptions, TokenCredential } from "../../lib/auth/token_credential.ts";
import type { Emulator } from "../../lib/emulator/mod.ts";
import { GraphError } from "../../lib/errors.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../deps/assert.ts";
import { ALEX, emulatorTest, removeByClock } from "../support/emulated.ts";

const CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}},"userinfo":{"email":null}}';

function secret({ tenantId, clientId, clientSecret }: Emulator): TokenCredential {
  return clientSecretCredential({ tenantId, clientId, clientSecret });
}

/** Hands out what `next` gives, and keeps what it was asked. */
function recording(next: (asked: GetTokenOptions) => string | Promise<string>) {
  const asked: GetTokenOptions[] = [];
  const credential: TokenCredential = {
    getToken: async (_scopes, options = {}) => {
      asked.push(options);
      return { token: await next(options), expiresOnTimestamp: Infinity };
    },
  };
  return { asked, credential };
}

emulatorTest(
  "removeProfilePhoto() signs in once more when its token is refused, and goes on",
  async (tenant) => {
    tenant.fault({ kind: "expireTokens" });
    const { outcome, attempts } = await removeProfilePhoto(ALEX, {
      credential: secret(tenant),
      cloud: tenant.cloud,
    });
    assertEquals([outcome, attempts], ["removed", 2]);
    assertEquals([tenant.counts.token, tenant.counts.graph], [2, 2]);
    const [first, second] = tenant.requests.filter(({ method }) => method === "DELETE");
    assertEquals(first!.headers.authorization === second!.headers.authorization, false);
  },
);

emulatorTest("removeProfilePhoto() gives up when the fresh token is refused too", async (tenant) => {
  tenant.fault({ kind: "expireTokens", times: 5 });
  const options = { credential: secret(tenant), cloud: tenant.cloud };
  const error = await assertRejects(() => removeProfilePhoto(ALEX, options), GraphError);
  assertEquals([error.code, error.status, error.attempts], ["TokenRefused", 401, 2]);
  assertEquals(error.graphCode, "InvalidAuthenticationToken");
  assertEquals([tenant.counts.token, tenant.counts.graph], [2, 2]);
});

emulatorTest("removeProfilePhoto() does not send the same token again that was refused", async (tenant) => {
  const token = await tenant.issueToken({ expiresIn: -60 });
  const repeating = recording(() => token);
  for (const credential of [token, repeating.credential]) {
    const before = tenant.counts.graph;
    const options = { credential, cloud: tenant.cloud };
    const error = await assertRejects(() => removeProfilePhoto(ALEX, options), GraphError);
    assertEquals([error.code, error.status, error.attempts], ["TokenRefused", 401, 1]);
    assertStringIncludes(error.message, "the token is expired");
    assertStringIncludes(error.hint!, "The token expired at");
    assertEquals(tenant.counts.graph - before, 1);
  }
  assertEquals(repeating.asked.map(({ refusedToken }) => refusedToken), [undefined, token]);
});

emulatorTest(
  "removeProfilePhoto() meets a claims challenge with a token for those claims",
  async (tenant) => {
    tenant.fault({ kind: "claimsChallenge", claims: CLAIMS });
    const options = { credential: secret(tenant), cloud: tenant.cloud };
    assertEquals((await removeProfilePhoto(ALEX, options)).outcome, "removed");
    const signIns = tenant.requests.filter(({ claims }) => claims !== null);
    const demanded = JSON.parse(CLAIMS);
    const capability = { xms_cc: { values: ["cp1"] } };
    assertEquals(signIns.map(({ claims }) => JSON.parse(claims!)), [
      { access_token: capability },
      { ...demanded, access_token: { ...demanded.access_token, ...capability } },
    ]);
    assertEquals((await removeProfilePhoto({ user: "diego@contoso.com" }, options)).attempts, 1); // the token is kept
    assertEquals(tenant.counts.token, 2);
  },
);

emulatorTest("removeProfilePhoto() hands the claims of a challenge to any credential", async (tenant) => {
  tenant.fault({ kind: "claimsChallenge", claims: CLAIMS });
  const { asked, credential } = recording(({ claims }) => tenant.issueToken({ claims }));
  assertEquals((await removeProfilePhoto(ALEX, { credential, cloud: tenant.cloud })).outcome, "removed");
  assertEquals(asked.map(({ claims }) => claims), [undefined, CLAIMS]);
  assertEquals(asked[1]!.refusedToken, tenant.requests[0]!.headers.authorization?.replace("Bearer ", ""));
});

emulatorTest("removeProfilePhoto() asks for the claims of a challenge after a wait too", async (tenant) => {
  tenant.fault({ kind: "claimsChallenge", claims: CLAIMS });
  tenant.fault({ kind: "status", status: 503 });
  const cached = await tenant.issueToken();
  const { credential } = recording(({ claims }) => claims ? tenant.issueToken({ claims }) : cached);
  const { outcome, attempts } = await removeByClock(ALEX, { credential, cloud: tenant.cloud });
  assertEquals([outcome, attempts], ["removed", 3]);
});

emulatorTest("removeProfilePhoto() takes the credential's current token after a wait", async (tenant) => {
  tenant.fault({ kind: "status", status: 503 });
  const tokens = [await tenant.issueToken(), await tenant.issueToken()];
  let next = 0;
  const { credential } = recording(() => tokens[next++]!);
  await removeByClock(ALEX, { credential, cloud: tenant.cloud });
  assertEquals(
    tenant.requests.map(({ headers }) => headers.authorization),
    tokens.map((token) => `Bearer ${token}`),
  );
});

const HOSTILE = [
  "",
  "Bearer",
  'Bearer error="insufficient_claims"',
  'Bearer error="insufficient_claims", claims=""',
  'Bearer error="insufficient_claims", claims="!!!"',
  `Bearer error="insufficient_claims", claims="${btoa("[]")}"`,
  `Bearer error="insufficient_claims", claims="${btoa("null")}"`,
  `Bearer error="insufficient_claims", claims="${btoa("{")}"`,
  'error="insufficient_claims",'.repeat(1000),
];

emulatorTest(
  "removeProfilePhoto() renews without claims where a challenge cannot be read",
  async (tenant) => {
    for (const field of HOSTILE) {
      tenant.fault({ kind: "body", status: 401, body: "", headers: { "www-authenticate": field } });
      const { asked, credential } = recording(() => tenant.issueToken());
      const { attempts } = await removeProfilePhoto(ALEX, { credential, cloud: tenant.cloud });
      assertEquals([attempts, asked.length, asked[1]?.claims], [2, 2, undefined], field);
    }
  },
);

const ODD_CLAIMS = [
  '{"access_token":5}',
  '{"access_token":"x"}',
  '{"__proto__":{"a":1}}',
  '{"access_token":null}',
  "{}",
];

emulatorTest("removeProfilePhoto() survives claims of any shape", async (tenant) => {
  for (const claims of ODD_CLAIMS) {
    const field = `Bearer error="insufficient_claims", claims="${btoa(claims)}"`;
    tenant.fault({ kind: "body", status: 401, body: "", headers: { "www-authenticate": field } });
    const { attempts } = await removeProfilePhoto(ALEX, { credential: secret(tenant), cloud: tenant.cloud });
    assertEquals(attempts, 2, claims);
    const signIn = tenant.requests.findLast((request) => request.claims !== null)!;
    assertEquals(
      JSON.parse(signIn.claims!).access_token.xms_cc,
      { values: ["cp1"] },
      claims,
    );
  }
});

emulatorTest("removeProfilePhoto() still counts an attempt as ambiguous after a renewal", async (tenant) => {
  tenant.fault({ kind: "status", status: 503, applied: true });
  tenant.fault({ kind: "expireTokens" });
  const { outcome } = await removeByClock(ALEX, { credential: secret(tenant), cloud: tenant.cloud });
  assertEquals(outcome, "removed");
});

emulatorTest("removeProfilePhoto() renews its token for a what-if too", async (tenant) => {
  tenant.fault({ kind: "expireTokens" });
  const options = { credential: secret(tenant), cloud: tenant.cloud, whatIf: true };
  assertEquals((await removeProfilePhoto(ALEX, options)).outcome, "planned");
});

emulatorTest("removeProfilePhoto() does not take a 403 for a matter of renewal", async (tenant) => {
  const { asked, credential } = recording(() => tenant.issueToken({ roles: [] }));
  await assertRejects(() => removeProfilePhoto(ALEX, { credential, cloud: tenant.cloud }), GraphError);
  assertEquals(asked.length, 1);
});
