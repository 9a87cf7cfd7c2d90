import { clientSecretCredential } from "../../lib/auth/client_credentials.ts";
import type { GetTokenOptions, TokenCredential } from "../../lib/auth/token_credential.ts";
import type { Emulator } from "../../lib/emulator/mod.ts";
import { GraphError } from "../../lib/errors.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../deps/assert.ts";
import { ALEX, emulatorTest, removeByClock } from "../support/emulated.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { serve } from "../support/server.ts";

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

Deno.test(
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
  }),
);

Deno.test(emulatorTest("removeProfilePhoto() gets a token for the claims of a challenge", async (tenant) => {
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
}));

Deno.test(emulatorTest("removeProfilePhoto() passes claims to any credential", async (tenant) => {
  tenant.fault({ kind: "claimsChallenge", claims: CLAIMS });
  tenant.fault({ kind: "status", status: 503 });
  const cached = await tenant.issueToken();
  const { asked, credential } = recording(({ claims }) => claims ? tenant.issueToken({ claims }) : cached);
  const { outcome, attempts } = await removeByClock(ALEX, { credential, cloud: tenant.cloud });
  assertEquals([outcome, attempts], ["removed", 3]);
  assertEquals(asked.slice(0, 2).map(({ claims }) => claims), [undefined, CLAIMS]);
  assertEquals(asked[1]!.refusedToken, cached);
}));

Deno.test(
  emulatorTest(
    "removeProfilePhoto() asks for a token again when its own expired in a wait",
    async (tenant) => {
      tenant.fault({ kind: "status", status: 503 });
      const tokens = [await tenant.issueToken(), await tenant.issueToken()];
      let next = 0;
      const clock = fakeClock();
      const credential: TokenCredential = {
        getToken: () => Promise.resolve({ token: tokens[next++]!, expiresOnTimestamp: clock.now() + 100 }),
      };
      await removeByClock(ALEX, { credential, cloud: tenant.cloud }, clock);
      assertEquals(
        tenant.requests.map(({ headers }) => headers.authorization),
        tokens.map((token) => `Bearer ${token}`),
      );
    },
  ),
);

const ODD_CLAIMS = ["5", '"x"', "null"].map((value) => `{"access_token":${value}}`).concat(
  '{"__proto__":{"a":1}}',
  "{}",
);

Deno.test(emulatorTest("removeProfilePhoto() survives claims of any shape", async (tenant) => {
  for (const claims of ODD_CLAIMS) {
    const field = `Bearer error="insufficient_claims", claims="${btoa(claims)}"`;
    tenant.fault({ kind: "body", status: 401, body: "", headers: { "www-authenticate": field } });
    const { attempts } = await removeProfilePhoto(ALEX, { credential: secret(tenant), cloud: tenant.cloud });
    assertEquals(attempts, 2, claims);
    const signIn = tenant.requests.findLast((request) => request.claims !== null)!;
    const { access_token } = JSON.parse(signIn.claims!);
    assertEquals(access_token.xms_cc, { values: ["cp1"] }, claims);
  }
}));

Deno.test(
  emulatorTest(
    "removeProfilePhoto() still counts an attempt as ambiguous after a renewal",
    async (tenant) => {
      tenant.fault({ kind: "status", status: 503, applied: true });
      tenant.fault({ kind: "expireTokens" });
      const { outcome } = await removeByClock(ALEX, { credential: secret(tenant), cloud: tenant.cloud });
      assertEquals(outcome, "removed");
    },
  ),
);

Deno.test(
  emulatorTest("removeProfilePhoto() reports removed after a 503, a 429 and a 404", async (tenant) => {
    tenant.fault({ kind: "status", status: 503, applied: true });
    tenant.fault({ kind: "status", status: 429 });
    const options = { credential: secret(tenant), cloud: tenant.cloud };
    assertEquals((await removeByClock(ALEX, options)).outcome, "removed");
  }),
);

Deno.test(emulatorTest("removeProfilePhoto() renews its token for a what-if too", async (tenant) => {
  tenant.fault({ kind: "expireTokens" });
  const options = { credential: secret(tenant), cloud: tenant.cloud, whatIf: true };
  assertEquals((await removeProfilePhoto(ALEX, options)).outcome, "planned");
}));

Deno.test(
  emulatorTest("removeProfilePhoto() with whatIf reports absent after any failure", async (tenant) => {
    const credential = await tenant.issueToken();
    for (const fault of [{ kind: "status", status: 503 }, { kind: "drop" }] as const) {
      tenant.fault(fault);
      const options = { credential, cloud: tenant.cloud, whatIf: true };
      assertEquals((await removeByClock({ user: "lee@contoso.com" }, options)).outcome, "absent");
    }
  }),
);

Deno.test(emulatorTest("removeProfilePhoto() sends a secret to the authority alone", async (tenant) => {
  await using authority = serve(async () =>
    Response.json({ access_token: await tenant.issueToken(), expires_in: 3599 })
  );
  const cloud = { graph: tenant.url, authority: authority.url };
  const clientSecret = "secret-for-the-authority-alone";
  const credential = clientSecretCredential({ tenantId: "t", clientId: "c", clientSecret });
  assertEquals((await removeProfilePhoto(ALEX, { credential, cloud })).outcome, "removed");
  const atGraph = JSON.stringify(tenant.requests);
  assert(atGraph.includes("Bearer ") && !atGraph.includes(clientSecret));
  assertEquals(authority.received.length, 1);
  const [signIn] = authority.received;
  assertStringIncludes(signIn!.body, `client_secret=${clientSecret}`);
  assertEquals(signIn!.headers.get("authorization"), null);
}));
