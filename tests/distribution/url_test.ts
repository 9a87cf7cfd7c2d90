import { assert, assertEquals } from "../deps/assert.ts";
import { bySecret, processTest } from "../support/command.ts";
import { runCli } from "../support/run_cli.ts";
import { serve } from "../support/server.ts";

const ROOT = new URL("../../", import.meta.url);
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
);
