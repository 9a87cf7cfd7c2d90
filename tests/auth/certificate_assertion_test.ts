import { createHash, createPublicKey, verify } from "node:crypto";
import { clientCertificateCredential } from "../../lib/auth/client_certificate.ts";
import { assert, assertEquals, assertMatch } from "../deps/assert.ts";
import { fromPem, type Identity, keyPem, makeIdentity } from "../support/certificates.ts";
import { serve } from "../support/server.ts";
import { LOOPBACK, test } from "../support/test.ts";

const root = await makeIdentity("Test Root");
const middle = await makeIdentity("Test Intermediate", { issuer: root });
const own = await makeIdentity("Test App", { issuer: middle });
const chain = [own, middle, root].map(({ certificate }) => certificate);

interface Assertion {
  readonly header: Record<string, unknown>;
  readonly claims: Record<string, unknown>;
  readonly form: URLSearchParams;
  readonly path: string;
  readonly authority: string;
  readonly isSignedBy: (identity: Identity) => boolean;
}

const json = (segment: string) => JSON.parse(atob(segment.replaceAll("-", "+").replaceAll("_", "/")));

/** The assertions that reach a token endpoint in so many sign-ins with a certificate. */
async function assertions(
  certificate: string,
  count = 1,
  sendCertificateChain?: boolean,
): Promise<Assertion[]> {
  let token = 0;
  await using authority = serve(() => Response.json({ access_token: `T${++token}`, expires_in: 3599 }));
  const credential = clientCertificateCredential({
    tenantId: "contoso.com",
    clientId: "app-id",
    authority: authority.url,
    certificate,
    ...(sendCertificateChain === undefined ? {} : { sendCertificateChain }),
  });
  for (let refused = ""; token < count;) {
    refused = (await credential.getToken("scope", { refusedToken: refused }))!.token;
  }
  return authority.received.map(({ body, path }) => {
    const form = new URLSearchParams(body);
    const [header = "", claims = "", signature = ""] = form.get("client_assertion")!.split(".");
    return {
      header: json(header),
      claims: json(claims),
      form,
      path,
      authority: authority.url,
      isSignedBy: (identity) =>
        verify(
          "sha256",
          new TextEncoder().encode(`${header}.${claims}`),
          { key: createPublicKey(identity.certificate), padding: 6, saltLength: 32 }, // RSA_PKCS1_PSS_PADDING
          Uint8Array.fromBase64(signature, { alphabet: "base64url" }),
        ),
    };
  });
}

test(
  "clientCertificateCredential() sends an assertion as Entra's page on certificates has it",
  LOOPBACK,
  async () => {
    const before = Math.floor(Date.now() / 1000);
    const [assertion] = await assertions(own.certificate + keyPem(own));
    const { header, claims, form, path, authority, isSignedBy } = assertion!;
    const thumbprint = createHash("sha256").update(fromPem(own.certificate)).digest("base64url");
    assertEquals(header, { alg: "PS256", typ: "JWT", "x5t#S256": thumbprint });
    const { jti, iat, nbf, exp, ...rest } = claims;
    assertEquals(rest, { aud: `${authority}/contoso.com/oauth2/v2.0/token`, iss: "app-id", sub: "app-id" });
    assertEquals(path, "/contoso.com/oauth2/v2.0/token");
    assertMatch(String(jti), /^[0-9a-f-]{36}$/);
    assert(Number(nbf) >= before && Number(nbf) <= Date.now() / 1000, `nbf ${nbf}`);
    assertEquals(iat, nbf);
    const lifetime = Number(exp) - Number(nbf);
    assert(lifetime >= 300 && lifetime <= 600, `it is good for ${lifetime} s`);
    assert(isSignedBy(own), "the signature does not verify");
    assert(!isSignedBy(root), "any key verifies the signature");
    assertEquals(form.get("client_assertion_type"), "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    assertEquals([
      form.get("grant_type"),
      form.get("client_id"),
      form.get("scope"),
      form.get("client_secret"),
    ], [
      "client_credentials",
      "app-id",
      "scope",
      null,
    ]);
  },
);

test("clientCertificateCredential() makes a new assertion for each request", LOOPBACK, async () => {
  const sent = await assertions(own.certificate + keyPem(own), 3);
  assertEquals(new Set(sent.map(({ claims }) => claims.jti)).size, 3);
});

test("clientCertificateCredential() sends a chain only when asked to", LOOPBACK, async () => {
  for (const asked of [undefined, false]) {
    const [assertion] = await assertions(chain.join("") + keyPem(own), 1, asked);
    assertEquals(assertion!.header.x5c, undefined);
  }
});

const base64Of = (pem: string) => fromPem(pem).toBase64();

test("clientCertificateCredential() sends its own certificate first in a chain", LOOPBACK, async () => {
  for (const order of [[own], [own, root], [root, own], [root, own, middle]]) {
    const [assertion] = await assertions(
      order.map(({ certificate }) => certificate).join("") + keyPem(own),
      1,
      true,
    );
    const x5c = assertion!.header.x5c as string[];
    assertEquals(x5c[0], base64Of(own.certificate));
    assertEquals(x5c.toSorted(), order.map(({ certificate }) => base64Of(certificate)).toSorted());
    assert(assertion!.isSignedBy(own));
  }
});

test(
  "clientCertificateCredential() sends each certificate before the one that issued it",
  LOOPBACK,
  async () => {
    for (const order of [chain, chain.toReversed()]) { // RFC 7515, section 4.1.6
      const [assertion] = await assertions(order.join("") + keyPem(own), 1, true);
      const x5c = assertion!.header.x5c as string[];
      assertEquals(x5c.map((sent) => chain.findIndex((pem) => base64Of(pem) === sent)), [0, 1, 2]);
    }
  },
);
