import type { Emulator } from "../../lib/emulator/mod.ts";
import { createLocalJWKSet, jwtVerify } from "../../lib/deps/jose.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../deps/assert.ts";
import { emulatorTest } from "../support/emulated.ts";
import { browse, enterCode } from "../support/person.ts";

const ALEX = "alex@contoso.com";
const VERIFIER = "v".repeat(43);
/** The SHA-256 of the verifier, in base64url. */
const CHALLENGE = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(VERIFIER)))
  .toBase64({ alphabet: "base64url", omitPadding: true });
const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

type Changes = Readonly<Record<string, string | undefined>>;

const withChanges = (values: Record<string, string>, changes: Changes) =>
  new URLSearchParams(
    Object.entries({ ...values, ...changes }).filter((entry): entry is [string, string] =>
      entry[1] !== undefined
    ),
  );

function authorizeUrl({ url, clientId }: Emulator, changes: Changes = {}, tenant = "organizations"): string {
  const parameters = withChanges({
    client_id: clientId,
    response_type: "code",
    redirect_uri: "http://localhost:1",
    scope: "User.ReadWrite openid offline_access",
    state: "S1",
    nonce: "N1",
    code_challenge: CHALLENGE,
    code_challenge_method: "S256",
  }, changes);
  return `${url}/${tenant}/oauth2/v2.0/authorize?${parameters}`;
}

/** Where the browser is sent, without following it. */
async function answer(address: string, choice: Record<string, string>): Promise<URLSearchParams> {
  const { text, url } = await browse(address);
  const hidden = [...text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
    .map(([, name, value]): [string, string] => [name!, value!]);
  const body = new URLSearchParams([...hidden, ...Object.entries(choice)]);
  const response = await fetch(url.split("?")[0]!, { method: "POST", body, redirect: "manual" });
  await response.body?.cancel();
  return new URL(response.headers.get("location")!).searchParams;
}

async function post(
  { url }: Emulator,
  name: string,
  form: URLSearchParams,
  tenant = "organizations",
  // deno-lint-ignore no-explicit-any
): Promise<any> {
  const response = await fetch(`${url}/${tenant}/oauth2/v2.0/${name}`, { method: "POST", body: form });
  return await response.json();
}

const redeem = (tenant: Emulator, code: string, changes: Changes = {}) =>
  post(
    tenant,
    "token",
    withChanges({
      grant_type: "authorization_code",
      client_id: tenant.clientId,
      code,
      redirect_uri: "http://localhost:1",
      code_verifier: VERIFIER,
    }, changes),
  );

Deno.test(
  emulatorTest("a user who is picked gives the app a code, tokens and a refresh token", async (tenant) => {
    const parameters = await answer(authorizeUrl(tenant), { user: ALEX });
    assertEquals(parameters.get("state"), "S1");
    const tokens = await redeem(tenant, parameters.get("code")!);
    assertEquals([tokens.token_type, tokens.scope], ["Bearer", `${tenant.url}/User.ReadWrite`]);
    const keys = await (await fetch(`${tenant.url}/organizations/discovery/v2.0/keys`)).json();
    const { payload } = await jwtVerify(tokens.id_token, createLocalJWKSet(keys), {
      algorithms: ["RS256"],
      audience: tenant.clientId,
      issuer: `${tenant.url}/${tenant.tenantId}/v2.0`,
    });
    assertEquals([payload.nonce, payload.preferred_username], ["N1", ALEX]);
    const me = await fetch(`${tenant.url}/v1.0/me/photo/$value`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    await me.body?.cancel();
    assertEquals([me.status, tenant.directory.hasPhoto(ALEX)], [200, false]);
    const renewed = await post(
      tenant,
      "token",
      withChanges({
        grant_type: "refresh_token",
        client_id: tenant.clientId,
        refresh_token: tokens.refresh_token,
      }, {}),
    );
    assertEquals(typeof renewed.access_token, "string");
  }),
);

Deno.test(
  emulatorTest(
    "a request that is not surely the app's ends on a page with its AADSTS code",
    async (tenant) => {
      const wrong: [changes: Changes, code: number, place?: string][] = [
        [{ client_id: undefined }, 900144],
        [{ client_id: "33333333-3333-4333-8333-333333333333" }, 700016],
        [{ redirect_uri: undefined }, 900144],
        [{ redirect_uri: "https://evil.example/" }, 50011],
        [{ redirect_uri: "http://localhost:1/other" }, 50011],
        [{}, 90002, "other.example"],
      ];
      for (const [changes, code, place] of wrong) {
        const { status, text } = await browse(authorizeUrl(tenant, changes, place));
        assertEquals(status, 400);
        assertStringIncludes(text, `AADSTS${code}:`);
      }
      const hostile = await browse(authorizeUrl(tenant, { redirect_uri: "<script>alert(1)</script>" }));
      assertEquals(hostile.text.includes("<script>"), false);
    },
  ),
);

Deno.test(emulatorTest("other mistakes and refusals are told to the app", async (tenant) => {
  const wrong: [changes: Changes, error: string, code: number][] = [
    [{ response_type: "token" }, "unsupported_response_type", 700051],
    [{ response_mode: "fragment" }, "invalid_request", 90023],
    [{ prompt: "please" }, "invalid_request", 90023],
    [{ prompt: "none" }, "login_required", 50058],
    [{ code_challenge: undefined }, "invalid_request", 50147],
    [{ code_challenge_method: "plain" }, "invalid_request", 50147],
    [{ scope: "Mail.Read" }, "consent_required", 65001],
    [{ scope: "https://other.example/User.Read" }, "invalid_resource", 500011],
  ];
  for (const [changes, error, code] of wrong) {
    const response = await fetch(authorizeUrl(tenant, changes), { redirect: "manual" });
    await response.body?.cancel();
    const { searchParams, origin } = new URL(response.headers.get("location")!);
    assertEquals([origin, searchParams.get("error"), searchParams.get("state")], [
      "http://localhost:1",
      error,
      "S1",
    ]);
    assertStringIncludes(searchParams.get("error_description")!, `AADSTS${code}:`);
  }
  const cancelled = await answer(authorizeUrl(tenant), { cancel: "1" });
  assertEquals([cancelled.get("error"), cancelled.get("code")], ["access_denied", null]);
}));

Deno.test(
  emulatorTest("a code is good once, for its verifier and redirect URI, without a secret", async (tenant) => {
    const newCode = async () => (await answer(authorizeUrl(tenant), { user: ALEX })).get("code")!;
    const wrong: [changes: Changes, code: number][] = [
      [{ code: "guessed" }, 70000],
      [{ code_verifier: "w".repeat(43) }, 501481],
      [{ code_verifier: undefined }, 501481],
      [{ redirect_uri: "http://localhost:2" }, 500112],
      [{ client_secret: tenant.clientSecret }, 700025],
      [{ client_id: "33333333-3333-4333-8333-333333333333" }, 700016],
    ];
    const code = await newCode();
    for (const [changes, expected] of wrong) {
      assertEquals((await redeem(tenant, code, changes)).error_codes, [expected], JSON.stringify(changes));
    }
    assertEquals(typeof (await redeem(tenant, code)).access_token, "string");
    assertEquals((await redeem(tenant, code)).error_codes, [54005]);
  }),
);

Deno.test(emulatorTest("a device code waits for its user, who approves or declines", async (tenant) => {
  const begin = () =>
    post(tenant, "devicecode", withChanges({ client_id: tenant.clientId, scope: "User.ReadWrite" }, {}));
  const ask = (device_code: string) =>
    post(
      tenant,
      "token",
      withChanges({ grant_type: DEVICE_GRANT, client_id: tenant.clientId, device_code }, {}),
    );
  const first = await begin();
  assertEquals([first.interval, first.expires_in, first.verification_uri], [5, 900, `${tenant.url}/device`]);
  assertEquals((await ask(first.device_code)).error, "authorization_pending");
  const device = { address: first.verification_uri, userCode: first.user_code.toLowerCase() };
  await enterCode(device, { user: ALEX });
  assertEquals(typeof (await ask(first.device_code)).access_token, "string");
  const again = await (await browse(device.address)).submit({ code: device.userCode });
  assertMatch(again.text, /AADSTS70018/);

  const second = await begin();
  await enterCode({ address: second.verification_uri, userCode: second.user_code }, { cancel: "1" });
  assertEquals((await ask(second.device_code)).error_codes, [65004]);
  assertEquals((await ask("guessed")).error_codes, [70000]);
}));
