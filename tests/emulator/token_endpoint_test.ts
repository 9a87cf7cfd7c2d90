import type { Emulator } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../deps/assert.ts";
import { call, emulatorTest, graphClient, requestToken } from "./support.ts";

Deno.test(emulatorTest("The token endpoint returns a token for the client secret", async (emulator) => {
  const { status, json, headers } = await requestToken(emulator, { client_secret: emulator.clientSecret });
  assertEquals([status, json.token_type, json.expires_in], [200, "Bearer", 600]);
  assertStringIncludes(headers.get("cache-control") ?? "", "no-store");
  assertEquals((await graphClient(emulator, json.access_token)("GET", "/users")).status, 200);
  assertEquals(emulator.counts.token, 1);
}, { tokenLifetime: 600 }));

type Form = Record<string, string | undefined>;
type Row = [form: Form, status: number, error: string, code: number, tenant?: string];

function refusals({ url, clientSecret: client_secret }: Emulator): Row[] {
  return [
    [{ client_secret: "wrong" }, 401, "invalid_client", 7000215],
    [{}, 400, "invalid_request", 7000216],
    [
      { client_secret, client_id: "33333333-3333-4333-8333-333333333333" },
      400,
      "unauthorized_client",
      700016,
    ],
    [{ client_secret, client_id: undefined }, 400, "invalid_request", 900144],
    [{ client_secret, grant_type: undefined }, 400, "invalid_request", 900144],
    [{ client_secret, grant_type: "password" }, 400, "unsupported_grant_type", 70003],
    [{ client_secret, scope: undefined }, 400, "invalid_request", 900144],
    [{ client_secret, scope: "User.Read" }, 400, "invalid_scope", 70011],
    [{ client_secret, scope: `${url}/.default ${url}/.default` }, 400, "invalid_scope", 70011],
    [{ client_secret, scope: "https://graph.microsoft.com/.default" }, 400, "invalid_resource", 500011],
    [{ client_secret, claims: "{" }, 400, "invalid_request", 50000],
    [{ client_secret, claims: "[]" }, 400, "invalid_request", 50000],
    [{ client_secret }, 400, "invalid_request", 9001023, "common"],
    [{ client_secret }, 400, "invalid_request", 9001023, "consumers"],
    [{ client_secret }, 400, "invalid_request", 90002, "fabrikam.com"],
  ];
}

Deno.test(
  emulatorTest("The token endpoint refuses invalid requests with Entra's errors", async (emulator) => {
    for (const [form, status, error, code, tenant] of refusals(emulator)) {
      const { status: got, json } = await requestToken(emulator, form, tenant);
      assertEquals(
        [got, json.error, json.error_codes],
        [status, error, [code]],
        JSON.stringify([form, json]),
      );
      assertMatch(
        json.error_description,
        new RegExp(`^AADSTS${code}: .+ Trace ID: \\S+ Correlation ID: \\S+ Timestamp: [-\\d]+ [:\\d]+Z$`),
      );
      assertStringIncludes(json.error_description, json.trace_id);
      assertStringIncludes(json.error_description, json.correlation_id);
      assert(json.timestamp && json.error_uri);
      assert(!json.error_description.includes(emulator.clientSecret));
    }
  }),
);

Deno.test(emulatorTest("The token endpoint returns the client's correlation id", async (emulator) => {
  const url = `${emulator.url}/contoso.com/oauth2/v2.0/token`;
  const own = crypto.randomUUID();
  const asked = [
    call(url, { method: "POST", headers: { "client-request-id": own } }),
    call(`${url}?client-request-id=${own}`, { method: "POST" }),
  ];
  for (const { json } of await Promise.all(asked)) assertEquals(json.correlation_id, own);
}));

Deno.test(emulatorTest("The token endpoint refuses an expired secret", async (emulator) => {
  const { status, json } = await requestToken(emulator, { client_secret: emulator.clientSecret });
  assertEquals([status, json.error_codes], [401, [7000222]]);
}, { secretExpired: true }));

Deno.test(
  emulatorTest("The token endpoint accepts tenant domains, and only posted forms", async (emulator) => {
    const form = { client_secret: emulator.clientSecret };
    assertEquals((await requestToken(emulator, form, "contoso.onmicrosoft.com")).status, 200);
    const url = `${emulator.url}/${emulator.tenantId}/oauth2/v2.0/token`;
    const body = new URLSearchParams({ ...form, grant_type: "client_credentials" }).toString();
    for (
      const [type, code] of [["text/plain", "grant_type"], ["application/x-www-form-urlencoded", "client_id"]]
    ) {
      const { json } = await call(url, { method: "POST", body, headers: { "content-type": type! } });
      assertEquals(json.error_codes, [900144]);
      assertStringIncludes(json.error_description, `'${code}'`);
    }
    assertEquals((await call(url)).json.error_codes, [900561]);
  }),
);

Deno.test(
  emulatorTest("The token endpoint grants the app's permissions and records claims", async (emulator) => {
    const claims = '{"access_token":{"xms_cc":{"values":["cp1"]}}}';
    const { json } = await requestToken(emulator, { client_secret: emulator.clientSecret, claims });
    const client = graphClient(emulator, json.access_token);
    assertEquals((await client("GET", "/groups")).status, 200);
    assertEquals((await client("GET", "/users")).status, 403);
    assertEquals(emulator.requests[0]!.claims, claims);
  }, { permissions: ["Group.Read.All"] }),
);

Deno.test(emulatorTest("Sign-in publishes its configuration", async (emulator) => {
  const { json } = await call(`${emulator.url}/common/v2.0/.well-known/openid-configuration`);
  assertEquals(json.issuer, `${emulator.url}/{tenantid}/v2.0`);
  const own = await call(`${emulator.url}/${emulator.tenantId}/v2.0/.well-known/openid-configuration`);
  assertEquals(own.json.issuer, `${emulator.url}/${emulator.tenantId}/v2.0`);
  assertEquals(own.json.token_endpoint, `${emulator.url}/${emulator.tenantId}/oauth2/v2.0/token`);
  const instance = await call(
    `${emulator.url}/common/discovery/instance?api-version=1.1&authorization_endpoint=x`,
  );
  assertEquals(instance.json.metadata[0].aliases, [new URL(emulator.url).host]);
  assertEquals((await call(`${emulator.url}/nothing/here`)).status, 404);
}));
