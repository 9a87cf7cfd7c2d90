import { startEmulator } from "../../../lib/emulator/mod.ts";
import { assert, assertEquals, assertNotMatch, assertStringIncludes } from "../../deps/assert.ts";
import { keyPem, makeIdentity } from "../../support/certificates.ts";
import { bySecret, byToken, PROCESS, processTest } from "../../support/command.ts";
import { mapConcurrently } from "../../support/promises.ts";
import { runCli } from "../../support/run_cli.ts";
import { assertHides } from "../../support/secrecy.ts";
import { unusedRoot } from "../../support/server.ts";

Deno.test(
  processTest(
    "files in the current folder do not change what the command does",
    {},
    async (tenant, folder) => {
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
    },
  ),
);

Deno.test(processTest("debug variables of a runtime do not reveal a token", {}, async (tenant) => {
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
}));

Deno.test("certificate verification cannot be switched off", {
  permissions: { ...PROCESS, net: ["localhost", "127.0.0.1"] },
}, async () => {
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
});

Deno.test(processTest("a failed connection is explained to the user", {}, async (tenant) => {
  const env = { GRAPH_ACCESS_TOKEN: "a-token-for-graph", GRAPH_ENDPOINT: unusedRoot() };
  const args = ["user", "alex@contoso.com", "--max-attempts", "1"];
  const refused = String((await runCli(args, { env })).records()[0]?.message);
  tenant.fault({ kind: "drop", times: 2 });
  const dropped = String(
    (await runCli(args, { env: byToken(tenant, await tenant.issueToken()) })).records()[0]?.message,
  );
  for (const message of [refused, dropped]) {
    assertStringIncludes(message, "The connection to Graph failed: ");
    assertNotMatch(message, /\bfetch\b|verbose/);
  }
}));

const SECRET = "canary~secret/Q+8z=%41";

Deno.test(processTest(
  "a bug in the program shows where it is, and no secret",
  { denoFlags: true },
  async (tenant, folder) => {
    const breaks = {
      "in.ts": "Date.prototype.toISOString = () => { throw new Error('in the midst') };",
      "out.ts": "setTimeout(() => { throw new Error('on its own') });",
    };
    const token = await tenant.issueToken();
    const env = { ...byToken(tenant, token), AZURE_CLIENT_SECRET: SECRET };
    const runs = await mapConcurrently(Object.entries(breaks), async ([name, text]) => {
      await Deno.writeTextFile(`${folder}/${name}`, text);
      return await runCli(["doctor", "--verbose"], { env, denoFlags: [`--preload=${folder}/${name}`] });
    });
    const said = runs.map(({ stderr }) => /in the midst|on its own/.exec(stderr)?.[0]);
    assertEquals(said, ["in the midst", "on its own"]);
    assertEquals(runs.map(({ code }) => code), [1, 1]);
    assertHides(runs.map(({ stdout, stderr }) => stdout + stderr).join(), [token, SECRET], "a run");
  },
));
