import {
  browserCredential,
  type BrowserCredentialOptions,
  CredentialError,
  removeProfilePhoto,
} from "../../mod.ts";
import { decodeClaims } from "../../lib/auth/token_claims.ts";
import { type Emulator, startEmulator } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../deps/assert.ts";
import { BROWSING, cancel, type Page, pick } from "../support/person.ts";
import { assertHides } from "../support/secrecy.ts";
import { NONE } from "../support/test.ts";

/** A credential of a tenant, and what its person does with the address. */
function credentialOf(
  tenant: Emulator,
  act: (address: string) => unknown,
  options: Partial<BrowserCredentialOptions> = {},
) {
  const { clientId, cloud: { authority } } = tenant;
  return browserCredential({
    clientId,
    authority,
    scopes: ["User.ReadWrite"],
    openBrowser: (address) => void act(address),
    ...options,
  });
}

const scopeOf = ({ cloud }: Emulator) => `${cloud.graph}/.default`;

function browserTest(name: string, run: (tenant: Emulator) => Promise<void>): Deno.TestDefinition {
  return {
    name,
    permissions: BROWSING,
    fn: async () => {
      await using tenant = await startEmulator();
      await run(tenant);
    },
  };
}

/** Where the sign-in service is asked to send the browser. */
const authorizeUrls = ({ requests }: Emulator) =>
  requests.filter(({ method, url }) => method === "GET" && url.includes("/authorize?"))
    .map(({ url }) => new URL(url, "http://127.0.0.1").searchParams);

Deno.test(
  browserTest("browserCredential() signs in whom the browser picks, for the scopes alone", async (tenant) => {
    let last: Promise<Page> | undefined;
    const credential = credentialOf(tenant, (address) => last = pick(address, "alex@contoso.com"));
    const { token, expiresOnTimestamp } = (await credential.getToken(scopeOf(tenant)))!;
    const { user, permissions, kind } = decodeClaims(token)!;
    assertEquals([user, permissions, kind], ["alex@contoso.com", ["User.ReadWrite"], "delegated"]);
    assert(expiresOnTimestamp > Date.now());
    const page = await last!;
    assertMatch(page.text, /You are signed in.*can close this page/s);
    const [parameters] = authorizeUrls(tenant);
    assertEquals(parameters!.get("scope"), `${tenant.url}/User.ReadWrite openid profile offline_access`);
    assertEquals(
      ["response_mode", "code_challenge_method", "prompt"].map((name) => parameters!.get(name)),
      ["form_post", "S256", "select_account"],
    );
    assertEquals((await credential.getToken(scopeOf(tenant)))!.token, token);
    assertEquals(tenant.counts.token, 1);
  }),
);

Deno.test(browserTest("browserCredential() renews without asking the person again", async (tenant) => {
  let asked = 0;
  const credential = credentialOf(tenant, (address) => (asked++, pick(address, "alex@contoso.com")));
  const first = (await credential.getToken(scopeOf(tenant)))!.token;
  const claims = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}';
  const second = (await credential.getToken(scopeOf(tenant), { refusedToken: first, claims }))!.token;
  assert(second !== first);
  assertEquals([asked, tenant.counts.token], [1, 2]);
  assertMatch(String(tenant.requests.at(-1)!.claims), /"nbf".*"cp1"/);
}));

Deno.test(browserTest(
  "browserCredential() asks again where only the person can help, for the same account",
  async (tenant) => {
    const users = ["alex@contoso.com", "alex@contoso.com", "diego@contoso.com"];
    const credential = credentialOf(tenant, (address) => pick(address, users.shift()!));
    const scope = scopeOf(tenant);
    let refusedToken = (await credential.getToken(scope))!.token;
    const revoke = () => tenant.fault({ kind: "status", status: 400, code: "AADSTS50173", on: "token" });
    revoke();
    refusedToken = (await credential.getToken(scope, { refusedToken }))!.token;
    assertEquals(authorizeUrls(tenant).map((parameters) => parameters.get("login_hint")), [
      null,
      "alex@contoso.com",
    ]);
    revoke();
    const error = await assertRejects(() => credential.getToken(scope, { refusedToken }), CredentialError);
    assertMatch(
      `${error.message} ${error.hint}`,
      /another account.*alex@contoso.com, not as diego@contoso.com/,
    );
  },
));

for (
  const [how, isRefused] of [["renewal", false], ["the person, where renewal is refused", true]] as const
) {
  Deno.test(browserTest(`a claims challenge is met by ${how}, and the run goes on`, async (tenant) => {
    let asked = 0;
    const credential = credentialOf(tenant, (address) => (asked++, pick(address, "alex@contoso.com")));
    await credential.getToken(scopeOf(tenant), { authority: tenant.cloud.authority });
    const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}';
    tenant.fault({ kind: "claimsChallenge", claims });
    if (isRefused) tenant.fault({ kind: "status", status: 400, code: "AADSTS50076", on: "token" });
    const { outcome } = await removeProfilePhoto("me", { credential, cloud: tenant.cloud });
    assertEquals([outcome, asked], ["removed", isRefused ? 2 : 1]);
    console.log(
      authorizeUrls(tenant).map((p) => p.get("claims")),
      tenant.requests.map(({ url, claims }) => url.slice(0, 60) + " " + claims),
    );
    assertEquals(/"c1"/.test(authorizeUrls(tenant).at(-1)!.get("claims")!), isRefused);
  }));
}

Deno.test(browserTest("browserCredential() asks no claims of personal accounts", async (tenant) => {
  const act = (address: string) => pick(address, "alex@contoso.com");
  const credential = credentialOf(tenant, act, { tenantId: "consumers" });
  const { token } = (await credential.getToken(scopeOf(tenant)))!;
  assertEquals([decodeClaims(token)!.personal, authorizeUrls(tenant)[0]!.has("claims")], [true, false]);
}));

Deno.test(
  browserTest("a browser that is opened may be waited for, and its errors are passed on", async (tenant) => {
    const scope = scopeOf(tenant);
    const openBrowser = async (address: string) => void await pick(address, "alex@contoso.com");
    assert(await credentialOf(tenant, () => {}, { openBrowser }).getToken(scope));
    const broken = () => Promise.reject(new RangeError("no browser"));
    await assertRejects(
      () => credentialOf(tenant, () => {}, { openBrowser: broken }).getToken(scope),
      RangeError,
    );
    const onPrompt = broken;
    await assertRejects(() => credentialOf(tenant, () => {}, { onPrompt }).getToken(scope), RangeError);

    const controller = new AbortController();
    const late = credentialOf(tenant, () => {}, {
      openBrowser: async (address) => {
        const page = pick(address, "alex@contoso.com");
        await new Promise<void>((resolve) =>
          tenant.fault({ kind: "stall", on: "token", match: () => (resolve(), true) })
        );
        controller.abort(new Error("enough"));
        await page;
      },
    });
    await assertRejects(() => late.getToken(scope, { abortSignal: controller.signal }), Error, "enough");
  }),
);

Deno.test(browserTest("browserCredential() tells a cancelled sign-in", async (tenant) => {
  let last: Promise<Page> | undefined;
  const credential = credentialOf(tenant, (address) => last = cancel(address));
  const error = await assertRejects(() => credential.getToken(scopeOf(tenant)), CredentialError);
  assertEquals([error.code, error.aadstsCodes], ["SignInRefused", [65004]]);
  assertMatch(error.message, /Entra answered AADSTS65004: User declined/);
  assertMatch((await last!).text, /did not succeed/);
}));

Deno.test(browserTest("browserCredential() waits on after answers that are not its own", async (tenant) => {
  const statuses: number[] = [];
  const credential = credentialOf(tenant, async (address) => {
    const { origin } = new URL(address);
    const post = (body: URLSearchParams | string, path = "/") =>
      fetch(origin + path, { method: "POST", body });
    const strange = [
      () => fetch(origin),
      () => fetch(`${origin}/favicon.ico`),
      () => fetch(`${origin}/?code=stolen&state=guessed`),
      () => post("{}"),
      () => post(new URLSearchParams({ code: "stolen", state: "guessed" })),
      () => post(new URLSearchParams({ error: "access_denied" })),
      () => post(new URLSearchParams({ code: "stolen" }), "/other"),
    ];
    for (const send of strange) {
      const response = await send();
      await response.body?.cancel();
      statuses.push(response.status);
    }
    await pick(address, "alex@contoso.com");
  });
  assertEquals(decodeClaims((await credential.getToken(scopeOf(tenant)))!.token)!.user, "alex@contoso.com");
  assertEquals(statuses, [405, 404, 405, 415, 400, 400, 404]);
}));

Deno.test(
  browserTest("browserCredential() refuses an ID token for another nonce, app or issuer", async (tenant) => {
    const claimed = ["nonce", "aud", "iss"];
    for (const name of claimed) {
      const credential = credentialOf(tenant, (address) => pick(address, "alex@contoso.com"), {
        fetch: async (input, init) => {
          const response = await fetch(input, init);
          if (!String(input).endsWith("/token")) return response;
          const answer = await response.json();
          const [header, payload, signature] = answer.id_token.split(".");
          const claims = JSON.parse(
            new TextDecoder().decode(Uint8Array.fromBase64(payload, { alphabet: "base64url" })),
          );
          const forged = new TextEncoder().encode(
            JSON.stringify({ ...claims, [name]: "https://other.example" }),
          );
          const encoded = forged.toBase64({ alphabet: "base64url", omitPadding: true });
          return Response.json({ ...answer, id_token: `${header}.${encoded}.${signature}` });
        },
      });
      const error = await assertRejects(() => credential.getToken(scopeOf(tenant)), CredentialError, name);
      assertEquals(error.code, "SignInFailed");
    }
  }),
);

Deno.test(browserTest(
  "browserCredential() ends when nobody signs in, when aborted, and when its port is in use",
  async (tenant) => {
    const scope = scopeOf(tenant);
    const late = credentialOf(tenant, () => {}, { timeout: 1 });
    await assertRejects(() => late.getToken(scope), CredentialError, "nobody signed in within 0 s");

    const controller = new AbortController();
    const waiting = credentialOf(tenant, () => controller.abort(new Error("enough")));
    await assertRejects(() => waiting.getToken(scope, { abortSignal: controller.signal }), Error, "enough");

    const other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = other.addr;
    const blocked = credentialOf(tenant, () => {}, { port });
    await assertRejects(
      () => blocked.getToken(scope),
      CredentialError,
      `port ${port} of this computer is in use`,
    );
    other.close();
    const address = Promise.withResolvers<string>();
    const free = credentialOf(tenant, (given) => (address.resolve(given), pick(given, "alex@contoso.com")), {
      port,
    });
    await free.getToken(scope);
    assertEquals(new URL(await address.promise).port, String(port));
  },
));

for (const grant of ["authorization_code", "refresh_token"]) {
  Deno.test(
    browserTest(`browserCredential() shows no secret of a ${grant} request that fails`, async (tenant) => {
      const secrets: string[] = [];
      const credential = credentialOf(tenant, (address) => pick(address, "alex@contoso.com"), {
        fetch: async (input, init) => {
          const form = new URLSearchParams(String(init?.body ?? ""));
          if (form.get("grant_type") !== grant) return await fetch(input, init);
          for (const name of ["code", "code_verifier", "refresh_token"]) secrets.push(form.get(name) ?? "");
          const error_description = `AADSTS70002: ${form}`;
          return Response.json({ error: "invalid_client", error_description }, { status: 400 });
        },
      });
      const scope = scopeOf(tenant);
      const error = await assertRejects(async () => {
        const refusedToken = (await credential.getToken(scope))!.token;
        await credential.getToken(scope, { refusedToken });
      }, CredentialError);
      const sent = secrets.filter((secret) => secret !== "");
      assertEquals([error.code, sent.length], ["SignInRefused", grant === "refresh_token" ? 1 : 2]);
      assertHides(error, sent, "a refusal");
    }),
  );
}

Deno.test("browserCredential() refuses options that cannot be used", NONE, () => {
  const clientId = "22222222-2222-4222-8222-222222222222";
  const wrong: [options: Partial<Record<keyof BrowserCredentialOptions, unknown>>, says: RegExp][] = [
    [{ clientId: undefined }, /client id/],
    [{ tenantId: "a/b" }, /tenant id/],
    [{ scopes: [] }, /scopes/],
    [{ scopes: ["User.ReadWrite Mail.Read"] }, /scopes/],
    [{ scopes: "User.ReadWrite" }, /scopes/],
    [{ authority: "http://login.example" }, /authority/],
    [{ port: 65_536 }, /port/],
    [{ timeout: 0 }, /timeout/],
    [{ onPrompt: "print" }, /onPrompt/],
    [{ openBrowser: "firefox" }, /openBrowser/],
  ];
  for (const [options, says] of wrong) {
    let error: unknown;
    try {
      browserCredential({ clientId, ...options } as BrowserCredentialOptions);
    } catch (thrown) {
      error = thrown;
    }
    assertMatch(String(error), says);
  }
});
