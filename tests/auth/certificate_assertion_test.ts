import { createHash, createPublicKey, verify } from "node:crypto";
import { clientCertificateCredential } from "../../lib/auth/client_credentials.ts";
import { assert, assertEquals, assertMatch } from "../deps/assert.ts";
import { fromPem, type Identity, keyPem, makeIdentity } from "../support/certificates.ts";
import { forms, generousAuthority } from "../support/sign_in.ts";
import { LOOPBACK_ONLY } from "../support/test.ts";

function chainOf(...identities: Identity[]): string[] {
  return identities.map(({ certificate }) => certificate);
}

const root = await makeIdentity("Test Root");
const middle = await makeIdentity("Test Intermediate", { issuer: root });
const own = await makeIdentity("Test App", { issuer: middle });
const chain = chainOf(own, middle, root);

/** Decodes a part of a JWT. */
const json = (segment = "") => JSON.parse(atob(segment.replaceAll("-", "+").replaceAll("_", "/")));

/** Signs in with a certificate, and returns the assertions that the token endpoint received. */
async function assertions(certificate: string, count = 1, sendCertificateChain?: boolean) {
  await using authority = generousAuthority();
  const credential = clientCertificateCredential({
    tenantId: "contoso.com",
    clientId: "app-id",
    authority: authority.url,
    certificate,
    ...(sendCertificateChain === undefined ? {} : { sendCertificateChain }),
  });
  for (let at = 0; at < count; at++) await credential.getToken("scope", { refusedToken: `T${at}` });
  return forms(authority).map(({ client_assertion, ...form }, at) => {
    const [header, claims, signature = ""] = client_assertion!.split(".");
    const isSignedBy = (identity: Identity) =>
      verify(
        "sha256",
        new TextEncoder().encode(`${header}.${claims}`),
        { key: createPublicKey(identity.certificate), padding: 6, saltLength: 32 }, // RSA_PKCS1_PSS_PADDING
        Uint8Array.fromBase64(signature, { alphabet: "base64url" }),
      );
    const url = authority.url + authority.received[at]!.path;
    return { header: json(header), claims: json(claims), form, url, isSignedBy };
  });
}

Deno.test(
  "clientCertificateCredential() sends the assertion that Entra's page on certificates describes",
  LOOPBACK_ONLY,
  async () => {
    const before = Math.floor(Date.now() / 1000);
    const [assertion] = await assertions(own.certificate + keyPem(own));
    const { header, claims, form, url, isSignedBy } = assertion!;
    const thumbprint = createHash("sha256").update(fromPem(own.certificate)).digest("base64url");
    assertEquals(header, { alg: "PS256", typ: "JWT", "x5t#S256": thumbprint });
    const { jti, iat, nbf, exp, ...rest } = claims;
    assertEquals(rest, { aud: url, iss: "app-id", sub: "app-id" });
    assertMatch(url, /\/contoso\.com\/oauth2\/v2\.0\/token$/);
    assertMatch(String(jti), /^[0-9a-f-]{36}$/);
    assert(Number(nbf) >= before && Number(nbf) <= Date.now() / 1000, `nbf ${nbf}`);
    assertEquals(iat, nbf);
    const lifetime = Number(exp) - Number(nbf);
    assert(lifetime >= 300 && lifetime <= 600, `lifetime ${lifetime} s`);
    assert(isSignedBy(own), "the signature does not verify");
    assert(!isSignedBy(root), "any key verifies the signature");
    const { claims: _claims, ...fields } = form;
    assertEquals(fields, {
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      grant_type: "client_credentials",
      client_id: "app-id",
      scope: "scope",
    });
  },
);

Deno.test("clientCertificateCredential() makes a new assertion for each request", LOOPBACK_ONLY, async () => {
  const sent = await assertions(own.certificate + keyPem(own), 3);
  assertEquals(new Set(sent.map(({ claims }) => claims.jti)).size, 3);
});

Deno.test("clientCertificateCredential() sends a chain only when asked to", LOOPBACK_ONLY, async () => {
  for (const asked of [undefined, false]) {
    const [assertion] = await assertions(chain.join("") + keyPem(own), 1, asked);
    assertEquals(assertion!.header.x5c, undefined);
  }
});

const base64Of = (pem: string) => fromPem(pem).toBase64();

Deno.test(
  "clientCertificateCredential() sends its own certificate first in a chain",
  LOOPBACK_ONLY,
  async () => {
    for (const given of [chainOf(own), chainOf(own, root), chainOf(root, own), chainOf(root, own, middle)]) {
      const [assertion] = await assertions(given.join("") + keyPem(own), 1, true);
      const { x5c } = assertion!.header;
      assertEquals(x5c[0], base64Of(own.certificate));
      assertEquals(x5c.toSorted(), given.map(base64Of).toSorted());
      assert(assertion!.isSignedBy(own));
    }
  },
);

Deno.test(
  "clientCertificateCredential() sends each certificate before its issuer",
  LOOPBACK_ONLY,
  async () => {
    for (const given of [chain, chain.toReversed()]) { // RFC 7515, section 4.1.6
      const [assertion] = await assertions(given.join("") + keyPem(own), 1, true);
      assertEquals(assertion!.header.x5c, chain.map(base64Of));
    }
  },
);
