import {
  clientAssertionCredential,
  clientCertificateCredential,
  clientSecretCredential,
} from "../../lib/auth/client_credentials.ts";
import type { GetTokenOptions } from "../../lib/auth/token_credential.ts";
import { CredentialError } from "../../lib/errors.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "../deps/assert.ts";
import { ALEX, emulatorTest } from "../support/emulated.ts";
import { assertHides } from "../support/secrecy.ts";
import { forms, generousAuthority } from "../support/sign_in.ts";
import { LOOPBACK_ONLY, NONE } from "../support/test.ts";

const CLIENT = { tenantId: "contoso.com", clientId: "app-id" };
const SECRET = "s3cret~_.-+/= &%é";
const OPTIONS = { ...CLIENT, clientSecret: SECRET, certificate: "PEM", getAssertion: () => "x" };

/** Tenant and client ids become parts of a URL and a form. */
const NO_IDS: readonly unknown[] = [
  ...["", " ", "a b", "a/b", "../x", "a?b", "a#b", "a%2fb", "a\nb", ".", "..", "-", "é"],
  ...[null, 5, {}],
];
const NO_ROOTS = ["", "login.example", "http://login.example", "https://u:p@login.example", "https://a/b"];

Deno.test("each client credential throws a TypeError for an invalid id or authority", NONE, () => {
  const rows: [option: string, values: readonly unknown[], message: string][] = [
    ["tenantId", NO_IDS, "the tenant id"],
    ["clientId", NO_IDS, "the client id"],
    ["authority", NO_ROOTS, "the authority"],
  ];
  for (const [option, values, message] of rows) {
    for (const value of values) {
      for (const create of [clientSecretCredential, clientCertificateCredential, clientAssertionCredential]) {
        assertThrows(() => create({ ...OPTIONS, [option]: value }), TypeError, message);
      }
    }
  }
});

Deno.test("each client credential throws a TypeError for an invalid proof", NONE, () => {
  for (const value of ["", null, undefined, 5, ["s"], {}]) {
    const invalid = value as unknown as string & (() => string);
    const secret = () => clientSecretCredential({ ...CLIENT, clientSecret: invalid });
    assertThrows(secret, TypeError, "the client secret");
    const certificate = () => clientCertificateCredential({ ...CLIENT, certificate: invalid });
    assertThrows(certificate, TypeError, "the certificate as it must be");
    const certificatePath = () => clientCertificateCredential({ ...CLIENT, certificatePath: invalid });
    assertThrows(certificatePath, TypeError, "the certificate as it must be");
    const assertion = () => clientAssertionCredential({ ...CLIENT, getAssertion: invalid });
    assertThrows(assertion, TypeError, "getAssertion");
  }
});

Deno.test("a client credential does not repeat a secret that is given in place of an id", NONE, () => {
  const canary = "canary~secret.4711";
  for (const name of ["tenantId", "clientId"]) {
    const error = assertThrows(() => clientSecretCredential({ ...OPTIONS, [name]: canary }), TypeError);
    assertHides(error, [canary], name);
  }
});

Deno.test("a client credential validates the authority and tenant of getToken()", LOOPBACK_ONLY, async () => {
  await using server = generousAuthority();
  const hostile: GetTokenOptions[] = [
    { authority: `${server.url}/path?x=` },
    { authority: "http://login.example" },
    { authority: server.url, tenantId: "../evil" },
    { authority: server.url, tenantId: "a?b=" },
  ];
  // A request that is sent by mistake comes to the server here, not to another host.
  const redirected: typeof fetch = (_url, init) => fetch(server.url, init);
  for (const options of hostile) {
    const credential = clientSecretCredential({ ...OPTIONS, fetch: redirected });
    await assertRejects(() => credential.getToken("scope", options), TypeError, "Cannot use the");
  }
  assertEquals(server.received.length, 0);
});

Deno.test(emulatorTest("a client credential signs in once for many removals", async (tenant) => {
  const { tenantId, clientId, clientSecret, cloud } = tenant;
  const credential = clientSecretCredential({ tenantId, clientId, clientSecret });
  const users = ["diego", "grady", "isaiah"].map((name) => ({ user: `${name}@contoso.com` }));
  const results = await Promise.all(users.map((user) => removeProfilePhoto(user, { credential, cloud })));
  results.push(await removeProfilePhoto(ALEX, { credential, cloud }));
  assertEquals(new Set(results.map(({ outcome }) => outcome)), new Set(["removed"]));
  assertEquals([tenant.counts.token, tenant.counts.graph], [1, 4]);
}));

Deno.test(
  "clientSecretCredential() sends the form of RFC 6749 to the tenant's endpoint",
  LOOPBACK_ONLY,
  async () => {
    await using authority = generousAuthority();
    const credential = clientSecretCredential({ ...OPTIONS, authority: `${authority.url}/` });
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
  },
);

Deno.test("clientSecretCredential() sends any secret unchanged", LOOPBACK_ONLY, async () => {
  for (const clientSecret of ["access_token", "T1", "s", '"', "{", "a\nb", " ", "€"]) {
    await using authority = generousAuthority();
    const credential = clientSecretCredential({ ...CLIENT, clientSecret, authority: authority.url });
    assertEquals((await credential.getToken("scope"))!.token, "T1", JSON.stringify(clientSecret));
    assertEquals(forms(authority)[0]!.client_secret, clientSecret);
  }
});

Deno.test(
  "a client credential signs in at its own authority, else at the cloud's",
  LOOPBACK_ONLY,
  async () => {
    await using own = generousAuthority();
    await using cloud = generousAuthority();
    const options = { authority: cloud.url };
    await clientSecretCredential({ ...OPTIONS, authority: own.url }).getToken("scope", options);
    assertEquals([own.received.length, cloud.received.length], [1, 0]);
    await clientSecretCredential(OPTIONS).getToken("scope", options);
    assertEquals([own.received.length, cloud.received.length], [1, 1]);
  },
);

Deno.test(
  "a client credential signs in to the tenant of getToken(), else to its own",
  LOOPBACK_ONLY,
  async () => {
    await using authority = generousAuthority();
    const credential = clientSecretCredential({ ...OPTIONS, authority: authority.url });
    for (const tenantId of [undefined, "fabrikam.com", undefined]) {
      await credential.getToken("s", {
        tenantId,
      });
    }
    assertEquals(authority.received.map(({ path }) => path.split("/")[1]), ["contoso.com", "fabrikam.com"]);
  },
);

Deno.test("a client credential signs in with the given fetch", LOOPBACK_ONLY, async () => {
  await using authority = generousAuthority();
  const urls: unknown[] = [];
  const given: typeof fetch = (url, init) => {
    urls.push(url);
    return fetch(url, init);
  };
  await clientSecretCredential({ ...OPTIONS, authority: authority.url, fetch: given }).getToken("scope");
  assertEquals(urls, [`${authority.url}/contoso.com/oauth2/v2.0/token`]);
});

Deno.test(
  "clientAssertionCredential() sends a new assertion with each request, trimmed",
  LOOPBACK_ONLY,
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

Deno.test(
  "clientAssertionCredential() throws for an empty assertion, and sends nothing",
  LOOPBACK_ONLY,
  async () => {
    await using authority = generousAuthority();
    for (const assertion of ["", " ", "\n"]) {
      const getAssertion = () => assertion;
      const credential = clientAssertionCredential({ ...CLIENT, authority: authority.url, getAssertion });
      const error = await assertRejects(() => credential.getToken("scope"), CredentialError);
      assertEquals(error.code, "CredentialInvalid");
    }
    assertEquals(authority.received.length, 0);
  },
);
