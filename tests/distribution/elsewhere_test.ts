import { assertEquals, assertMatch } from "../deps/assert.ts";
import { endpoints, processTest } from "../support/command.ts";
import { runCli } from "../support/run_cli.ts";

const MODULE = new URL("../../mod.ts", import.meta.url);

/** A script that uses the module, in a folder without configuration. */
const SCRIPT = (specifier: string) => `
import { clientSecretCredential, removeProfilePhoto } from ${JSON.stringify(specifier)};
const [graph, authority, tenantId, clientId, clientSecret] = Deno.args;
const result = await removeProfilePhoto({ user: "alex@contoso.com" }, {
  cloud: { graph, authority },
  credential: clientSecretCredential({ tenantId, clientId, clientSecret }),
});
console.log(JSON.stringify({ outcome: result.outcome, attempts: result.attempts }));
`;

processTest(
  "mod.ts, imported by its path from another project without configuration, removes a photo",
  {},
  async (tenant, folder) => {
    const script = `${folder}/script.ts`;
    await Deno.writeTextFile(script, SCRIPT(MODULE.pathname));
    const settings = [tenant.url, tenant.url, tenant.tenantId, tenant.clientId, tenant.clientSecret];
    const { code, stdout, stderr } = await runCli(settings, {
      script,
      cwd: folder,
      permissions: ["--allow-net=127.0.0.1"],
      denoFlags: ["--check"],
    });
    assertEquals([code, stdout, stderr], [0, '{"outcome":"removed","attempts":1}\n', ""]);
  },
);

processTest(
  "cli.ts runs by its path from another folder without configuration",
  {},
  async (tenant, folder) => {
    const permissions = ["--allow-net", "--allow-env"];
    const env = { ...endpoints(tenant), GRAPH_ACCESS_TOKEN: await tenant.issueToken() };
    const { code, stdout } = await runCli(["user", "alex@contoso.com"], { env, cwd: folder, permissions });
    assertEquals(code, 0);
    assertMatch(stdout, /"removed"/);
  },
);
