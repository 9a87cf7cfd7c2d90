import { clientAssertionCredential, clientSecretCredential } from "../../lib/auth/client_credentials.ts";
import type { GetTokenOptions } from "../../lib/auth/token_credential.ts";
import { startEmulator } from "../../lib/emulator/mod.ts";
import { CredentialError } from "../../lib/errors.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assert, assertEquals, assertRejects } from "../deps/assert.ts";
import { ALEX, emulatorTest } from "../support/emulated.ts";
import { forms, generousAuthority } from "../support/sign_in.ts";
import { LOOPBACK, test } from "../support/test.ts";

const CLIENT = { tenantId: "contoso.com", clientId: "app-id" };
const SECRET = "s3cret~_.-+/= &%é";

emulatorTest("clientSecretCredential() signs in, and keeps its token", async (tenant) => {
  const { tenantId, clientId, clientSecret, cloud } = tenant;
  const credential = clientSecretCredential({ tenantId, clientId, clientSecret });
  for (const outcome of ["removed", "absent"]) {
    assertEquals((await removeProfilePhoto(ALEX, { credential, cloud })).outcome, outcome);
  }
  assertEquals([tenant.counts.token, tenant.counts.graph], [1, 2]);
});

test("clientSecretCredential() sends the form of RFC 6749 to the tenant's endpoint", LOOPBACK, async () => {
  await using authority = generousAuthority();
  const credential = clientSecretCredential({
    ...CLIENT,
    authority: `${authority.url}/`,
    clientSecret: SECRET,
  });
  const before = Date.now();
  const { token, expiresOnTimestamp } = (await credential.getToken("https://graph.example/.default"))!;
  assertEquals(token, "T1");
  assert(expiresOnTimestamp >= before + 3599_000 && expiresOnTimestamp <= Date.now() + 3599_000);
  const [{ method, path, headers }] = authority.received as [typeof authority.received[0]];
  assertEquals([method, path], ["POST", "/contoso.com/oauth2/v2.0/token"]);
  assertEquals(headers.get("content-type"), "application/x-www-form-urlencoded;charset=UTF-8");
  assertEquals(headers.get("authorization"), null);
  const [{ claims, ...form }] = forms(authority) as [Record<string, string>];
  assertEquals(form, {
    grant_type: "client_credentials",
    client_id: "app-id",
    scope: "https://graph.example/.default",
    client_secret: SECRET,
  });
  assertEquals(JSON.parse(claims!), { access_token: { xms_cc: { values: ["cp1"] } } });
});

test(
  "clientSecretCredential() signs in at its own authority, else at the cloud's",
  LOOPBACK,
  async () => {
    await using own = generousAuthority();
    await using cloud = generousAuthority();
    const options = { authority: cloud.url };
    await clientSecretCredential({ ...CLIENT, clientSecret: SECRET, authority: own.url }).getToken(
      "scope",
      options,
    );
    assertEquals([own.received.length, cloud.received.length], [1, 0]);
    await clientSecretCredential({ ...CLIENT, clientSecret: SECRET }).getToken("scope", options);
    assertEquals([own.received.length, cloud.received.length], [1, 1]);
  },
);

test("clientSecretCredential() signs in to the tenant that getToken() is told", LOOPBACK, async () => {
  await using authority = generousAuthority();
  const credential = clientSecretCredential({ ...CLIENT, authority: authority.url, clientSecret: SECRET });
  const told: GetTokenOptions[] = [{}, { tenantId: "fabrikam.com" }, {}];
  for (const options of told) await credential.getToken("scope", options);
  assertEquals(authority.received.map(({ path }) => path.split("/")[1]), ["contoso.com", "fabrikam.com"]);
});

test("clientSecretCredential() uses the fetch that it is given", LOOPBACK, async () => {
  await using authority = generousAuthority();
  const asked: unknown[] = [];
  const own: typeof fetch = (url, init) => {
    asked.push(url);
    return fetch(url, init);
  };
  const { url } = authority;
  await clientSecretCredential({ ...CLIENT, authority: url, clientSecret: SECRET, fetch: own }).getToken(
    "scope",
  );
  assertEquals(asked, [`${url}/contoso.com/oauth2/v2.0/token`]);
});

test(
  "clientAssertionCredential() sends a new assertion with each request, trimmed",
  LOOPBACK,
  async () => {
    await using authority = generousAuthority();
    let count = 0;
    const getAssertion = () => Promise.resolve(` assertion-${++count}\n`);
    const credential = clientAssertionCredential({ ...CLIENT, authority: authority.url, getAssertion });
    for (const refusedToken of ["", "T1", "T2"]) await credential.getToken("scope", { refusedToken });
    const [form] = forms(authority);
    assertEquals(form!.client_assertion_type, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assertEquals(form!.client_secret, undefined);
    const sent = forms(authority).map(({ client_assertion }) => client_assertion);
    assertEquals(sent, ["assertion-1", "assertion-2", "assertion-3"]);
  },
);

test("clientAssertionCredential() throws for an empty assertion, and sends nothing", LOOPBACK, async () => {
  await using authority = generousAuthority();
  for (const assertion of ["", " ", "\n"]) {
    const getAssertion = () => assertion;
    const credential = clientAssertionCredential({ ...CLIENT, authority: authority.url, getAssertion });
    const error = await assertRejects(() => credential.getToken("scope"), CredentialError);
    assertEquals(error.code, "CredentialInvalid");
  }
  assertEquals(authority.received.length, 0);
});

test("a client credential shared by many removals signs in once", LOOPBACK, async () => {
  await using tenant = await startEmulator();
  const { tenantId, clientId, clientSecret, cloud } = tenant;
  const credential = clientSecretCredential({ tenantId, clientId, clientSecret });
  const users = ["alex", "diego", "grady", "isaiah"].map((name) => ({ user: `${name}@contoso.com` }));
  const results = await Promise.all(users.map((user) => removeProfilePhoto(user, { credential, cloud })));
  assertEquals(results.map(({ outcome }) => outcome), users.map(() => "removed"));
  assertEquals(tenant.counts.token, 1);
});

test("a client credential signs in whatever its secret looks like", LOOPBACK, async () => {
  for (const clientSecret of ["access_token", "T1", "s", '"', "{", "a\nb", " ", "€"]) {
    await using authority = generousAuthority();
    const credential = clientSecretCredential({ ...CLIENT, clientSecret, authority: authority.url });
    const answer = await credential.getToken("scope");
    assertEquals(answer!.token, "T1", JSON.stringify(clientSecret));
    assertEquals(forms(authority)[0]!.client_secret, clientSecret);
  }
});
