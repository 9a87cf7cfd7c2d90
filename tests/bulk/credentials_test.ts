import { sampleDirectory } from "../../lib/emulator/mod.ts";
import { clientSecretCredential, CredentialError, type TokenCredential } from "../../mod.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { bulkTest, removeMany, tally } from "../support/bulk.ts";
import { settledNow } from "../support/promises.ts";
import { users } from "../support/users.ts";

const COUNT = 400;
const TENANT = { users: COUNT };

function secretOf({ tenantId, clientId, clientSecret, url }: Parameters<Parameters<typeof bulkTest>[2]>[0]) {
  return clientSecretCredential({ tenantId, clientId, clientSecret, authority: url });
}

/** Lets so many requests pass before a fault. */
function after(count: number): () => boolean {
  let left = count;
  return () => left-- <= 0;
}

const CLAIMS = '{"access_token":{"nbf":{"essential":true}}}';

for (const on of ["batch", "item"] as const) {
  for (const kind of ["expireTokens", "claimsChallenge"] as const) {
    Deno.test(bulkTest(`a run gets one fresh token after ${kind} of one ${on}`, TENANT, async (tenant) => {
      tenant.fault({ kind, claims: CLAIMS, on, match: after(on === "item" ? 100 : 5) });
      const results = await removeMany(tenant, users(COUNT), { credential: secretOf(tenant) });
      assertEquals(tally(results), { removed: COUNT });
      assert(results.every(({ attempts }) => attempts <= 2));
      const tokens = tenant.requests.filter(({ url }) => url.endsWith("/token"));
      assertEquals(tokens.length, 2);
      const { nbf } = JSON.parse(tokens[1]!.claims!).access_token;
      assertEquals(nbf, kind === "claimsChallenge" ? { essential: true } : undefined);
    }));
  }
}

Deno.test(bulkTest("a run asks once for a token that stays good", TENANT, async (tenant) => {
  const token = await tenant.issueToken();
  let asked = 0;
  const credential: TokenCredential = {
    getToken: async () => {
      asked++;
      await settledNow(new Promise(() => {})); // all requests that can be sent at once wait for it
      return { token, expiresOnTimestamp: Date.now() + 3_600_000 };
    },
  };
  assertEquals(tally(await removeMany(tenant, users(100), { credential, batchSize: 1 })), { removed: 100 });
  assertEquals(asked, 1);
}));

/** A credential that works so many times, and then no more; its tokens have expired, so that each request needs one. */
function exhausted(token: string, uses: number): TokenCredential {
  let left = uses;
  return {
    getToken: () =>
      left-- > 0
        ? Promise.resolve({ token, expiresOnTimestamp: 0 })
        : Promise.reject(new CredentialError("SignInRefused", "The secret has expired")),
  };
}

for (const batchSize of [1, 20]) {
  Deno.test(
    bulkTest(`a run ends when the credential fails, with batches of ${batchSize}`, TENANT, async (tenant) => {
      const credential = exhausted(await tenant.issueToken(), 6);
      const results = await removeMany(tenant, users(COUNT), { credential, batchSize, concurrency: 1 });
      const { removed, failed = 0, notAttempted = 0 } = tally(results);
      assertEquals([results.length, removed], [COUNT, 5 * batchSize]);
      assert(failed > 0 && failed <= 160, `${failed} failed`);
      assert(notAttempted > 0, "none is left");
      const codes = new Set(results.map(({ code }) => code));
      assertEquals(codes, new Set([null, "SignInRefused" as const]));
      assertEquals(tenant.directory.photoCount, sampleDirectory({ users: COUNT }).photoCount - 5 * batchSize);
    }),
  );
}

Deno.test(
  bulkTest("removeProfilePhotos() ends when Graph refuses the token for good", TENANT, async (tenant) => {
    tenant.fault({ kind: "expireTokens", on: "batch", match: after(5) });
    const results = await removeMany(tenant, users(COUNT));
    const { removed, failed = 0, notAttempted = 0 } = tally(results);
    assertEquals(removed! + failed + notAttempted, COUNT);
    assert(removed! <= 100 && failed > 0 && notAttempted > 0, JSON.stringify(tally(results)));
    assert(results.every(({ outcome, code }) => outcome !== "failed" || code === "TokenRefused"));
  }),
);
