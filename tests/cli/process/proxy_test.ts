import type { Emulator } from "../../../lib/emulator/mod.ts";
import { ENVIRONMENT_VARIABLES } from "../../../lib/environment_variables.ts";
import { assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "../../deps/assert.ts";
import { keyPem, makeIdentity } from "../../support/certificates.ts";
import { bySecret, byToken, endpoints, processTest } from "../../support/command.ts";
import { startProxy, type TestProxy } from "../../support/proxy.ts";
import { type Run, runCli } from "../../support/run_cli.ts";
import { serve, type TestServer } from "../../support/server.ts";
import { inTemporaryFolder } from "../../support/temporary.ts";

const ALEX = "alex@contoso.com";
/** Names that only the proxy resolves. */
const GRAPH = "graph.contoso.test";
const LOGIN = "login.contoso.test";
const REMOTE = { GRAPH_ENDPOINT: `https://${GRAPH}`, AZURE_AUTHORITY_HOST: `https://${LOGIN}` };

const AUTHORITY = await makeIdentity("Contoso inspection", { ec: true, authority: true });

/** The tenant behind TLS, with a certificate of an authority that has to be trusted explicitly. */
async function behindTls(tenant: Emulator): Promise<TestServer & { port: number }> {
  const hosts = [GRAPH, LOGIN, "127.0.0.1"];
  const identity = await makeIdentity("front", { issuer: AUTHORITY, ec: true, hosts });
  const server: TestServer = serve(async ({ method, path, headers, body }) => {
    const { host } = new URL(server.url);
    // The emulator gives tokens for itself, under its own name.
    const form = [GRAPH, host].reduce(
      (text, name) => text.replaceAll(encodeURIComponent(`https://${name}`), encodeURIComponent(tenant.url)),
      body,
    );
    const sent = Object.fromEntries([...headers].filter(([name]) => !/^(host|content-length)$/.test(name)));
    return await fetch(tenant.url + path, { method, headers: sent, ...(form ? { body: form } : {}) });
  }, { cert: identity.certificate, key: keyPem(identity) });
  return { ...server, port: Number(new URL(server.url).port) };
}

/** The variables that make the runtime trust the authority. */
type Trust = (file: string) => Record<string, string>;

const OWN_CA: Trust = (file) => ({ DENO_CERT: file, NODE_EXTRA_CA_CERTS: file });
/** The system's store; its place can be set on Linux. */
const SYSTEM: Trust = (file) => ({
  DENO_TLS_CA_STORE: "system",
  NODE_USE_SYSTEM_CA: "1",
  SSL_CERT_FILE: file,
});
const NOBODY: Trust = () => ({});

/** Runs a command with the authority's certificate in a file. */
function runTrusting(
  trust: Trust,
  args: readonly string[],
  env: Record<string, string>,
): Promise<Run> {
  return inTemporaryFolder(async (folder) => {
    const file = `${folder}/ca.pem`;
    await Deno.writeTextFile(file, AUTHORITY.certificate);
    return await runCli(args, { env: { ...env, ...trust(file) } });
  });
}

function tlsTest(
  name: string,
  run: (tenant: Emulator, server: TestServer & { port: number }) => Promise<void>,
): Deno.TestDefinition {
  return processTest(name, {}, async (tenant) => {
    await using server = await behindTls(tenant);
    await run(tenant, server);
  });
}

const TRUSTS: readonly (readonly [name: string, Trust])[] = [
  ["its CA in DENO_CERT (NODE_EXTRA_CA_CERTS under Bun)", OWN_CA],
  ...Deno.build.os !== "linux" ? [] : [["the system's CAs", SYSTEM] as const],
];

for (const [name, trust] of TRUSTS) {
  Deno.test(tlsTest(
    `behind a proxy that inspects TLS, with ${name}, sign-in and removal go through it`,
    async (tenant, server) => {
      await using proxy = await startProxy({ inspectOn: server.port });
      const env = { ...bySecret(tenant), ...REMOTE, HTTPS_PROXY: proxy.url };
      const { code, stderr, records } = await runTrusting(trust, ["user", ALEX], env);
      assertEquals(
        [code, records()[0]?.outcome, tenant.directory.hasPhoto(ALEX)],
        [0, "removed", false],
        stderr,
      );
      assertEquals(proxy.asked.filter((asked) => asked.includes("contoso")).sort(), [
        `${GRAPH}:443`,
        `${LOGIN}:443`,
      ]);
    },
  ));
}

Deno.test(tlsTest(
  "an untrusted certificate fails at once, and the hint says how to trust its CA",
  async (tenant, server) => {
    await using proxy = await startProxy({ inspectOn: server.port });
    const env = { ...REMOTE, HTTPS_PROXY: proxy.url };
    const token = await tenant.issueToken();
    const removal = await runTrusting(NOBODY, ["user", ALEX], { ...byToken(tenant, token), ...env });
    const [record] = removal.records();
    assertEquals([removal.code, record!.code, record!.attempts], [1, "ConnectionLost", 1]);
    assertMatch(
      String(record!.message),
      /^The connection to Graph failed because its certificate is not trusted: /,
    );
    const signIn = await runTrusting(NOBODY, ["user", ALEX], { ...bySecret(tenant), ...env });
    assertEquals(signIn.code, 4);
    assertStringIncludes(signIn.stderr, "the sign-in service failed because its certificate is not trusted");
    for (const said of [String(record!.hint), signIn.stderr]) {
      for (
        const way of ["DENO_CERT", "DENO_TLS_CA_STORE=system", "NODE_EXTRA_CA_CERTS", "NODE_USE_SYSTEM_CA=1"]
      ) {
        assertStringIncludes(said, way);
      }
    }
    assertEquals([server.received.length, tenant.requests.length], [0, 0]);
  },
));

Deno.test(tlsTest("NO_PROXY bypasses the proxy", async (tenant, server) => {
  await using proxy = await startProxy();
  const token = await tenant.issueToken();
  const address = `127.0.0.1:${server.port}`;
  const endpoints = { GRAPH_ENDPOINT: server.url, AZURE_AUTHORITY_HOST: server.url };
  const env = { ...byToken(tenant, token), ...endpoints, HTTPS_PROXY: proxy.url };
  for (const [more, tunnels] of [[{}, [address]], [{ NO_PROXY: "127.0.0.1" }, []]] as const) {
    const before = proxy.asked.length;
    const { code, stderr } = await runTrusting(OWN_CA, ["user", ALEX], { ...env, ...more });
    assertEquals(code, 0, stderr);
    assertEquals(proxy.asked.slice(before).filter((asked) => asked === address), [...tunnels]);
  }
}));

Deno.test(
  tlsTest("name and password of a proxy come from its URL, and are not shown", async (tenant, server) => {
    await using proxy = await startProxy({ inspectOn: server.port, login: "adele:canary-4711" });
    const env = { ...bySecret(tenant), ...REMOTE };
    const good = await runTrusting(OWN_CA, ["user", ALEX, "-v"], { ...env, HTTPS_PROXY: proxy.url });
    assertEquals(good.code, 0, good.stderr);
    const wrong = proxy.url.replace("4711", "4712");
    const args = ["user", "diego@contoso.com", "-v"];
    const bad = await runTrusting(OWN_CA, args, { ...env, HTTPS_PROXY: wrong });
    assertEquals(bad.code, 4);
    for (const { stdout, stderr } of [good, bad]) assertNotMatch(stdout + stderr, /canary/);
    assertMatch(bad.stderr, /prox/i);
  }),
);

/** Variables that name a proxy, in every spelling, with hosts to reach without it that are of no use. */
const proxyVariables = (url: string) => ({
  ...Object.fromEntries(["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"].map((name) => [name, url])),
  NO_PROXY: "intranet.contoso.test",
  no_proxy: "intranet.contoso.test",
});

/** What was sent to a proxy, besides Deno's own search for updates. */
const askedInTheClear = ({ asked }: TestProxy) => asked.filter((url) => !url.startsWith("dl.deno.land:"));

const WITH_ENVIRONMENT = ["--allow-net", "--allow-env"];
const README_VARIABLES = `--allow-env=${Object.keys(ENVIRONMENT_VARIABLES).join(",")}`;

Deno.test(processTest(
  "http: on this machine never goes through a proxy, with any flags",
  {},
  async (tenant, folder) => {
    await using proxy = await startProxy();
    const token = await tenant.issueToken();
    await Deno.writeTextFile(`${folder}/token`, token);
    const rows: readonly (readonly [permissions: string[], args: string[], env: Record<string, string>])[] = [
      [WITH_ENVIRONMENT, ["user", ALEX], bySecret(tenant)],
      ...(["appService", "github", "azurePipelines"] as const).map((
        platform,
      ): [string[], string[], Record<string, string>] => [
        WITH_ENVIRONMENT,
        ["user", ALEX],
        { ...endpoints(tenant), ...tenant.platformVariables(platform) },
      ]),
      [WITH_ENVIRONMENT, ["user", ALEX, "--cloud", "emulator"], {}],
      [["--allow-net=127.0.0.1"], ["user", ALEX, "--cloud", "emulator"], {}],
      [["--allow-net=127.0.0.1"], ["me", "--cloud", "emulator"], {}],
      [["--allow-net", README_VARIABLES], ["user", ALEX], byToken(tenant, token)],
      [["--allow-net", README_VARIABLES], ["user", ALEX], bySecret(tenant)],
      [["--allow-net", "--allow-read"], [
        "user",
        ALEX,
        "--token-file",
        `${folder}/token`,
        "--graph-endpoint",
        tenant.url,
      ], {}],
    ];
    for (const [permissions, args, env] of rows) {
      const run = await runCli(args, { permissions, env: { ...env, ...proxyVariables(proxy.url) } });
      const outcome = run.records()[0]?.outcome;
      assertEquals([run.code, /removed|absent/.test(String(outcome))], [0, true], run.stderr);
      assertEquals(askedInTheClear(proxy), []);
    }
  },
));

Deno.test(processTest(
  "the module sends nothing on this machine through a proxy",
  { denoFlags: true },
  async (tenant, folder) => {
    await using proxy = await startProxy();
    const module = new URL("../../../mod.ts", import.meta.url).href;
    const script = `${folder}/script.ts`;
    const { tenantId, clientId, clientSecret, cloud } = tenant;
    await Deno.writeTextFile(
      script,
      `import { clientSecretCredential, removeProfilePhoto } from ${JSON.stringify(module)};
     const credential = clientSecretCredential(${JSON.stringify({ tenantId, clientId, clientSecret })});
     const options = { credential, cloud: ${JSON.stringify(cloud)} };
     console.log(JSON.stringify(await removeProfilePhoto({ user: "${ALEX}" }, options)));`,
    );
    for (const permissions of [["--allow-net"], WITH_ENVIRONMENT]) {
      const { code, stdout, stderr } = await runCli([], {
        script,
        permissions,
        env: proxyVariables(proxy.url),
      });
      assertEquals([code, /"removed"|"absent"/.test(stdout), askedInTheClear(proxy)], [0, true, []], stderr);
    }
    assertEquals(tenant.directory.hasPhoto(ALEX), false);
  },
));
