import { clientCertificateCredential } from "../../lib/auth/client_certificate.ts";
import { assertionProof, clientAssertionCredential } from "../../lib/auth/client_credentials.ts";
import type { TokenCredential } from "../../lib/auth/token_credential.ts";
import { requestToken } from "../../lib/auth/request_token.ts";
import { CredentialError } from "../../lib/errors.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assert, assertRejects } from "../deps/assert.ts";
import { keyMaterial, keyPem, makeIdentity } from "../support/certificates.ts";
import { ALEX } from "../support/emulated.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { rejection } from "../support/promises.ts";
import { assertHides } from "../support/secrecy.ts";
import { type Received, serve, unusedRoot } from "../support/server.ts";
import { forms, generousAuthority } from "../support/sign_in.ts";
import { LOOPBACK, test } from "../support/test.ts";

/** As Entra makes them, with a ~; one with characters that every encoding changes; an assertion of real length. */
const SECRETS = [
  "Abc8Q~canary-secret_4711.Q",
  'Ab+c/8"canary\\secret =&%<é>',
  `eyJhbGciOiJub25lIn0.${"canary-4711_".repeat(300)}`,
];

const unicodeEscape = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
/** The escapes that .NET writes into JSON. */
const escaped = (json: string) => json.replace(/[+/<>&']/g, unicodeEscape);
const refused = (fields: object) =>
  JSON.stringify({ error: "invalid_client", error_codes: [7000215], ...fields });

/** How a token endpoint, or what stands in its place, can send back what it was sent. */
const ECHOES: Readonly<Record<string, (secret: string, received: Received) => string>> = {
  "the value in the description": (secret) => refused({ error_description: `AADSTS7000215: No: ${secret}` }),
  "the value, escaped": (secret) => escaped(refused({ error_description: `AADSTS7000215: No: ${secret}` })),
  "the value, percent-encoded": (secret) => refused({ error_description: encodeURIComponent(secret) }),
  "the form in the description": (_, { body }) => refused({ error_description: `Bad request: ${body}` }),
  "the value as the error": (secret) => JSON.stringify({ error: secret }),
  "the value as the correlation id": (secret) => refused({ correlation_id: secret }),
  "the form as the whole body": (_, { body }) => body,
  "the form in a page": (_, { body }) => `<html>${body}</html>`,
};

for (const [what, echo] of Object.entries(ECHOES)) {
  test(`no failed sign-in shows what it sent when it gets back ${what}`, LOOPBACK, async () => {
    for (const secret of SECRETS) {
      for (const status of [200, 302, 400, 401, 403, 429, 503]) {
        await using server = serve((received) => new Response(echo(secret, received), { status }));
        for (const proof of [{ client_secret: secret }, assertionProof(secret)] as Record<string, string>[]) {
          const request = { tokenUrl: `${server.url}/t/oauth2/v2.0/token`, clientId: "c", scope: "s", proof };
          const error = await rejection(requestToken(request, { fetch, clock: fakeClock() }));
          assert(error instanceof CredentialError);
          assertHides(error, [secret, secret.slice(0, 24)], `${status} and ${Object.keys(proof).at(-1)}`);
        }
      }
    }
  });
}

test("no failed connection to the sign-in service shows what was to be sent", LOOPBACK, async () => {
  for (const secret of SECRETS) {
    const request = {
      tokenUrl: `${unusedRoot()}/t`,
      clientId: "c",
      scope: "s",
      proof: { client_secret: secret },
    };
    const error = await rejection(requestToken(request, { fetch, clock: fakeClock() }));
    assertHides(error, [secret], "a lost connection");
  }
});

test("no refused certificate shows key, password or assertion", LOOPBACK, async () => {
  const identity = await makeIdentity("Test App");
  const certificatePassword = "canary-password";
  const certificate = identity.certificate + keyPem(identity, "pkcs8", "aes-256-cbc", certificatePassword);
  const client = { tenantId: "t", clientId: "c", certificate, certificatePassword };
  for (const echo of [ECHOES["the value in the description"]!, ECHOES["the form in the description"]!]) {
    await using server = serve((received) => {
      const assertion = new URLSearchParams(received.body).get("client_assertion")!;
      return new Response(echo(assertion, received), { status: 401 });
    });
    const credential = clientCertificateCredential({ ...client, authority: server.url });
    const error = await rejection(credential.getToken("scope"));
    assert(error instanceof CredentialError);
    const assertion = forms(server)[0]!.client_assertion!;
    assertHides(error, [...keyMaterial(identity), certificatePassword, assertion], "a refused assertion");
  }
});

test("no credential shows what it holds when it is printed", LOOPBACK, async () => {
  const identity = await makeIdentity("Test App");
  const client = { tenantId: "t", clientId: "c" };
  await using server = generousAuthority();
  const credentials: TokenCredential[] = [
    clientCertificateCredential({ ...client, certificate: identity.certificate + keyPem(identity) }),
    clientAssertionCredential({ ...client, authority: server.url, getAssertion: () => "canary-assertion" }),
  ];
  await credentials[1]!.getToken("scope");
  for (const credential of credentials) {
    assertHides(credential, [...keyMaterial(identity), "canary-assertion"], "a credential");
  }
});

/** Credentials of others that hand out what cannot be sent. */
const CANARY = "canary-token-4711";
const USELESS = [`${CANARY}\nx`, `${CANARY} x`, `${CANARY}é`, `\r\nx-evil: ${CANARY}`];

test("no useless token of another's credential is shown, or sent", LOOPBACK, async () => {
  await using server = serve(() => new Response());
  const cloud = { graph: server.url, authority: server.url };
  for (const token of USELESS) {
    const credential = { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Infinity }) };
    const error = await assertRejects(() => removeProfilePhoto(ALEX, { credential, cloud }), CredentialError);
    assertHides(error, [CANARY], JSON.stringify(token));
  }
  assert(server.received.length === 0);
});
