import { accessTokenCredential } from "../../lib/auth/static_token.ts";
import { CredentialError } from "../../lib/errors.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../deps/assert.ts";
import { ALEX, emulatorTest } from "../support/emulated.ts";
import { assertHides } from "../support/secrecy.ts";
import { test } from "../support/test.ts";

const tokenOf = async (text: string) =>
  (await accessTokenCredential(() => text, "a test").getToken("scope"))!.token;

test("accessTokenCredential() accepts a token with what people copy along", "none", async () => {
  const copies = [
    "T.o-k_en~+/=",
    " T.o-k_en~+/=\n",
    "Bearer T.o-k_en~+/=",
    "bearer   T.o-k_en~+/=\r\n",
    "\tBEARER\tT.o-k_en~+/=",
  ];
  for (const copy of [...copies, "\ufeffT.o-k_en~+/="]) assertEquals(await tokenOf(copy), "T.o-k_en~+/=");
});

const CANARY = "canary-token-4711";

test("accessTokenCredential() throws for an invalid token, and does not repeat it", "none", async () => {
  const wrong = [
    `${CANARY} x`,
    `${CANARY}\nx`,
    `x\r\n${CANARY}`,
    `${CANARY}é`,
    `${CANARY}\0`,
    `Bearer x ${CANARY}`,
  ];
  for (const text of [...wrong, `Bearer ${CANARY}\x7f`]) {
    const error = await assertRejects(() => tokenOf(text), CredentialError, "from a test as it contains");
    assertEquals(error.code, "CredentialInvalid");
    assertHides(error, [CANARY], JSON.stringify(text));
  }
});

test("accessTokenCredential() throws for an empty text, also after the word Bearer", "none", async () => {
  for (const text of ["", " ", "\n", "Bearer", "Bearer ", "bearer\n"]) {
    const error = await assertRejects(() => tokenOf(text), CredentialError, "is empty");
    assertEquals(error.code, "CredentialInvalid");
  }
});

test("accessTokenCredential() returns the expiry of a token that can be decoded", "none", async () => {
  const expiry = async (token: string) =>
    (await accessTokenCredential(() => token, "a test").getToken("scope"))!.expiresOnTimestamp;
  assertEquals(await expiry(`e30.${btoa('{"exp":1700000000}').replace(/=+$/, "")}.x`), 1_700_000_000_000);
  for (const token of ["opaque", "a.b.c", `e30.${btoa('{"exp":"soon"}')}.x`]) {
    assertEquals(await expiry(token), Infinity);
  }
});

test(
  "accessTokenCredential() reads its text for each request, and passes on errors",
  "none",
  async () => {
    const texts = ["A", "B"];
    const credential = accessTokenCredential(() => Promise.resolve(texts.shift()!), "a test");
    assertEquals([(await credential.getToken("s"))!.token, (await credential.getToken("s"))!.token], [
      "A",
      "B",
    ]);
    const gone = new CredentialError("CredentialInvalid", "the file is gone");
    const failing = accessTokenCredential(() => Promise.reject(gone), "a test");
    assertEquals(await assertRejects(() => failing.getToken("s")), gone);
  },
);

emulatorTest("a credential that is a string is sent as a bearer token", async (tenant) => {
  const token = await tenant.issueToken();
  for (const credential of [token, ` Bearer ${token}\n`]) {
    await removeProfilePhoto(ALEX, { credential, cloud: tenant.cloud });
    assertEquals(tenant.requests.at(-1)!.headers.authorization, `Bearer ${token}`);
  }
  const before = tenant.counts.graph;
  const options = { credential: `${CANARY}\nx-evil: 1`, cloud: tenant.cloud };
  const error = await assertRejects(() => removeProfilePhoto(ALEX, options), CredentialError);
  assertStringIncludes(error.message, "the credential option");
  assertHides(error, [CANARY], "a token with a second line");
  assertEquals(tenant.counts.graph, before);
});
