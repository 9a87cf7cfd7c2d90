import { sampleDirectory } from "../../lib/emulator/mod.ts";
import {
  clientSecretCredential,
  CredentialError,
  removeProfilePhotos,
  type TokenCredential,
} from "../../mod.ts";
import { assert, assertEquals, assertRejects } from "../deps/assert.ts";
import { bulkTest, collect, connect, tally } from "../support/bulk.ts";
import { users } from "../support/users.ts";

const COUNT = 400;
const tenantOptions = () => ({ directory: sampleDirectory({ users: COUNT }) });

function secretOf({ tenantId, clientId, clientSecret, url }: Parameters<Parameters<typeof bulkTest>[2]>[0]) {
  return clientSecretCredential({ tenantId, clientId, clientSecret, authority: url });
}

/** Lets so many requests pass before a fault. */
function after(count: number): () => boolean {
  let left = count;
  return () => left-- <= 0;
}

const MID_RUN = [
  { name: "its token expires", fault: { kind: "expireTokens", on: "batch" }, claims: undefined },
  {
    name: "its token expires inside a batch",
    fault: { kind: "expireTokens", on: "item" },
    claims: undefined,
  },
  {
    name: "a batch is challenged for claims",
    fault: { kind: "claimsChallenge", on: "batch", claims: '{"access_token":{"nbf":{"essential":true}}}' },
    claims: '{"access_token":{"nbf":{"essential":true}}}',
  },
  {
    name: "an item is challenged for claims",
    fault: { kind: "claimsChallenge", on: "item", claims: '{"access_token":{"nbf":{"essential":true}}}' },
    claims: '{"access_token":{"nbf":{"essential":true}}}',
  },
] as const;

for (const { name, fault, claims } of MID_RUN) {
  bulkTest(`removeProfilePhotos() gets one fresh token when ${name}`, tenantOptions(), async (tenant) => {
    tenant.fault({ ...fault, match: after(fault.on === "item" ? 100 : 5) });
    const options = await connect(tenant, secretOf(tenant));
    const results = await collect(removeProfilePhotos(users(COUNT), options));
    assertEquals(tally(results), { removed: COUNT });
    assert(results.every(({ attempts }) => attempts <= 2));
    const tokens = tenant.requests.filter(({ url }) => url.endsWith("/token"));
    assertEquals(tokens.length, 2);
    if (claims) {
      const asked = JSON.parse(tokens[1]!.claims!).access_token;
      assertEquals({ nbf: asked.nbf }, JSON.parse(claims).access_token);
    }
  });
}

/** A credential that works so many times, and then no more. */
function exhausted(token: string, uses: number): TokenCredential {
  let left = uses;
  return {
    getToken: () =>
      left-- > 0
        ? Promise.resolve({ token, expiresOnTimestamp: Infinity })
        : Promise.reject(new CredentialError("SignInRefused", "The secret has expired")),
  };
}

for (const batchSize of [1, 20]) {
  bulkTest(
    `removeProfilePhotos() ends when the credential fails in the middle, with batches of ${batchSize}`,
    tenantOptions(),
    async (tenant) => {
      const credential = exhausted(await tenant.issueToken(), 6);
      const options = { ...await connect(tenant, credential), batchSize };
      const results = await collect(removeProfilePhotos(users(COUNT), options));
      const { removed, failed = 0, notAttempted = 0 } = tally(results);
      assertEquals([results.length, removed], [COUNT, 5 * batchSize]);
      assert(failed > 0 && failed <= 160, `${failed} failed`);
      assert(notAttempted > 0, "none is left");
      const codes = new Set(results.map(({ code }) => code));
      assertEquals(codes, new Set([null, "SignInRefused" as const]));
      assertEquals(tenant.directory.photoCount, sampleDirectory({ users: COUNT }).photoCount - 5 * batchSize);
    },
  );
}

bulkTest(
  "removeProfilePhotos() ends when Graph refuses the token for good",
  tenantOptions(),
  async (tenant) => {
    tenant.fault({ kind: "expireTokens", on: "batch", match: after(5) });
    const results = await collect(removeProfilePhotos(users(COUNT), await connect(tenant)));
    const { removed, failed = 0, notAttempted = 0 } = tally(results);
    assertEquals(removed! + failed + notAttempted, COUNT);
    assert(removed! <= 100 && failed > 0 && notAttempted > 0, JSON.stringify(tally(results)));
    assert(results.every(({ outcome, code }) => outcome !== "failed" || code === "TokenRefused"));
  },
);

bulkTest(
  "removeProfilePhotos() throws when there is no token to begin with",
  tenantOptions(),
  async (tenant) => {
    const options = await connect(tenant, exhausted("", 0));
    let pulled = 0;
    const targets = function* () {
      pulled++;
      yield { user: "alex@contoso.com" };
    };
    const error = await assertRejects(
      () => collect(removeProfilePhotos(targets(), options)),
      CredentialError,
    );
    assertEquals([error.code, pulled, tenant.counts.graph], ["SignInRefused", 0, 0]);
  },
);

bulkTest(
  "removeProfilePhotos() fails me with an app's own token, and no other target",
  {},
  async (tenant) => {
    const targets = ["me" as const, { user: "alex@contoso.com" }, { user: "diego@contoso.com" }];
    const results = await collect(removeProfilePhotos(targets, { ...await connect(tenant), concurrency: 1 }));
    assertEquals(tally(results), { failed: 1, removed: 2 });
    const { code, attempts, hint } = results.find(({ target }) => target === "me")!;
    assertEquals([code, attempts, hint?.includes("delegated")], ["DelegatedTokenRequired", 0, true]);
  },
);
