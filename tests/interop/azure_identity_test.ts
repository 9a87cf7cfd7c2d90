import { assertEquals, assertMatch } from "../deps/assert.ts";
import { processTest } from "./support.ts";

const USERS = ["alex", "diego", "grady", "joni"].map((name) => `${name}@contoso.com`);

Deno.test(processTest("the credentials of @azure/identity remove photos", async (tenant, runScript) => {
  tenant.fault({ kind: "status", status: 429, retryAfter: "0", on: "token" }); // for its own retry policy
  const results = await runScript("azure_identity_process.ts");
  const { message, hint, ...refusal } = results.pop()!;
  assertEquals(results, USERS.slice(0, 3).map(() => ({ outcome: "removed", attempts: 1 })));
  assertEquals(USERS.filter((user) => tenant.directory.hasPhoto(user)), ["joni@contoso.com"]);
  assertEquals(refusal, { name: "CredentialError", code: "SignInRefused", aadstsCodes: [7000215] });
  assertMatch(String(message), /^Cannot get a token from the credential: .*AADSTS7000215/);
  assertMatch(String(hint), /client secret is wrong/);
  assertEquals([tenant.counts.token, tenant.counts.graph], [5, 3]);
}));

Deno.test(
  processTest("the credentials of @azure/identity answer a claims challenge", async (tenant, runScript) => {
    const claims = JSON.stringify({ access_token: { nbf: { essential: true, value: "1700000000" } } });
    tenant.fault({ kind: "claimsChallenge", claims });
    const results = await runScript("azure_identity_process.ts");
    assertEquals(results.slice(0, 3), USERS.slice(0, 3).map(() => ({ outcome: "removed", attempts: 2 })));
  }, { reusableAssertions: true }),
);

Deno.test(processTest(
  "the platforms' credentials of @azure/identity find those of the emulator",
  async (tenant, runScript) => {
    const variables = (["appService", "azurePipelines"] as const).map((platform) =>
      JSON.stringify(tenant.platformVariables(platform))
    );
    const results = await runScript("azure_platforms_process.ts", ...variables);
    assertEquals(results, USERS.slice(0, 3).map(() => ({ outcome: "removed" })));
  },
));
