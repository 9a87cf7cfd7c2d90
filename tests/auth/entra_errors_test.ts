import { clientCertificateCredential } from "../../lib/auth/client_credentials.ts";
import { clientAssertionCredential, clientSecretCredential } from "../../lib/auth/client_credentials.ts";
import {
  isTransientEntraError,
  parseEntraError,
  signInRefusedError,
  toCredentialError,
} from "../../lib/auth/entra_errors.ts";
import type { TokenCredential } from "../../lib/auth/token_credential.ts";
import { type Emulator, type EmulatorOptions, selfSignedCertificate } from "../../lib/emulator/mod.ts";
import { CredentialError } from "../../lib/errors.ts";
import { rememberSecret } from "../../lib/http/redact.ts";
import { SignJWT } from "../../lib/deps/jose.ts";
import { removeProfilePhoto } from "../../lib/remove_profile_photo.ts";
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "../deps/assert.ts";
import { ALEX, emulatorTest } from "../support/emulated.ts";
import { serve, type TestServer } from "../support/server.ts";
import { LOOPBACK_ONLY, NONE } from "../support/test.ts";

const ISSUER = "https://issuer.example";
const { privateKey, publicKey } = await crypto.subtle.generateKey(
  { name: "ECDSA", namedCurve: "P-256" },
  true,
  ["sign", "verify"],
) as CryptoKeyPair;
const publicJwk = await crypto.subtle.exportKey("jwk", publicKey);

interface Claims {
  readonly issuer?: string;
  readonly subject?: string;
  readonly audience?: string;
  readonly expires?: string;
}

/** Signs in with an assertion that the app trusts, except for the given claims. */
function federated(tenant: Emulator, claims: Claims): TokenCredential {
  tenant.registerFederatedKey(ISSUER, "workload", publicJwk);
  const { tenantId, clientId } = tenant;
  const getAssertion = () =>
    new SignJWT().setProtectedHeader({ alg: "ES256" }).setIssuer(claims.issuer ?? ISSUER)
      .setSubject(claims.subject ?? "workload").setAudience(claims.audience ?? "api://AzureADTokenExchange")
      .setExpirationTime(claims.expires ?? "5m").sign(privateKey);
  return clientAssertionCredential({ tenantId, clientId, getAssertion });
}

const withSecret = (
  tenant: Emulator,
  changed: Partial<Record<"tenantId" | "clientId" | "clientSecret", string>> = {},
) => {
  const { tenantId, clientId, clientSecret } = tenant;
  return clientSecretCredential({ tenantId, clientId, clientSecret, ...changed });
};

async function withOtherCertificate({ tenantId, clientId }: Emulator): Promise<TokenCredential> {
  const { pem: certificate } = await selfSignedCertificate();
  return clientCertificateCredential({ tenantId, clientId, certificate });
}

interface Refusal {
  readonly credential: (tenant: Emulator) => TokenCredential | Promise<TokenCredential>;
  readonly code: number;
  readonly hint: RegExp;
  readonly options?: EmulatorOptions;
}

const REFUSALS: Readonly<Record<string, Refusal>> = {
  "a wrong secret": {
    credential: (tenant) => withSecret(tenant, { clientSecret: "wrong" }),
    code: 7000215,
    hint: /secret's value, not its id/,
  },
  "an expired secret": {
    credential: (t) => withSecret(t),
    code: 7000222,
    hint: /expired/,
    options: { secretExpired: true },
  },
  "an app that is not in the tenant": {
    credential: (tenant) => withSecret(tenant, { clientId: crypto.randomUUID() }),
    code: 700016,
    hint: /client id, the tenant id and the cloud/,
  },
  "a tenant that does not exist": {
    credential: (tenant) => withSecret(tenant, { tenantId: "nowhere.example" }),
    code: 90002,
    hint: /tenant id and the cloud/,
  },
  "no tenant of its own": {
    credential: (tenant) => withSecret(tenant, { tenantId: "common" }),
    code: 9001023,
    hint: /not common, consumers or organizations/,
  },
  "a certificate that is not registered": {
    credential: withOtherCertificate,
    code: 700027,
    hint: /Upload this very cert/,
  },
  "another issuer": {
    credential: (t) => federated(t, { issuer: "https://x.example" }),
    code: 700211,
    hint: /issuer/,
  },
  "another subject": { credential: (t) => federated(t, { subject: "x" }), code: 700213, hint: /subject/ },
  "another audience": { credential: (t) => federated(t, { audience: "x" }), code: 700212, hint: /audience/ },
  "an assertion that has expired": {
    credential: (t) => federated(t, { expires: "-1m" }),
    code: 700024,
    hint: /^The assertion expired at .*Z\. Get a new one/,
  },
};

for (const [what, { credential, code, hint, options }] of Object.entries(REFUSALS)) {
  Deno.test(
    emulatorTest(`a sign-in with ${what} is refused with AADSTS${code} and what to do`, async (tenant) => {
      const given = { credential: await credential(tenant), cloud: tenant.cloud };
      const error = await assertRejects(() => removeProfilePhoto(ALEX, given), CredentialError);
      assertEquals([error.code, [...error.aadstsCodes]], ["SignInRefused", [code]]);
      assertMatch(error.correlationId!, /^[0-9a-f-]{36}$/);
      assertMatch(error.hint!, hint);
      for (const part of [`AADSTS${code}`, error.correlationId!, tenant.url]) {
        assertStringIncludes(error.message, part);
      }
      assert(!/Trace ID|Timestamp/.test(error.message), error.message);
      assertEquals([tenant.counts.token, tenant.counts.graph], [1, 0]);
    }, options),
  );
}

Deno.test(emulatorTest("a sign-in with an assertion of a trusted issuer succeeds", async (tenant) => {
  const { outcome } = await removeProfilePhoto(ALEX, {
    credential: federated(tenant, {}),
    cloud: tenant.cloud,
  });
  assertEquals(outcome, "removed");
}));

const NOTHING = { error: null, description: null, codes: [], correlationId: null };

Deno.test("parseEntraError() reads Entra's fields, and codes that are in the description alone", NONE, () => {
  const rows: [unknown, object][] = [
    [{ error: "invalid_client", error_codes: [7000215], correlation_id: "C" }, {
      error: "invalid_client",
      codes: [7000215],
      correlationId: "C",
    }],
    [{ error_description: "AADSTS50012: no. AADSTS700027: no." }, {
      description: "AADSTS50012: no. AADSTS700027: no.",
      codes: [50012, 700027],
    }],
    [{ error_codes: [700027], error_description: "AADSTS700027" }, {
      codes: [700027],
      description: "AADSTS700027",
    }],
  ];
  for (const [body, expected] of rows) {
    assertEquals(parseEntraError(JSON.stringify(body)), { ...NOTHING, ...expected });
  }
});

Deno.test("parseEntraError() returns nothing for what is not Entra's", NONE, () => {
  const texts = [
    "",
    "Too many requests",
    "<html>",
    "{",
    "null",
    "5",
    '"AADSTS50012"',
    "[]",
    "{}",
    '{"__proto__":{"error":"x"}}',
  ];
  for (const text of texts) assertEquals(parseEntraError(text), NOTHING, text);
  const odd = {
    error: 5,
    error_description: ["AADSTS1"],
    error_codes: ["1", 1.5, null, NaN, {}],
    correlation_id: {},
  };
  assertEquals(parseEntraError(JSON.stringify(odd)), NOTHING);
  assertEquals(parseEntraError('{"error_codes":{"0":1}}'), NOTHING);
});

Deno.test("parseEntraError() ignores numbers that cannot be codes", NONE, () => {
  const error_description = `AADSTS${"9".repeat(400)} AADSTS99999999999999999999 AADSTS50012`;
  assertEquals(parseEntraError(JSON.stringify({ error_description })).codes, [50012]);
});

Deno.test(
  "a message repeats at most 400 characters of what Entra or a credential said, without secrets",
  NONE,
  () => {
    const long = "x".repeat(1_000_000);
    const { error, description, correlationId } = parseEntraError(
      JSON.stringify({ error: long, error_description: long, correlation_id: long }),
    );
    for (const text of [error, correlationId]) assertEquals(text, `${"x".repeat(399)}…`);
    const refusal = signInRefusedError("as app x", 400, { ...NOTHING, description, codes: [1] });
    assertEquals(refusal.message, `Cannot sign in as app x: Entra answered 400: ${"x".repeat(399)}…`);
    const secret = "s3cret-".repeat(9);
    rememberSecret(secret);
    const { message } = toCredentialError(new Error(`${"x".repeat(350)} ${secret} ${long}`));
    assert(message.length < 450 && message.endsWith("…") && !message.includes("s3cret"), message);
  },
);

Deno.test("isTransientEntraError() knows the codes of temporary errors", NONE, () => {
  const of = (code: number) => isTransientEntraError({ ...NOTHING, codes: [1, code] });
  for (const code of [90006, 90024, 90033, 90090]) assert(of(code), `${code}`);
  for (const code of [90002, 7000215, 700027, 0]) assert(!of(code), `${code}`);
});

Deno.test("signInRefusedError() says what to check if the answer is not Entra's", NONE, () => {
  const { message, hint, aadstsCodes } = signInRefusedError("as app x", 403, NOTHING);
  assertEquals(message, "Cannot sign in as app x: Entra answered 403: no readable error");
  assertStringIncludes(hint!, "Check the authority");
  assertEquals([...aadstsCodes], []);
  for (const error of ["constructor", "__proto__", "toString"]) {
    assertEquals(signInRefusedError("x", 400, { ...NOTHING, error }).hint, hint);
  }
  assertEquals(signInRefusedError("x", 400, { ...NOTHING, codes: [1] }).hint, null);
});

/** Codes, and what their hint says. */
const HINTS: readonly (readonly [codes: number[], says: RegExp])[] = [
  [[7000215], /secret's value, not its id/],
  [[7000222], /expired: create a new one/],
  [[700016, 700011], /not in this tenant/],
  [[90002, 900023], /no such tenant/],
  [[50059, 90019, 9001023, 50194], /its id or domain, not common/],
  [[900382, 900432, 90038, 900439], /another cloud/],
  [[1000502, 7000214, 7000274, 7000277], /dates are in the file/],
  [[70021, 700211, 700212, 700213, 7002138], /Compare issuer, subject and audience/],
  [[70025], /no federated credential/],
  [[700222, 700229], /platform's token/],
  [[50027], /not a JWT/],
  [[65001, 90094, 90008], /administrator.*consent/],
  [[500011, 50001, 650052, 70011, 28002], /Check the cloud/],
  [[53003, 530032, 50131], /Conditional Access/],
  [[7000112, 70001], /disabled/],
  [[90055, 90006, 90012, 90024, 90033, 90090, 50033, 50087], /Try again later/],
];

Deno.test("signInRefusedError() says what to do about each code, and keeps Entra's sentence", NONE, () => {
  for (const [codes, says] of HINTS) {
    for (const code of codes) {
      const description = `AADSTS${code}: Entra's own sentence. Trace ID: 0`;
      const { message, hint } = signInRefusedError("x", 400, { ...NOTHING, codes: [code], description });
      assertMatch(hint ?? "", says, String(code));
      assertStringIncludes(message, "Entra's own sentence.");
    }
  }
});

Deno.test("signInRefusedError() prefers what the proof tells about a code", NONE, () => {
  const error = { ...NOTHING, codes: [700024, 700027] };
  const { hint } = signInRefusedError("x", 400, error, { hints: { 700024: "It expired yesterday." } });
  assertEquals(hint, "It expired yesterday.");
});

/** A sign-in service that refuses with a code. */
const refusing = (status: number, code: number): TestServer =>
  serve(() =>
    Response.json({
      error: "invalid_client",
      error_description: `AADSTS${code}: Entra's own sentence. Trace ID: 0 Correlation ID: 1`,
      error_codes: [code],
      correlation_id: "1",
    }, { status, headers: { "retry-after": "9999" } })
  );

Deno.test(
  "the dates of a certificate are in the hint if Entra finds it outside its validity",
  LOOPBACK_ONLY,
  async () => {
    await using server = refusing(401, 1000502);
    const { pem } = await selfSignedCertificate();
    const credential = clientCertificateCredential({
      tenantId: "t",
      clientId: "c",
      authority: server.url,
      certificate: pem,
    });
    const error = await assertRejects(() => credential.getToken("s"), CredentialError);
    assertMatch(error.hint!, /^Its certificate is valid from 20\d\d-.*Z to 20\d\d-.*Z: renew it/);
  },
);

Deno.test("Entra's sentence is kept whatever the status", LOOPBACK_ONLY, async () => {
  for (const [status, code] of [[429, 90055], [503, 90033], [401, 7000222], [400, 90006]] as const) {
    await using server = refusing(status, code);
    const credential = clientSecretCredential({
      tenantId: "t",
      clientId: "c",
      authority: server.url,
      clientSecret: "s",
    });
    const error = await assertRejects(() => credential.getToken("s"), CredentialError);
    assertStringIncludes(error.message, `answered ${status}: AADSTS${code}: Entra's own sentence.`);
    assertEquals([...error.aadstsCodes], [code]);
  }
});
