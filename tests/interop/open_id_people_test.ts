import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  browserCredential,
  CredentialError,
  deviceCodeCredential,
  type DeviceCodePrompt,
} from "../../mod.ts";
import { assert, assertEquals, assertMatch } from "../deps/assert.ts";
import { openIdProvider, type Provider } from "../deps/oidc_provider.ts";
import type { Page } from "../deps/playwright.ts";
import { type Browsing, chromiumTest } from "../support/browser.ts";

/** A certified OpenID provider whose endpoints are where Entra's are. */
interface Authority extends AsyncDisposable {
  readonly url: string;
  readonly clientId: string;
  readonly provider: Provider;
  /** Why it refused, in its own words. */
  readonly reasons: readonly string[];
}

const TENANT = "contoso.com";
const SCOPE = "https://graph.microsoft.com/User.ReadWrite";
const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

async function startAuthority(): Promise<Authority> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clientId = crypto.randomUUID();
  const at = (name: string) => `/${TENANT}/oauth2/v2.0/${name}`;
  const provider = await openIdProvider(`${url}/${TENANT}/v2.0`, {
    clients: [{
      client_id: clientId,
      application_type: "native",
      token_endpoint_auth_method: "none",
      redirect_uris: ["http://localhost"],
      response_types: ["code"],
      grant_types: ["authorization_code", "refresh_token", DEVICE_GRANT],
    }],
    scopes: ["openid", "profile", "offline_access", SCOPE],
    pkce: { required: () => true },
    features: { deviceFlow: { enabled: true }, devInteractions: { enabled: true } },
    issueRefreshToken: () => true,
    routes: {
      authorization: at("authorize"),
      token: at("token"),
      device_authorization: at("devicecode"),
      code_verification: "/device",
    },
  });
  const reasons: string[] = [];
  provider.on("grant.error", (_, { error, error_detail }) => reasons.push(error_detail ?? error));
  const answer = provider.callback();
  server.on("request", (request, response) => {
    request.url = request.url?.replace(`/${TENANT}/v2.0/.well-known/`, "/.well-known/")
      .replace("/authorize?", "/authorize?prompt=consent&"); // else it ignores offline_access
    answer(request, response);
  });
  return {
    url,
    clientId,
    provider,
    reasons,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A test with a certified provider, and a page of a browser. */
function providerTest(
  name: string,
  run: (authority: Authority, page: Page) => Promise<void>,
): Deno.TestDefinition {
  return chromiumTest(name, async ({ page }: Browsing) => {
    await using authority = await startAuthority();
    await page.route("https://**", (route) => route.abort()); // fonts
    await run(authority, page);
  });
}

/** Signs in on the provider's page, which takes any name and password, and consents. */
async function signIn(page: Page, name: string): Promise<void> {
  await page.locator("input[name=login]").fill(name);
  await page.locator("input[name=password]").fill("anything");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
}

Deno.test(providerTest(
  "a certified provider signs a person in with the browser, and renews",
  async (authority, page) => {
    const { url, clientId, provider, reasons } = authority;
    let visit: Promise<void> | undefined;
    const credential = browserCredential({
      authority: url,
      tenantId: TENANT,
      clientId,
      loginHint: "alex",
      openBrowser: (address) => {
        visit = page.goto(address).then(() => signIn(page, "alex"));
      },
    });
    const first = (await credential.getToken(SCOPE))!;
    await visit;
    await page.getByRole("heading", { name: "You are signed in" }).waitFor();
    const issued = await provider.AccessToken.find(first.token);
    assertEquals([issued!.clientId, issued!.accountId], [clientId, "alex"]);
    assertMatch(issued!.scope, /User\.ReadWrite/);
    const second = (await credential.getToken(SCOPE, { refusedToken: first.token }))!;
    assert(second.token !== first.token);
    assertEquals((await provider.AccessToken.find(second.token))!.accountId, "alex");
    assertEquals(reasons, []);
  },
));

Deno.test(providerTest("a certified provider's refusal of a person is told", async (authority, page) => {
  const { url, clientId } = authority;
  let visit: Promise<unknown> | undefined;
  const credential = browserCredential({
    authority: url,
    tenantId: TENANT,
    clientId,
    loginHint: "alex",
    openBrowser: (address) => {
      visit = page.goto(address).then(() => page.getByText("Cancel").click());
    },
  });
  const error = await credential.getToken(SCOPE).catch((error) => error);
  await visit;
  await page.getByRole("heading", { name: "The sign-in did not succeed" }).waitFor();
  assert(error instanceof CredentialError);
  assertEquals(error.code, "SignInRefused");
  assertMatch(error.message, /was canceled/);
}));

Deno.test(
  providerTest("a certified provider signs a person in with a device code", async (authority, page) => {
    const { url, clientId, provider, reasons } = authority;
    let visit: Promise<void> | undefined;
    const enter = async ({ address, userCode }: DeviceCodePrompt) => {
      await page.goto(address);
      await page.locator("input[name=user_code]").fill(userCode);
      await page.getByRole("button", { name: "Continue" }).click();
      await page.getByText(userCode).waitFor(); // is it the same?
      await page.getByRole("button", { name: "Continue" }).click();
      await signIn(page, "alex");
    };
    const credential = deviceCodeCredential({
      authority: url,
      tenantId: TENANT,
      clientId,
      onPrompt: (prompt) => void (visit = enter(prompt)),
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        if (!String(input).endsWith("/devicecode")) return response;
        return Response.json({ ...await response.json(), interval: 0.1 }); // nobody waits for 5 s
      },
    });
    const { token } = (await credential.getToken(SCOPE))!;
    await visit;
    assertEquals((await provider.AccessToken.find(token))!.accountId, "alex");
    assertEquals(new Set(reasons).size <= 1, true, String(reasons)); // that it is pending
  }),
);
