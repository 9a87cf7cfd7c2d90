import { clientAssertionCredential, clientSecretCredential } from "../../lib/auth/client_credentials.ts";
import type { GetTokenOptions } from "../../lib/auth/token_credential.ts";
import { assertEquals, assertRejects, assertThrows } from "../deps/assert.ts";
import { assertHides } from "../support/secrecy.ts";
import { generousAuthority } from "../support/sign_in.ts";
import { LOOPBACK, test } from "../support/test.ts";

const CLIENT = { tenantId: "contoso.com", clientId: "app-id" };
const SECRET = "s3cret~_.-+/= &%é";

/** A tenant id and a client id go into a URL and a form. */
const NO_IDS = [
  "",
  " ",
  "a b",
  "a/b",
  "../x",
  "a?b",
  "a#b",
  "a%2fb",
  "a\nb",
  ".",
  "..",
  "-",
  "é",
  null,
  5,
  {},
];
const NO_ROOTS = ["", "login.example", "http://login.example", "https://u:p@login.example", "https://a/b"];

test("each client credential throws a TypeError for an id that cannot be one", "none", () => {
  for (const value of NO_IDS) {
    for (const [name, what] of [["tenantId", "the tenant id"], ["clientId", "the client id"]] as const) {
      const client = { ...CLIENT, [name]: value as string };
      const getAssertion = () => "x";
      assertThrows(() => clientSecretCredential({ ...client, clientSecret: SECRET }), TypeError, what);
      assertThrows(() => clientAssertionCredential({ ...client, getAssertion }), TypeError, what);
    }
  }
});

test("each client credential throws a TypeError for an authority that is no bare https root", "none", () => {
  for (const authority of NO_ROOTS) {
    const settings = { ...CLIENT, authority, clientSecret: SECRET, getAssertion: () => "x" };
    for (const make of [clientSecretCredential, clientAssertionCredential]) {
      assertThrows(() => make(settings), TypeError, "the authority");
    }
  }
});

test("clientSecretCredential() throws a TypeError for a secret that is none", "none", () => {
  for (const value of ["", null, undefined, 5, ["s"]]) {
    const clientSecret = value as string;
    assertThrows(() => clientSecretCredential({ ...CLIENT, clientSecret }), TypeError, "the client secret");
  }
});

test("clientAssertionCredential() throws a TypeError for what cannot give an assertion", "none", () => {
  for (const value of [undefined, null, "x", {}]) {
    const getAssertion = value as unknown as () => string;
    assertThrows(() => clientAssertionCredential({ ...CLIENT, getAssertion }), TypeError, "getAssertion");
  }
});

test("a client credential does not repeat a secret that is given in the place of an id", "none", () => {
  const canary = "canary~secret.4711";
  for (const name of ["tenantId", "clientId"]) {
    const settings = { ...CLIENT, clientSecret: SECRET, [name]: canary };
    assertHides(assertThrows(() => clientSecretCredential(settings), TypeError), [canary], name);
  }
});

test("a client credential checks the authority and tenant that getToken() is told", LOOPBACK, async () => {
  await using server = generousAuthority();
  const hostile: GetTokenOptions[] = [
    { authority: `${server.url}/path?x=` },
    { authority: "http://login.example" },
    { authority: server.url, tenantId: "../evil" },
    { authority: server.url, tenantId: "a?b=" },
  ];
  // Were it sent after all, it would come to the server here, not to another host.
  const redirected: typeof fetch = (_url, init) => fetch(server.url, init);
  for (const options of hostile) {
    const credential = clientSecretCredential({ ...CLIENT, clientSecret: SECRET, fetch: redirected });
    await assertRejects(() => credential.getToken("scope", options), TypeError, "Cannot use the");
  }
  assertEquals(server.received.length, 0);
});
