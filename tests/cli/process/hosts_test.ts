import { CLOUDS } from "../../../mod.ts";
import { assert, assertEquals } from "../../deps/assert.ts";
import { runAudited } from "../../support/audit.ts";
import { bySecret, processTest } from "../../support/command.ts";
import { mapConcurrently } from "../../support/promises.ts";
import { commandLine, environment } from "../../support/run_cli.ts";
import { serve } from "../../support/server.ts";
import { inTemporaryFolder } from "../../support/temporary.ts";

const USER = ["user", "alex@contoso.com", "diego@contoso.com", "--verify"];

Deno.test(processTest(
  "in each cloud the hosts are its sign-in host for an app, its Graph, and no other",
  { denoFlags: true },
  async () => {
    const app = { AZURE_TENANT_ID: "contoso.com", AZURE_CLIENT_ID: "0a000000-0000-4000-8000-000000000001" };
    const hostOf = (root: string) => `${new URL(root).host}:443`;
    type Case = { cloud: string; env: Record<string, string>; hosts: string[] };
    const cases = Object.entries(CLOUDS).flatMap(([cloud, { graph, authority }]): Case[] => [
      {
        cloud,
        env: { ...app, AZURE_CLIENT_SECRET: "not-a-secret" },
        hosts: [hostOf(graph), hostOf(authority)],
      },
      { cloud, env: { GRAPH_ACCESS_TOKEN: "opaque" }, hosts: [hostOf(graph)] },
    ]);
    // Without permission nothing is sent, but the attempt is recorded.
    const permissions = ["--allow-env"];
    const runs = await mapConcurrently(
      cases,
      ({ cloud, env }) => runAudited([...USER, "--cloud", cloud], { env, permissions }),
    );
    assertEquals(
      runs.map(({ touched }) => touched.net!.toSorted()),
      cases.map(({ hosts }) => hosts.toSorted()),
    );
  },
));

/** Returns whether strace is installed and may trace. */
function hasStrace(): boolean {
  try {
    const args = ["-qq", "-e", "trace=none", "true"];
    return new Deno.Command("strace", { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** The addresses that a run of the command connects or sends to, as the system sees it. */
async function connections(args: readonly string[], env: Record<string, string>): Promise<string[]> {
  return await inTemporaryFolder(async (folder) => {
    const log = `${folder}/strace`;
    const words = commandLine(args, { permissions: ["--allow-all"] });
    const { code, stderr } = await new Deno.Command("strace", {
      args: ["-f", "-qq", "-o", log, "-e", "trace=connect,sendto,sendmsg,sendmmsg", ...words],
      clearEnv: true,
      env: environment({ ...env, DENO_NO_UPDATE_CHECK: "1" }),
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    const text = await Deno.readTextFile(log);
    const found = text.matchAll(
      /sin6?_port=htons\((\d+)\).*?(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"/g,
    );
    return [...new Set(Array.from(found, ([, port, address]) => `${address}:${port}`))].sort();
  });
}

Deno.test(processTest(
  "the system sees connections to Graph and the sign-in service, and to nothing else",
  { denoFlags: true, missing: hasStrace() ? undefined : "strace is missing or may not trace" },
  async (tenant) => {
    await using signIn = serve(({ method, path, body, headers }) =>
      fetch(tenant.url + path, { method, body, headers: { "content-type": headers.get("content-type")! } })
    );
    const env = { ...bySecret(tenant), AZURE_AUTHORITY_HOST: signIn.url };
    const expected = [tenant.url, signIn.url].map((root) => new URL(root).host).sort();
    assertEquals(await connections(USER, env), expected);
    assert(signIn.received.length > 0);
  },
));
