import { assertEquals, assertStringIncludes } from "../deps/assert.ts";
import { processTest } from "./support.ts";

const GOOD = ["secret", "certificate", "chain", "domain", "capabilities"];
const REFUSED = {
  wrongSecret: ["invalid_client", 7000215],
  wrongCertificate: ["invalid_client", 700027],
};

Deno.test(processTest("MSAL signs in, and its tokens are good for Graph", async (tenant, runScript) => {
  const results = await runScript("msal_process.ts", ...GOOD);
  assertEquals(results, GOOD.map(() => ({ cached: [false, true, false], seconds: 3600, status: 200 })));
  const claims = tenant.requests.map((request) => request.claims).filter(Boolean);
  assertEquals(claims.map((text) => JSON.parse(text!).access_token), [
    { xms_cc: { values: ["cp1"] } },
    { xms_cc: { values: ["cp1"] } },
  ]);
}, { reusableAssertions: true })); // it sends an assertion again for ten minutes

Deno.test(processTest("MSAL makes its errors of what sign-in refuses", async (_tenant, runScript) => {
  const results = await runScript("msal_process.ts", ...Object.keys(REFUSED));
  for (const [at, [errorCode, errorNo]] of Object.values(REFUSED).entries()) {
    const { errorMessage, correlationId, ...error } = results[at]!;
    assertEquals(error, { name: "ServerError", errorCode, errorNo });
    assertStringIncludes(String(errorMessage), `AADSTS${errorNo}: `);
    assertStringIncludes(String(errorMessage), String(correlationId), "it finds its request again");
  }
}));

Deno.test(processTest(
  "MSAL finds no endpoints for a tenant that does not exist, as at Entra",
  async (_tenant, runScript) => {
    const [{ name, errorCode } = {}] = await runScript("msal_process.ts", "wrongTenant");
    assertEquals([name, errorCode], ["ClientAuthError", "endpoints_resolution_error"]);
  },
));
