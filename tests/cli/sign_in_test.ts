import { assertEquals, assertMatch, assertStringIncludes } from "../deps/assert.ts";
import { selfSignedCertificate } from "../../lib/emulator/mod.ts";
import { emulatorTest } from "../support/emulated.ts";
import { mapConcurrently } from "../support/promises.ts";
import { runAsApp } from "../support/run_in_process.ts";
import { serve } from "../support/server.ts";
import { tenantFileTest } from "../support/temporary.ts";

const USER = ["user", "alex@contoso.com"];

/** Invalid settings that Entra refuses, with its code and what to do. */
const REFUSALS: readonly (readonly [env: Record<string, string>, code: string, hint: RegExp])[] = [
  [{ AZURE_CLIENT_SECRET: "not-the-secret" }, "AADSTS7000215", /secret is wrong/],
  [{ AZURE_CLIENT_ID: "33333333-3333-4333-8333-333333333333" }, "AADSTS700016", /not in this tenant/],
  [
    { AZURE_TENANT_ID: "33333333-3333-4333-8333-333333333333" },
    "AADSTS90002",
    /not found[^]*\nCheck the tenant id/,
  ],
  [{ AZURE_TENANT_ID: "common" }, "AADSTS9001023", /tenant of its own/],
];

Deno.test(
  emulatorTest(
    "a refused sign-in exits 4 with Entra's code, correlation id and what to do",
    async (tenant) => {
      const runs = await mapConcurrently(REFUSALS, ([env]) => runAsApp(tenant, USER, { env }));
      REFUSALS.forEach(([, aadsts, hint], at) => {
        const { code, stdout, stderr } = runs[at]!;
        assertEquals([code, stdout], [4, ""], aadsts);
        assertStringIncludes(stderr, `${aadsts}:`);
        assertMatch(stderr, /correlation id [0-9a-f-]{36}/);
        assertMatch(stderr, hint);
      });
      assertEquals([tenant.counts.token, tenant.counts.graph], [REFUSALS.length, 0]);
    },
  ),
);

Deno.test(emulatorTest("an expired secret exits 4 and says so", async (tenant) => {
  const { code, stderr } = await runAsApp(tenant, USER);
  assertEquals([code, tenant.counts.graph], [4, 0]);
  assertMatch(stderr, /AADSTS7000222[^]*expired/);
}, { secretExpired: true }));

Deno.test(tenantFileTest(
  "a certificate that the app does not know exits 4 with Entra's code",
  async (tenant, folder) => {
    await Deno.writeTextFile(`${folder}/app.pem`, (await selfSignedCertificate()).pem);
    const { code, stderr } = await runAsApp(tenant, [...USER, "--certificate", `${folder}/app.pem`]);
    assertEquals([code, tenant.counts.graph], [4, 0]);
    assertStringIncludes(stderr, "AADSTS700027:");
  },
));

/** Responses that are not Entra's: from a proxy, a portal, a captive network. */
const STRANGERS: readonly (readonly [name: string, answer: () => Response, says: RegExp])[] = [
  [
    "a redirect",
    () => new Response(null, { status: 302, headers: { location: "https://example.com/" } }),
    /redirect/,
  ],
  [
    "a web page",
    () => new Response("<html>Welcome", { headers: { "content-type": "text/html" } }),
    /no access token/,
  ],
  [
    "a 404 page",
    () => new Response("<html>", { status: 404 }),
    /something other than Entra answered 404.*proxy/,
  ],
  ["a 404", () => new Response("not here", { status: 404 }), /not how Microsoft Entra answers/],
  ["an empty token", () => Response.json({ access_token: "", expires_in: 3599 }), /no access token/],
];

Deno.test(emulatorTest(
  "a sign-in answered by something other than Entra exits 4, and Graph is asked for nothing",
  async (tenant) => {
    for (const [name, answer, says] of STRANGERS) {
      await using stranger = serve(answer);
      const { code, stdout, stderr } = await runAsApp(tenant, USER, {
        env: { AZURE_AUTHORITY_HOST: stranger.url },
      });
      assertEquals([code, stdout, stranger.received.length], [4, "", 1], name);
      assertMatch(stderr, says);
    }
    assertEquals(tenant.counts.graph, 0);
  },
));
