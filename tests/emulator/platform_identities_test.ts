import { decodeJwt } from "../../lib/deps/jose.ts";
import type { Emulator } from "../../lib/emulator/mod.ts";
import { assertEquals, assertMatch } from "../deps/assert.ts";
import { emulatorTest } from "../support/emulated.ts";
import { FILES, inTemporaryFolder } from "../support/temporary.ts";
import { startEmulator } from "../../lib/emulator/mod.ts";
import { call, requestToken } from "./support.ts";

const METADATA = { metadata: "true" };

/** A request to the endpoint of a managed identity. */
const ask = (root: string, version: string, resource: string, headers: HeadersInit, more = "") =>
  call(`${root}?api-version=${version}&resource=${encodeURIComponent(resource)}${more}`, { headers });

Deno.test(emulatorTest("IMDS gives a token to a request with the header alone", async (emulator) => {
  const { url, clientId } = emulator;
  const root = `${url}/metadata/identity/oauth2/token`;
  const good = await ask(root, "2018-02-01", url, METADATA);
  assertEquals([good.status, good.json.token_type, good.json.resource], [200, "Bearer", url]);
  assertEquals(decodeJwt(good.json.access_token).idtyp, "app");
  assertEquals(
    (await ask(root, "2018-02-01", url, METADATA, `&client_id=${clientId}`)).json.client_id,
    clientId,
  );
  const rows: [string, string, HeadersInit, string, RegExp][] = [
    ["2018-02-01", url, {}, "", /bad_request_102/],
    ["2018-02-01", url, { ...METADATA, "x-forwarded-for": "1.2.3.4" }, "", /bad_request_102/],
    ["2017-01-01", url, METADATA, "", /api-version/],
    ["2018-02-01", "", METADATA, "", /resource parameter/],
    ["2018-02-01", "https://vault.azure.net", METADATA, "", /AADSTS500011/],
    ["2018-02-01", url, METADATA, "&client_id=x", /Identity not found/],
  ];
  for (const [version, resource, headers, more, says] of rows) {
    const { status, text } = await ask(root, version, resource, headers, more);
    assertEquals(status, 400);
    assertMatch(text, says);
  }
}));

Deno.test(emulatorTest("App Service gives a token to a request with its header", async (emulator) => {
  const { IDENTITY_ENDPOINT = "", IDENTITY_HEADER = "" } = emulator.platformVariables("appService");
  const headers = { "x-identity-header": IDENTITY_HEADER };
  const { status, json } = await ask(IDENTITY_ENDPOINT, "2019-08-01", emulator.url, headers);
  assertEquals([status, decodeJwt(json.access_token).exp], [200, Number(json.expires_on)]);
  assertEquals((await ask(IDENTITY_ENDPOINT, "2019-08-01", emulator.url, {})).status, 401);
  const unknown = await ask(IDENTITY_ENDPOINT, "2019-08-01", emulator.url, headers, "&client_id=x");
  assertEquals([unknown.status, /^No Managed Identity found/.test(unknown.json.Message)], [400, true]);
}));

Deno.test(
  "Azure Arc gives a token for the key in its file, once",
  { permissions: FILES },
  () =>
    inTemporaryFolder(async (folder) => {
      await using emulator = await startEmulator();
      const { IDENTITY_ENDPOINT = "" } = emulator.platformVariables("arc", { arcFolder: `${folder}/` });
      const challenge = await ask(IDENTITY_ENDPOINT, "2020-06-01", emulator.url, METADATA);
      const [, path = ""] = /^Basic realm=(.*)$/.exec(challenge.headers.get("www-authenticate")!)!;
      assertEquals([challenge.status, path.startsWith(`${folder}/`)], [401, true]);
      const headers = { ...METADATA, authorization: `Basic ${await Deno.readTextFile(path)}` };
      for (const status of [200, 401]) {
        assertEquals((await ask(IDENTITY_ENDPOINT, "2020-06-01", emulator.url, headers)).status, status);
      }
    }),
);

/** Exchanges an OIDC token for one of Entra. */
const exchange = (emulator: Emulator, assertion: string) =>
  requestToken(emulator, {
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: assertion,
  });

Deno.test(emulatorTest("GitHub gives a job a token for the audience that it names", async (emulator) => {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url = "", ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret } = emulator
    .platformVariables("github");
  const headers = { authorization: `Bearer ${secret}` };
  const { json } = await call(`${url}&audience=api://AzureADTokenExchange`, { headers });
  const { iss, sub, exp = 0, iat = 0 } = decodeJwt(json.value);
  assertEquals([iss, sub], [
    "https://token.actions.githubusercontent.com",
    "repo:contoso/photos:ref:refs/heads/main",
  ]);
  assertEquals([exp - iat, (await exchange(emulator, json.value)).status], [300, 200]);
  const other = await call(url, { headers });
  assertEquals((await exchange(emulator, other.json.value)).json.error_codes, [700212]);
  assertEquals((await call(url)).status, 401);
}));

Deno.test(emulatorTest("Azure DevOps gives a job a token of its service connection", async (emulator) => {
  const variables = emulator.platformVariables("azurePipelines");
  const { SYSTEM_OIDCREQUESTURI: root, SYSTEM_ACCESSTOKEN, AZURESUBSCRIPTION_SERVICE_CONNECTION_ID: id } =
    variables;
  const url = `${root}?api-version=7.1&serviceConnectionId=${id}`;
  const headers = { authorization: `Bearer ${SYSTEM_ACCESSTOKEN}` };
  const { json } = await call(url, { method: "POST", headers });
  assertEquals((await exchange(emulator, json.oidcToken)).status, 200);
  const rows: [string, RequestInit, number][] = [
    [url, { headers }, 405],
    [url, { method: "POST" }, 302],
    [url, { method: "POST", headers: { "x-tfs-fedauthredirect": "Suppress" } }, 401],
    [`${root}?serviceConnectionId=${id}`, { method: "POST", headers }, 400],
    [`${root}?api-version=7.1&serviceConnectionId=other`, { method: "POST", headers }, 404],
  ];
  for (const [address, init, status] of rows) assertEquals((await call(address, init)).status, status);
}));

Deno.test(emulatorTest("the app trusts an OIDC token by issuer, subject and signature", async (emulator) => {
  const tokenAs = async (options: Parameters<Emulator["platformVariables"]>[1]) => {
    const variables = emulator.platformVariables("github", options);
    const headers = { authorization: `Bearer ${variables.ACTIONS_ID_TOKEN_REQUEST_TOKEN}` };
    const url = `${variables.ACTIONS_ID_TOKEN_REQUEST_URL}&audience=api://AzureADTokenExchange`;
    return String((await call(url, { headers })).json.value);
  };
  const codes = async (token: string) => (await exchange(emulator, token)).json.error_codes;
  assertEquals(await codes(await tokenAs({ trusted: false })), [70025]);
  const good = await tokenAs({});
  assertEquals((await exchange(emulator, good)).status, 200);
  assertEquals(await codes(await tokenAs({ subject: "repo:contoso/other", trusted: false })), [700213]);
  const [header, payload] = good.split(".");
  assertEquals(await codes(`${header}.${payload}.${"A".repeat(342)}`), [700027]);
}));
