import {
  base64url,
  exportJWK,
  generateKeyPair,
  importPKCS8,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from "../../lib/deps/jose.ts";
import { type Emulator, selfSignedCertificate } from "../../lib/emulator/mod.ts";
import { assertEquals, assertRejects } from "../deps/assert.ts";
import { emulatorTest, type FetchedResponse, graphClient, requestToken } from "./support.ts";

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

const der = (pem: string) => /-----BEGIN CERTIFICATE-----([^-]+)/.exec(pem)![1]!.replaceAll(/\s/g, "");

async function thumbprintOf(pem: string): Promise<string> {
  return base64url.encode(
    new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.fromBase64(der(pem)))),
  );
}

interface Assertion {
  readonly pem: string;
  readonly header?: Record<string, unknown>;
  readonly payload?: Record<string, unknown>;
}

/** Creates an assertion as documented by Microsoft, except for the given header and claims. */
async function assertionFor(emulator: Emulator, { pem, header, payload }: Assertion): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const protectedHeader = { alg: "PS256", typ: "JWT", "x5t#S256": await thumbprintOf(pem), ...header };
  const content: JWTPayload = {
    aud: `${emulator.url}/${emulator.tenantId}/oauth2/v2.0/token`,
    iss: emulator.clientId,
    sub: emulator.clientId,
    jti: crypto.randomUUID(),
    nbf: now,
    iat: now,
    exp: now + 600,
    ...payload,
  };
  const key = await importPKCS8(pem.slice(pem.indexOf("-----BEGIN PRIVATE")), protectedHeader.alg);
  return await new SignJWT(content).setProtectedHeader(protectedHeader as JWTHeaderParameters).sign(key);
}

function send(emulator: Emulator, client_assertion: string, type = ASSERTION_TYPE): Promise<FetchedResponse> {
  return requestToken(emulator, { client_assertion, client_assertion_type: type });
}

Deno.test(emulatorTest("The token endpoint accepts assertions of the app's certificate", async (emulator) => {
  const pem = await emulator.certificate();
  const soon = Math.ceil(Date.now() / 1000) + 1;
  const cases: Omit<Assertion, "pem">[] = [
    {},
    { header: { alg: "RS256" } },
    { header: { x5c: [der(pem)] } },
    { header: { typ: undefined } },
    { payload: { nbf: soon } },
  ];
  for (const assertion of cases) {
    const { status, json } = await send(emulator, await assertionFor(emulator, { pem, ...assertion }));
    assertEquals(status, 200, JSON.stringify([assertion, json]));
    assertEquals((await graphClient(emulator, json.access_token)("GET", "/users")).status, 200);
  }
}));

Deno.test(emulatorTest("The token endpoint refuses an assertion with a single flaw", async (emulator) => {
  const pem = await emulator.certificate();
  const { pem: other } = await selfSignedCertificate();
  const now = Math.floor(Date.now() / 1000);
  const print = { "x5t#S256": await thumbprintOf(pem) };
  const cases: [name: string, assertion: Partial<Assertion>, code: number][] = [
    ["not registered", { pem: other }, 700027],
    ["signed by another key", { pem: other, header: print }, 700027],
    ["no thumbprint", { header: { "x5t#S256": undefined } }, 700027],
    ["thumbprint in hexadecimal", { header: { "x5t#S256": "AABB" } }, 700027],
    ["chain of another certificate", { header: { x5c: [der(other)] } }, 700027],
    ["chain that is not an array", { header: { x5c: "x" } }, 700027],
    ["algorithm", { header: { alg: "PS512" } }, 5002738],
    ["type", { header: { typ: "at+jwt" } }, 50027],
    ["audience", { payload: { aud: emulator.url } }, 700023],
    ["v1 audience", { payload: { aud: `${emulator.url}/${emulator.tenantId}/oauth2/token` } }, 700023],
    ["issuer", { header: print, payload: { iss: "x" } }, 700021],
    ["subject", { payload: { sub: "x" } }, 700021],
    ["no subject", { payload: { sub: undefined } }, 700021],
    ["expired", { payload: { nbf: now - 300, exp: now - 1 } }, 700024],
    ["not yet valid", { payload: { nbf: now + 60, exp: now + 120 } }, 700024],
    ["no start", { payload: { nbf: undefined } }, 700024],
    ["no end", { payload: { exp: undefined } }, 700024],
    ["too long", { payload: { nbf: now, exp: now + 601 } }, 700024],
    ["no jti", { payload: { jti: undefined } }, 50012],
  ];
  for (const [name, assertion, code] of cases) {
    const { status, json } = await send(emulator, await assertionFor(emulator, { pem, ...assertion }));
    assertEquals([status, json.error, json.error_codes], [401, "invalid_client", [code]], name);
  }
  assertEquals((await send(emulator, "garbage")).json.error_codes, [50027]);
  const good = await assertionFor(emulator, { pem });
  assertEquals((await send(emulator, good, "other")).json.error_codes, [50027]);
  assertEquals((await requestToken(emulator, { client_assertion: good })).json.error_codes, [900144]);
  const [header, payload] = good.split(".");
  assertEquals((await send(emulator, `${header}.${payload}.`)).json.error_codes, [700027]);
}));

Deno.test(emulatorTest("The token endpoint refuses a used assertion", async (emulator) => {
  const assertion = await assertionFor(emulator, { pem: await emulator.certificate() });
  assertEquals((await send(emulator, assertion)).status, 200);
  const again = await send(emulator, assertion);
  assertEquals([again.status, again.json.error_codes], [401, [50012]]);
}));

Deno.test(
  emulatorTest("The token endpoint accepts used assertions with `reusableAssertions`", async (emulator) => {
    const assertion = await assertionFor(emulator, { pem: await emulator.certificate() });
    assertEquals((await send(emulator, assertion)).status, 200);
    assertEquals((await send(emulator, assertion)).status, 200);
  }, { reusableAssertions: true }),
);

Deno.test(emulatorTest("`Emulator.registerCertificate()` registers another certificate", async (emulator) => {
  const { pem } = await selfSignedCertificate();
  assertEquals((await send(emulator, await assertionFor(emulator, { pem }))).status, 401);
  await emulator.registerCertificate(`a comment\n${pem}`);
  assertEquals((await send(emulator, await assertionFor(emulator, { pem }))).status, 200);
  await assertRejects(() => emulator.registerCertificate("nothing"), TypeError, "contains none");
  const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
  await assertRejects(() => emulator.registerCertificate(broken), TypeError, "RSA");
}));

Deno.test(emulatorTest("`Emulator.registerFederatedKey()` trusts an external issuer", async (emulator) => {
  const issuer = "https://token.actions.example", subject = "repo:contoso/photos";
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const { privateKey: otherKey } = await generateKeyPair("RS256");
  emulator.registerFederatedKey(issuer, subject, await exportJWK(publicKey));
  const now = Math.floor(Date.now() / 1000);
  const sign = (payload: JWTPayload, key = privateKey) =>
    new SignJWT({ iss: issuer, sub: subject, aud: "api://AzureADTokenExchange", exp: now + 3600, ...payload })
      .setProtectedHeader({ alg: "RS256", kid: "external" }).sign(key);
  const good = await sign({});
  // Clients read federated tokens from a file, so they send the same one repeatedly.
  assertEquals((await send(emulator, good)).status, 200);
  assertEquals((await send(emulator, good)).status, 200);
  const cases: [assertion: string, code: number][] = [
    [await sign({ iss: "https://else.example" }), 700211],
    [await sign({ sub: "repo:fabrikam/photos" }), 700213],
    [await sign({ aud: emulator.url }), 700212],
    [await sign({ exp: now - 1 }), 700024],
    [await sign({}, otherKey), 700027],
  ];
  for (const [assertion, code] of cases) {
    const { status, json } = await send(emulator, assertion);
    assertEquals([status, json.error_codes], [401, [code]]);
  }
}));
