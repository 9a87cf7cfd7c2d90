import { createLocalJWKSet, decodeJwt, generateKeyPair, jwtVerify, SignJWT } from "../../lib/deps/jose.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../deps/assert.ts";
import { call, emulatorTest, graphClient } from "./support.ts";

Deno.test(
  emulatorTest("Graph refuses missing, malformed, expired, forged and foreign tokens", async (emulator) => {
    const good = await emulator.issueToken();
    const [header, payload, signature] = good.split(".") as [string, string, string];
    const { privateKey } = await generateKeyPair("ES256");
    const forged = await new SignJWT(decodeJwt(good)).setProtectedHeader({ alg: "ES256" }).sign(privateKey);
    const none = `${btoa('{"alg":"none"}').replace(/=+$/, "")}.${payload}.`;
    const raised = { ...decodeJwt(good), roles: ["User.ReadWrite.All"] };
    const tampered = `${header}.${btoa(JSON.stringify(raised)).replace(/=+$/, "")}.${signature}`;
    const cases: [authorization: string | undefined, message: string][] = [
      [undefined, "empty"],
      ["Bearer", "empty"],
      [`Basic ${good}`, "empty"],
      ["Bearer garbage", "not well formed"],
      [`Bearer ${forged}`, "Signature"],
      [`Bearer ${none}`, ""],
      [`Bearer ${tampered}`, "Signature"],
      [`Bearer ${await emulator.issueToken({ expiresIn: -1 })}`, "expired"],
      [`Bearer ${await emulator.issueToken({ audience: "https://graph.microsoft.com" })}`, "audience"],
    ];
    for (const [authorization, message] of cases) {
      const headers: HeadersInit = authorization === undefined ? {} : { authorization };
      const response = await call(`${emulator.url}/v1.0/users`, { headers });
      assertEquals(
        [response.status, response.json.error.code],
        [401, "InvalidAuthenticationToken"],
        authorization,
      );
      assertStringIncludes(response.json.error.message, message);
      assertStringIncludes(response.headers.get("www-authenticate") ?? "", "Bearer ");
    }
    assertEquals((await graphClient(emulator, good)("GET", "/users")).status, 200);
  }),
);

Deno.test(emulatorTest("Graph accepts each of its audiences", async (emulator) => {
  for (const audience of [emulator.url, `${emulator.url}/`, "00000003-0000-0000-c000-000000000000"]) {
    const client = graphClient(emulator, await emulator.issueToken({ audience }));
    assertEquals((await client("GET", "/users")).status, 200, audience);
  }
}));

Deno.test(emulatorTest("Graph refuses even a verified token once it expires", async (emulator) => {
  const client = graphClient(emulator, await emulator.issueToken({ expiresIn: 60 }));
  assertEquals((await client("GET", "/users")).status, 200);
  const now = Date.now;
  try {
    Date.now = () => now() + 58_000;
    assertEquals((await client("GET", "/users")).status, 200);
    Date.now = () => now() + 60_000;
    assertEquals((await client("GET", "/users")).status, 401);
  } finally {
    Date.now = now;
  }
}));

Deno.test(emulatorTest("`Emulator.issueToken()` signs tokens with the published keys", async (emulator) => {
  const { json: configuration } = await call(
    `${emulator.url}/${emulator.tenantId}/v2.0/.well-known/openid-configuration`,
  );
  const { json: keys } = await call(configuration.jwks_uri);
  const cases = [
    [{}, { idtyp: "app", roles: ["ProfilePhoto.ReadWrite.All", "User.Read.All", "Group.Read.All"] }],
    [{ user: "alex@contoso.com", scopes: ["A", "B"] }, {
      idtyp: "user",
      upn: "alex@contoso.com",
      scp: "A B",
    }],
    [{ scopes: ["A"] }, { idtyp: "user", upn: "adele@contoso.com", scp: "A" }],
    [{ personal: true }, {
      idtyp: "user",
      scp: "User.ReadWrite",
      tid: "9188040d-6c67-4c5b-b112-36a304b66dad",
    }],
  ] as const;
  for (const [options, claims] of cases) {
    const token = await emulator.issueToken(options);
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), { audience: emulator.url });
    for (const [name, value] of Object.entries(claims)) assertEquals(payload[name], value, name);
    assertEquals(payload.appid, emulator.clientId);
    assertEquals(payload.exp! - payload.iat!, 3599);
    assert(!("nonce" in payload));
  }
  await assertRejects(
    () => emulator.issueToken({ user: "nobody@contoso.com" }),
    RangeError,
    "nobody@contoso.com",
  );
}));
