import { signInWithDeviceCode } from "../../lib/auth/device_code_sign_in.ts";
import { decodeClaims } from "../../lib/auth/token_claims.ts";
import type { Session, UserSignIn } from "../../lib/auth/user_sign_in.ts";
import { CredentialError, deviceCodeCredential, type DeviceCodePrompt } from "../../mod.ts";
import { assertEquals, assertMatch, assertRejects } from "../deps/assert.ts";
import { emulatorTest } from "../support/emulated.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { enterCode } from "../support/person.ts";
import { type Received, serve } from "../support/server.ts";
import { LOOPBACK_ONLY } from "../support/test.ts";

const ALEX = "alex@contoso.com";
const CLIENT_ID = "22222222-2222-4222-8222-222222222222";
const TENANT_ID = "11111111-1111-4111-8111-111111111111";

Deno.test(emulatorTest("deviceCodeCredential() signs in who enters the code, once", async (tenant) => {
  const prompts: DeviceCodePrompt[] = [];
  const { clientId, cloud: { graph, authority } } = tenant;
  const credential = deviceCodeCredential({
    clientId,
    authority,
    tenantId: "contoso.com",
    scopes: ["ProfilePhoto.ReadWrite.All"],
    onPrompt: async (prompt) => {
      prompts.push(prompt);
      await enterCode(prompt, { user: ALEX });
    },
  });
  const first = (await credential.getToken(`${graph}/.default`))!.token;
  const { user, permissions } = decodeClaims(first)!;
  assertEquals([user, permissions], [ALEX, ["ProfilePhoto.ReadWrite.All"]]);
  await credential.getToken(`${graph}/.default`, { refusedToken: first });
  assertEquals([prompts.length, tenant.counts.token], [1, 2]);
  const [{ address, userCode, ...app }] = prompts as [DeviceCodePrompt];
  assertEquals([address, app.clientId, app.tenantId], [`${tenant.url}/device`, clientId, "contoso.com"]);
  assertMatch(userCode, /^[A-Z]{9}$/);
}, { deviceCodeInterval: 0.01 }));

Deno.test(emulatorTest(
  "deviceCodeCredential() tells a sign-in that is declined, and a policy that forbids it",
  async (tenant) => {
    const { clientId, cloud: { graph, authority } } = tenant;
    const sign = async (onPrompt: (prompt: DeviceCodePrompt) => unknown) => {
      const credential = deviceCodeCredential({
        clientId,
        authority,
        onPrompt: async (prompt) => void await onPrompt(prompt),
      });
      return await assertRejects(() => credential.getToken(`${graph}/.default`), CredentialError);
    };
    const declined = await sign((prompt) => enterCode(prompt, { cancel: "1" }));
    assertEquals([declined.code, declined.aadstsCodes], ["SignInRefused", [65004]]);
    const blocked = await sign(() =>
      tenant.fault({ kind: "status", status: 400, code: "AADSTS53003", on: "token" })
    );
    assertEquals([blocked.code, blocked.aadstsCodes], ["SignInRefused", [53003]]);
    assertMatch(blocked.hint!, /Conditional Access.*device codes.*browser/);
  },
  { deviceCodeInterval: 0.01 },
));

const DEVICE = {
  device_code: "a-device-code-that-is-secret",
  user_code: "ABCD-EFGH",
  verification_uri: "https://login.example/device",
  expires_in: 60,
  interval: 5,
};

const encode = (value: unknown) =>
  new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url", omitPadding: true });

/** Tokens as the service at a root gives them. */
function tokensOf(root: string, ahead = 0): Response {
  const now = Math.floor(Date.now() / 1000) + ahead;
  const claims = { iss: `${root}/v2.0`, aud: CLIENT_ID, sub: "alex", iat: now, nbf: now, exp: now + 3600 };
  return Response.json({
    access_token: "T1",
    token_type: "Bearer",
    expires_in: 3599,
    id_token: [{ alg: "RS256" }, claims, "signature"].map(encode).join("."),
  });
}

const error = (name: string) => Response.json({ error: name }, { status: 400 });

/** Signs in at a service that gives these answers, one after the other, to the questions for the token. */
async function signIn(
  answers: (() => Response)[],
  device: Partial<Record<keyof typeof DEVICE, unknown>> = {},
  ahead?: number,
): Promise<
  { session: Promise<Session>; sleeps: readonly number[]; polls: Received[]; prompts: DeviceCodePrompt[] }
> {
  const clock = fakeClock();
  const prompts: DeviceCodePrompt[] = [];
  const polls: Received[] = [];
  await using service = serve((received) => {
    const { pathname, origin } = new URL(received.path, service.url);
    if (pathname.endsWith("/openid-configuration")) return Response.json({ issuer: `${origin}/v2.0` });
    if (pathname.endsWith("/devicecode")) return Response.json({ ...DEVICE, ...device });
    polls.push(received);
    return answers.shift()?.() ?? tokensOf(origin, ahead);
  });
  const request: UserSignIn = {
    authority: service.url,
    tenantId: TENANT_ID,
    clientId: CLIENT_ID,
    scope: "openid",
    fetch,
    signal: new AbortController().signal,
    clock,
  };
  const session = signInWithDeviceCode(request, (prompt) => void prompts.push(prompt));
  await session.catch(() => {});
  return { session, sleeps: clock.sleeps, polls, prompts };
}

Deno.test(
  "a device code is asked about no sooner than allowed, and later after slow_down",
  LOOPBACK_ONLY,
  async () => {
    const { session, sleeps } = await signIn([
      () => error("authorization_pending"),
      () => error("slow_down"),
      () => error("authorization_pending"),
    ]);
    assertEquals((await session).token.token, "T1");
    assertEquals(sleeps, [6000, 6000, 14_000, 14_000]);
  },
);

Deno.test(
  "a device code that names no interval is asked about every 5 s, a little later",
  LOOPBACK_ONLY,
  async () => {
    assertEquals((await signIn([], { interval: undefined })).sleeps, [6000]);
  },
);

Deno.test(
  "a service that cannot be reached is asked less often until the device code expires",
  LOOPBACK_ONLY,
  async () => {
    const down = () => new Response("Service Unavailable", { status: 503 });
    const { session, polls } = await signIn(Array.from({ length: 100 }, () => down));
    const refused = await assertRejects(() => session, CredentialError, "answered 503");
    assertEquals([refused.code, polls.length], ["SignInFailed", 3 * 4]);
  },
);

Deno.test("a device code that expires, is declined, or not known ends the wait", LOOPBACK_ONLY, async () => {
  const pending = () => error("authorization_pending");
  const page = () => new Response("<html>", { headers: { "content-type": "text/html" } });
  const ends: [answers: (() => Response)[], code: string, says: RegExp][] = [
    [Array.from({ length: 100 }, () => pending), "SignInFailed", /code expired/],
    [[() => error("expired_token")], "SignInFailed", /code expired/],
    [[() => error("access_denied")], "SignInRefused", /was declined/],
    [[pending, () => error("authorization_declined")], "SignInRefused", /was declined/],
    [[() => error("bad_verification_code")], "SignInRefused", /bad_verification_code/],
    [[() => Response.json({ access_token: "T1", token_type: "Bearer" })], "SignInFailed", /no ID token/],
    [Array.from({ length: 100 }, () => page), "SignInFailed", /web page/],
  ];
  for (const [answers, code, says] of ends) {
    const refused = await assertRejects(async () => await (await signIn(answers)).session, CredentialError);
    assertEquals(refused.code, code, String(says));
    assertMatch(refused.message, says);
  }
});

Deno.test("this machine's clock may be a few minutes off", LOOPBACK_ONLY, async () => {
  for (const ahead of [240, -3800]) {
    assertEquals((await (await signIn([], {}, ahead)).session).token.token, "T1");
  }
  for (const ahead of [400, -4000]) {
    const { session } = await signIn([], {}, ahead);
    await assertRejects(() => session, CredentialError, "not as expected");
  }
});

Deno.test("what a person would be shown of a device code is checked first", LOOPBACK_ONLY, async () => {
  const wrong: Partial<Record<keyof typeof DEVICE, unknown>>[] = [
    { verification_uri: "javascript:alert(1)" },
    { verification_uri: "https://login.microsoft.com@evil.example/" },
    { verification_uri: 7 },
    { user_code: "\x1b[2J" },
    { user_code: "A".repeat(65) },
    { user_code: undefined },
    { device_code: "" },
    { expires_in: -1 },
    { interval: "often" },
  ];
  for (const device of wrong) {
    const { session, prompts } = await signIn([], device);
    const refused = await assertRejects(() => session, CredentialError);
    assertEquals([refused.code, prompts], ["SignInFailed", []], JSON.stringify(device));
  }
});
