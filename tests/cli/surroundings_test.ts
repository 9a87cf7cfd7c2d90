import { startEmulator } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertNotMatch, assertStringIncludes } from "../deps/assert.ts";
import { keyPem, makeIdentity } from "../support/certificates.ts";
import { runCli } from "../support/run_cli.ts";
import { unusedRoot } from "../support/server.ts";
import { test } from "../support/test.ts";
import { bySecret, byToken, folderTest, RUN, tenantTest } from "./support.ts";

folderTest("files in the folder that it is run in do not change what it does", async (tenant, folder) => {
  await using other = await startEmulator();
  const env = byToken(other, await other.issueToken());
  const lines = Object.entries(env).map(([name, value]) => `${name}=${value}\n`);
  const script = `${folder}/preload.ts`;
  await Deno.writeTextFile(script, 'console.log("loaded");');
  await Deno.writeTextFile(`${folder}/.env`, lines.join(""));
  await Deno.writeTextFile(`${folder}/bunfig.toml`, `preload = ["${script}"]\n`);
  await Deno.writeTextFile(`${folder}/package.json`, "{ not JSON");
  const ours = await runCli(["user", "alex@contoso.com"], { env: bySecret(tenant), cwd: folder });
  assertEquals([ours.code, ours.records()[0]?.outcome], [0, "removed"], ours.stdout + ours.stderr);
  const none = await runCli(["user", "alex@contoso.com"], { cwd: folder });
  assertEquals([none.code, none.stdout, other.requests.length], [4, "", 0]);
});

tenantTest("variables for finding faults of a runtime do not show a token", async (tenant) => {
  const token = await tenant.issueToken();
  const env = {
    ...byToken(tenant, token),
    BUN_CONFIG_VERBOSE_FETCH: "curl",
    NODE_DEBUG: "http,https,net,tls,undici",
    DEBUG: "*",
  };
  const { code, stdout, stderr } = await runCli(["user", "alex@contoso.com"], { env });
  assertEquals(code, 0, stderr);
  assert(!(stdout + stderr).includes(token));
});

test(
  "the check of certificates cannot be switched off",
  { ...RUN, net: ["localhost", "127.0.0.1"] },
  async () => {
    const identity = await makeIdentity("localhost");
    let requests = 0;
    const server = Deno.serve(
      {
        hostname: "127.0.0.1",
        port: 0,
        cert: identity.certificate,
        key: keyPem(identity),
        onListen: () => {},
      },
      () => new Response(`${++requests}`),
    );
    const env = {
      GRAPH_ACCESS_TOKEN: "a-token-for-graph",
      GRAPH_ENDPOINT: `https://localhost:${server.addr.port}`,
      NODE_TLS_REJECT_UNAUTHORIZED: "0",
    };
    const { code, records } = await runCli(["user", "alex@contoso.com", "--max-attempts", "1"], { env });
    await server.shutdown();
    assertEquals([code, records()[0]?.code, requests], [1, "ConnectionLost", 0]);
    assertStringIncludes(String(records()[0]?.message).toLowerCase(), "certificate");
  },
);

test("a connection that fails is told in words for its user", RUN, async () => {
  const env = { GRAPH_ACCESS_TOKEN: "a-token-for-graph", GRAPH_ENDPOINT: unusedRoot() };
  const args = ["user", "alex@contoso.com", "--max-attempts", "1"];
  const refused = String((await runCli(args, { env })).records()[0]?.message);
  await using tenant = await startEmulator();
  tenant.fault({ kind: "drop", times: 2 });
  const dropped = String(
    (await runCli(args, { env: byToken(tenant, await tenant.issueToken()) })).records()[0]?.message,
  );
  for (const message of [refused, dropped]) {
    assertStringIncludes(message, "The connection to Graph failed: ");
    assertNotMatch(message, /\bfetch\b|verbose/);
  }
});
