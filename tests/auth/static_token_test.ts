import { accessTokenCredential } from "../../lib/auth/static_token.ts";
import { CredentialError } from "../../lib/errors.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../deps/assert.ts";
import { ALEX, emulatorTest } from "../support/emulated.ts";
import { assertHides } from "../support/secrecy.ts";
import { type FakeClock, fakeClock } from "../support/fake_clock.ts";
import { NONE } from "../support/test.ts";

const tokenOf = async (text: string) =>
  (await accessTokenCredential(() => text, "a test").getToken("scope"))!.token;

Deno.test("accessTokenCredential() accepts a token with what people copy along", NONE, async () => {
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

Deno.test("accessTokenCredential() throws for an invalid token, and does not repeat it", NONE, async () => {
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

Deno.test("accessTokenCredential() throws for an empty text, also after the word Bearer", NONE, async () => {
  for (const text of ["", " ", "\n", "Bearer", "Bearer ", "bearer\n"]) {
    const error = await assertRejects(() => tokenOf(text), CredentialError, "is empty");
    assertEquals(error.code, "CredentialInvalid");
  }
});

Deno.test("accessTokenCredential() returns the expiry of a token that can be decoded", NONE, async () => {
  const expiry = async (token: string) =>
    (await accessTokenCredential(() => token, "a test").getToken("scope"))!.expiresOnTimestamp;
  assertEquals(await expiry(`e30.${btoa('{"exp":4700000000}').replace(/=+$/, "")}.x`), 4_700_000_000_000);
  for (const token of ["opaque", "a.b.c", `e30.${btoa('{"exp":"soon"}')}.x`]) {
    assertEquals(await expiry(token), Infinity);
  }
});

const MINUTE = 60_000;

/** A token that expires after so many minutes. */
const tokenFor = (clock: FakeClock, minutes: number) =>
  `e30.${btoa(JSON.stringify({ exp: (clock.now() + minutes * MINUTE) / 1000 })).replace(/=+$/, "")}.c2ln`;

Deno.test(
  "accessTokenCredential() keeps a token until it is about to expire or was rejected",
  NONE,
  async () => {
    const clock = fakeClock();
    const [a, b, c] = [tokenFor(clock, 60), tokenFor(clock, 120), "opaque"];
    let text = a;
    const credential = accessTokenCredential(() => Promise.resolve(text), "a test", clock);
    const next = async (refusedToken?: string) => (await credential.getToken("s", { refusedToken }))!.token;
    assertEquals(await next(), a);
    text = b;
    assertEquals(await next(), a);
    clock.advance(59 * MINUTE);
    assertEquals(await next(), b);
    text = c;
    assertEquals(await next(b), c);
    text = a;
    assertEquals(await next(), c); // no expiry is known
  },
);

Deno.test("accessTokenCredential() passes on errors, unless its token is still valid", NONE, async () => {
  const clock = fakeClock();
  const good = tokenFor(clock, 60);
  const gone = new CredentialError("CredentialInvalid", "the file is gone");
  let read = (): Promise<string> => Promise.resolve(good);
  const credential = accessTokenCredential(() => read(), "a test", clock);
  await credential.getToken("s");
  for (read of [() => Promise.reject(gone), () => Promise.resolve("")]) { // as while the file is written
    clock.advance(59.2 * MINUTE);
    assertEquals((await credential.getToken("s"))!.token, good);
    clock.advance(-59.2 * MINUTE);
  }
  read = () => Promise.reject(gone);
  assertEquals(await assertRejects(() => credential.getToken("s", { refusedToken: good })), gone);
  clock.advance(60 * MINUTE);
  assertEquals(await assertRejects(() => credential.getToken("s")), gone);
});

Deno.test(emulatorTest("a credential that is a string is sent as a bearer token", async (tenant) => {
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
}));
