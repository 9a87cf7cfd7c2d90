import denoJson from "../../deno.json" with { type: "json" };
import type { Emulator } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../deps/assert.ts";
import { bySecret, endpoints, processTest } from "../support/command.ts";
import { runCli } from "../support/run_cli.ts";
import { serve } from "../support/server.ts";

const ROOT = new URL("../../", import.meta.url);
const FILE = "remove-profile-photo.js";

/** Builds the bundle, and serves it and nothing else. */
async function serveBundle(folder: string) {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "bundle", `--outdir=${folder}`],
    cwd: ROOT,
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

Deno.test(processTest("the bundle runs from a URL without any other file", {}, async (tenant, folder) => {
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
}));

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

Deno.test(processTest("mod.ts works in a project without configuration", {}, async (tenant, folder) => {
  const script = `${folder}/script.ts`;
  await Deno.writeTextFile(script, SCRIPT(new URL("mod.ts", ROOT).pathname));
  const settings = [tenant.url, tenant.url, tenant.tenantId, tenant.clientId, tenant.clientSecret];
  const { code, stdout, stderr } = await runCli(settings, {
    script,
    cwd: folder,
    permissions: ["--allow-net=127.0.0.1"],
    denoFlags: ["--check"],
  });
  assertEquals([code, stdout, stderr], [0, '{"outcome":"removed","attempts":1}\n', ""]);
}));

Deno.test(processTest("cli.ts runs from another folder without configuration", {}, async (tenant, folder) => {
  const permissions = ["--allow-net", "--allow-env"];
  const env = { ...endpoints(tenant), GRAPH_ACCESS_TOKEN: await tenant.issueToken() };
  const { code, stdout } = await runCli(["user", "alex@contoso.com"], { env, cwd: folder, permissions });
  assertEquals(code, 0);
  assertMatch(stdout, /"removed"/);
}));

const TYPES: Readonly<Record<string, string>> = {
  ts: "application/typescript",
  js: "text/javascript",
  json: "application/json",
};
/** The published files; nothing else is served. */
const PUBLISHED = /^\/(mod\.ts|cli\.ts|deno\.json|lib\/[\w/.]+)$/;

/** The settings with which the first run downloads from the npm registry. */
const REGISTRY = Object.fromEntries(
  [
    ...["NPM_CONFIG_REGISTRY", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"],
    ...["DENO_CERT", "DENO_TLS_CA_STORE", "HTTP_PROXY", "HTTPS_PROXY"],
  ].flatMap((name) => {
    const value = Deno.env.get(name);
    return value ? [[name, value]] : [];
  }),
);

async function file(path: string): Promise<Response> {
  const type = TYPES[path.split(".").at(-1)!];
  if (!PUBLISHED.test(path) || !type) return new Response(null, { status: 404 });
  return new Response(await Deno.readFile(new URL(`.${path}`, ROOT)), { headers: { "content-type": type } });
}

Deno.test(
  processTest(
    "cli.ts runs from a URL, and a second time from the cache alone",
    {},
    async (tenant, folder) => {
      let online = true;
      await using site = serve(({ path }) => online ? file(path) : new Response(null, { status: 503 }));
      const { host } = new URL(site.url);
      const runFromUrl = (...args: string[]) =>
        runCli(args, {
          script: `${site.url}/cli.ts`,
          permissions: ["--allow-net", "--allow-env", `--allow-import=${host}`],
          env: { ...REGISTRY, NO_PROXY: "127.0.0.1", ...bySecret(tenant), DENO_DIR: `${folder}/cache` },
          cwd: folder,
        });

      const first = await runFromUrl("user", "alex@contoso.com");
      assertEquals([first.code, first.records()[0]?.outcome], [0, "removed"], first.stderr);
      const paths = site.received.map(({ path }) => path);
      assertEquals(paths.filter((path) => !PUBLISHED.test(path)), []);
      assert(paths.includes("/cli.ts") && paths.includes("/deno.json"));

      online = false;
      const again = await runFromUrl("user", "alex@contoso.com");
      assertEquals([again.code, again.records()[0]?.outcome], [0, "absent"], again.stderr);
      for (const args of [["--help"], ["doctor"], ["user", "diego@contoso.com", "--cloud", "emulator"]]) {
        const { code, stderr } = await runFromUrl(...args);
        assertEquals(code, 0, stderr);
      }
      assertEquals(site.received.length, paths.length, "nothing is downloaded again");
    },
  ),
);
