import denoJson from "../../deno.json" with { type: "json" };
import type { Emulator } from "../../lib/emulator/mod.ts";
import { assertEquals, assertStringIncludes } from "../deps/assert.ts";
import { bySecret, endpoints, processTest } from "../support/command.ts";
import { runCli } from "../support/run_cli.ts";
import { serve } from "../support/server.ts";

const FILE = "remove-profile-photo.js";

/** Builds the bundle, and serves it and nothing else. */
async function serveBundle(folder: string) {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "bundle", `--outdir=${folder}`],
    cwd: new URL("../../", import.meta.url),
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const bundle = await Deno.readFile(`${folder}/${FILE}`);
  const headers = { "content-type": "text/javascript" };
  return serve(({ path }) =>
    path === `/${FILE}` ? new Response(bundle, { headers }) : new Response(null, { status: 404 })
  );
}

/** Command lines, further Deno flags, and what is part of standard output. */
const RUNS: readonly {
  args: string[];
  flags?: string[];
  env?: (tenant: Emulator, folder: string) => Record<string, string>;
  stdin?: string;
  says: string;
}[] = [
  { args: ["user", "alex@contoso.com"], says: '"outcome":"removed"' },
  {
    args: ["user", "diego@contoso.com"],
    flags: ["--allow-read"],
    env: (tenant, folder) => ({
      ...endpoints(tenant),
      AZURE_TENANT_ID: tenant.tenantId,
      AZURE_CLIENT_ID: tenant.clientId,
      AZURE_CLIENT_CERTIFICATE_PATH: `${folder}/app.pem`,
    }),
    says: '"outcome":"removed"',
  },
  {
    args: ["user", "-", "--yes"],
    stdin: "userPrincipalName,name\r\ngrady@contoso.com,x\r\n",
    says: '"outcome":"removed"',
  },
  { args: ["user", "-", "--yes"], stdin: '["megan@contoso.com"]', says: '"outcome":"removed"' },
  { args: ["me", "--cloud", "emulator"], says: '"outcome":"removed"' },
  { args: ["doctor"], says: '"token":"application"' },
  { args: ["user", "--help"], says: "--what-if" },
  { args: ["--version"], says: `${denoJson.version}\n` },
];

processTest(
  "the bundle runs from a URL without any other file, given network and environment permissions",
  {},
  async (tenant, folder) => {
    await using site = await serveBundle(folder);
    await Deno.writeTextFile(`${folder}/app.pem`, await tenant.certificate());
    for (const { args, flags = [], env = bySecret, stdin, says } of RUNS) {
      const { code, stdout, stderr } = await runCli(args, {
        script: `${site.url}/${FILE}`,
        permissions: ["--allow-net", "--allow-env", ...flags],
        env: { ...env(tenant, folder), DENO_DIR: `${folder}/cache`, NPM_CONFIG_REGISTRY: site.url },
        cwd: folder,
        stdin,
      });
      assertEquals(code, 0, `${args.join(" ")}: ${stderr}`);
      assertStringIncludes(stdout, says);
    }
    assertEquals(
      site.received.map(({ path }) => path),
      [`/${FILE}`],
      "the bundle is downloaded once, and nothing else",
    );
  },
);
