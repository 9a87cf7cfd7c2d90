import { assertEquals } from "../deps/assert.ts";
import { selfSignedCertificate } from "../../lib/emulator/mod.ts";
import { runCli } from "../support/run_cli.ts";
import { serve } from "../support/server.ts";
import { test } from "../support/test.ts";
import { bySecret, folderTest, mapConcurrently, RUN, run, tenantTest } from "./support.ts";

/** The national clouds of the API page: Graph's root and the sign-in host. */
const CLOUDS: readonly (readonly [name: string, graph: string, authority: string])[] = [
  ["global", "https://graph.microsoft.com", "https://login.microsoftonline.com"],
  ["usgov", "https://graph.microsoft.us", "https://login.microsoftonline.us"],
  ["usgovdod", "https://dod-graph.microsoft.us", "https://login.microsoftonline.us"],
  ["china", "https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn"],
];

test("--cloud chooses Graph and sign-in host; without it, it is the global cloud", RUN, async () => {
  const env = { GRAPH_ACCESS_TOKEN: "an-opaque-token" };
  const runs = await mapConcurrently(
    [[], ...CLOUDS.map(([name]) => ["--cloud", name]), ["-Cloud:UsGov"]],
    (args) => runCli(["doctor", ...args], { env, permissions: ["--allow-env"] }),
  );
  assertEquals(
    runs.map(({ records }) => records()[0]!).map(({ cloud, graph, authority }) =>
      `${cloud} ${graph} ${authority}`
    ),
    [CLOUDS[0]!, ...CLOUDS, CLOUDS[1]!].map((words) => words.join(" ")),
  );
});

tenantTest("--cloud takes precedence over GRAPH_ENDPOINT, and --graph-endpoint over both", async (tenant) => {
  const env = { GRAPH_ENDPOINT: "https://graph.example", GRAPH_ACCESS_TOKEN: await tenant.issueToken() };
  const endpoint = ["--graph-endpoint", `${tenant.url}/`];
  const runs = await mapConcurrently(
    [[], ["--cloud", "usgov"], endpoint, [...endpoint, "--cloud", "usgov"]],
    (args) => runCli(["doctor", ...args], { env }),
  );
  assertEquals(runs.map(({ records }) => records()[0]!.graph), [
    "https://graph.example",
    "https://graph.microsoft.us",
    tenant.url,
    tenant.url,
  ]);
});

tenantTest("endpoints, tenant and app can be options in place of variables", async (tenant) => {
  const env = {
    GRAPH_ENDPOINT: "https://graph.example",
    AZURE_AUTHORITY_HOST: "https://login.example",
    AZURE_TENANT_ID: "other.example",
    AZURE_CLIENT_ID: "33333333-3333-4333-8333-333333333333",
  };
  const { code, records } = await run(tenant, [
    ...["user", "alex@contoso.com"],
    ...["--graph-endpoint", tenant.url, "--authority-host", tenant.url],
    ...["--tenant-id", tenant.tenantId, `--client-id=${tenant.clientId}`],
  ], { env });
  assertEquals([code, records()[0]?.outcome], [0, "removed"]);
});

folderTest("of several credentials the first in the documented order is used", async (tenant, folder) => {
  const { pem } = await selfSignedCertificate();
  const token = await tenant.issueToken();
  await Promise.all([
    Deno.writeTextFile(`${folder}/token.txt`, token),
    Deno.writeTextFile(`${folder}/app.pem`, await tenant.certificate()),
    Deno.writeTextFile(`${folder}/unknown.pem`, pem),
    Deno.writeTextFile(`${folder}/assertion`, "not-an-assertion"),
  ]);
  const everything: Record<string, string> = {
    ...bySecret(tenant),
    GRAPH_ACCESS_TOKEN: token,
    AZURE_CLIENT_CERTIFICATE_PATH: `${folder}/app.pem`,
    AZURE_FEDERATED_TOKEN_FILE: `${folder}/assertion`,
  };
  const { GRAPH_ACCESS_TOKEN: _token, ...withoutToken } = everything;
  const { AZURE_CLIENT_SECRET: _secret, ...withoutSecret } = withoutToken;
  const tokenFile = ["--token-file", `${folder}/token.txt`];
  const certificate = ["--certificate", `${folder}/app.pem`];
  const choices: readonly (readonly [args: string[], env: Record<string, string>, source: string])[] = [
    [[...tokenFile, ...certificate], everything, "--token-file"],
    [[], everything, "GRAPH_ACCESS_TOKEN"],
    [[], withoutToken, "AZURE_CLIENT_SECRET"],
    [
      certificate,
      { ...withoutToken, AZURE_CLIENT_CERTIFICATE_PATH: `${folder}/unknown.pem` },
      "--certificate",
    ],
    [[], withoutSecret, "AZURE_CLIENT_CERTIFICATE_PATH"],
    [[], { ...everything, GRAPH_ACCESS_TOKEN: "", AZURE_CLIENT_SECRET: "" }, "AZURE_CLIENT_CERTIFICATE_PATH"],
  ];
  const runs = await mapConcurrently(choices, ([args, env]) => runCli(["doctor", ...args], { env }));
  assertEquals(
    runs.map(({ code, records }) => [code, records()[0]?.credential]),
    choices.map(([, , source]) => [0, source]),
  );
});

tenantTest("a redirect is not followed: the token goes to no other host", async (tenant) => {
  await using other = serve(() => new Response());
  tenant.fault({
    kind: "redirect",
    location: `${other.url}/v1.0/users/alex@contoso.com/photo/$value`,
    status: 307,
  });
  const { code, records } = await run(tenant, ["user", "alex@contoso.com"]);
  const { outcome, code: reason, attempts } = records()[0]!;
  assertEquals([code, outcome, reason, attempts], [1, "failed", "RedirectRefused", 1]);
  assertEquals(other.received, []);
});
