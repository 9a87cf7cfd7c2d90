import { assert, assertEquals } from "../../deps/assert.ts";
import { runAudited } from "../../support/audit.ts";
import { endpoints, processTest } from "../../support/command.ts";

/** Nothing can leave this machine, but each attempt is recorded. */
const PERMISSIONS = ["--allow-net=127.0.0.1", "--allow-env"];
const isLinkLocal = (host: string) => host.startsWith("169.254.");

Deno.test(processTest(
  "the metadata service of virtual machines is not asked unless somebody asks for that",
  { denoFlags: true },
  async (tenant, folder) => {
    const { ACTIONS_ID_TOKEN_REQUEST_URL: _, ...github } = tenant.platformVariables("github");
    const { IDENTITY_HEADER: __, ...incomplete } = tenant.platformVariables("appService");
    const environments: Record<string, string>[] = [
      {},
      { AZURE_CLIENT_ID: tenant.clientId },
      { AZURE_TENANT_ID: tenant.tenantId, AZURE_CLIENT_ID: tenant.clientId },
      { MSI_ENDPOINT: `${tenant.url}/msi/token` },
      github,
      incomplete,
    ];
    for (const env of environments) {
      for (const args of [["user", "alex@contoso.com"], ["doctor"]]) {
        const { code, touched } = await runAudited(args, {
          env: { ...endpoints(tenant), ...env },
          permissions: PERMISSIONS,
        });
        assertEquals([code, touched.net.filter(isLinkLocal)], [4, []], JSON.stringify(env));
      }
    }
    assertEquals(tenant.requests.length, 0);

    const module = new URL("../../../mod.ts", import.meta.url).href;
    await Deno.writeTextFile(
      `${folder}/script.ts`,
      `import { managedIdentityCredential } from ${JSON.stringify(module)};
       await managedIdentityCredential().getToken("https://graph.microsoft.com/.default").catch(() => {});`,
    );
    const { touched } = await runAudited([], { script: `${folder}/script.ts`, permissions: PERMISSIONS });
    assert(touched.net.some(isLinkLocal), "this test would notice");
    const asked = await runAudited(["user", "alex@contoso.com", "--sign-in", "managed-identity"], {
      env: endpoints(tenant),
      permissions: PERMISSIONS,
    });
    assert(asked.touched.net.some(isLinkLocal), "somebody asks for it");
  },
));
