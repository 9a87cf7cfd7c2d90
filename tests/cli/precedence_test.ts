import { emulatorTest } from "../support/emulated.ts";
import { bySecret, byToken, endpoints } from "../support/command.ts";
import { assertEquals, assertMatch, assertNotMatch } from "../deps/assert.ts";
import { runAsApp, runInProcess } from "../support/run_in_process.ts";
import { tenantFileTest } from "../support/temporary.ts";
import { NONE } from "../support/test.ts";

const USER = ["user", "alex@contoso.com"];
const OTHER_APP = "33333333-3333-4333-8333-333333333333";
const FABRIKAM = ["--tenant-id", "fabrikam.onmicrosoft.com"];

Deno.test(
  tenantFileTest("what is typed wins over GRAPH_ACCESS_TOKEN, which is said", async (tenant, folder) => {
    const env = { ...byToken(tenant, await tenant.issueToken()), GRAPH_ENDPOINT: tenant.url };
    const missing = `${folder}/none.pem`;
    const lines = [
      [
        [...FABRIKAM, "--client-id", OTHER_APP, "--certificate", missing],
        /none\.pem": it does not exist/,
        "tenant-id",
      ],
      [["--certificate", missing], /set AZURE_TENANT_ID and AZURE_CLIENT_ID/, "certificate"],
      [["--client-id", OTHER_APP], /incomplete client credentials/, "client-id"],
    ] as const;
    for (const [options, says, because] of lines) {
      const { code, stderr } = await runInProcess([...USER, ...options], { env });
      assertEquals([code, tenant.requests.length], [4, 0], because);
      assertMatch(stderr, new RegExp(`^GRAPH_ACCESS_TOKEN is ignored because of --${because}\n`));
      assertMatch(stderr, says);
    }
    const quiet = await runInProcess([...USER, "--client-id", OTHER_APP, "-q"], { env });
    assertNotMatch(quiet.stderr, /ignored/);
  }),
);

Deno.test(emulatorTest("a typed tenant wins over a token in the environment of an app", async (tenant) => {
  const env = { ...bySecret(tenant), GRAPH_ACCESS_TOKEN: await tenant.issueToken() };
  const { code, stderr } = await runInProcess([...USER, ...FABRIKAM], { env });
  assertEquals([code, tenant.counts.graph], [4, 0]); // the typed tenant does not exist
  assertMatch(stderr, /fabrikam\.onmicrosoft\.com[^]*AADSTS90002/);
}));

Deno.test(
  tenantFileTest("options that contradict each other exit 2, and nothing is sent", async (tenant, folder) => {
    await Deno.writeTextFile(`${folder}/good.txt`, await tenant.issueToken());
    const tokenFile = ["--token-file", `${folder}/good.txt`];
    const lines = [
      [...tokenFile, "--certificate", "app.pem", ...FABRIKAM],
      [...tokenFile, ...FABRIKAM],
      [...tokenFile, "--client-id", OTHER_APP],
      ["--cloud", "emulator", ...tokenFile],
      ["--cloud", "emulator", ...FABRIKAM],
      ["--cloud", "emulator", "--graph-endpoint", tenant.url],
      ["--cloud", "usgov", "--graph-endpoint", "https://graph.microsoft.com"],
      [
        "--authority-host",
        "https://login.chinacloudapi.cn",
        "--graph-endpoint",
        "https://graph.microsoft.us",
      ],
    ];
    for (const options of lines) {
      const { code, stdout, stderr } = await runAsApp(tenant, [...USER, ...options]);
      assertEquals([code, stdout, tenant.requests.length], [2, "", 0], options.join(" "));
      assertMatch(stderr, /contradict each other/);
    }
  }),
);

Deno.test(emulatorTest("the token and the list cannot both come from standard input", async (tenant) => {
  const lines = [["user", "-", "--token-file", "-"], ["user", "--from", "-", "--token-file", "-"]];
  for (const line of lines) {
    const { code, stderr } = await runInProcess([...line, "--yes"], { env: endpoints(tenant), stdin: "x" });
    assertEquals([code, tenant.requests.length], [2, 0]);
    assertMatch(stderr, /Standard input cannot be both the list and the token/);
  }
}));

Deno.test(emulatorTest("--token-file - reads the token from standard input", async (tenant) => {
  const stdin = `Bearer ${await tenant.issueToken()}\r\n`;
  const { code, stderr } = await runInProcess([...USER, "--token-file", "-"], {
    env: endpoints(tenant),
    stdin,
  });
  assertEquals([code, tenant.directory.hasPhoto("alex@contoso.com")], [0, false], stderr);
}));

Deno.test(emulatorTest("Ctrl-C ends the wait for a token from standard input", async (tenant) => {
  for (const line of [USER, ["find", "user", "--all"]]) {
    const stopping = new AbortController();
    const stdin = {
      [Symbol.asyncIterator]: () => ({
        next() {
          stopping.abort();
          return new Promise<never>(() => {}); // it stays open
        },
      }),
    };
    const { code, stderr } = await runInProcess([...line, "--token-file", "-"], {
      ...{ env: endpoints(tenant), stdin, interrupt: stopping.signal },
    });
    assertEquals([code, tenant.requests.length], [130, 0]);
    assertMatch(stderr, /^Stopping: nothing is in flight/);
  }
}));

const TOKEN = { GRAPH_ACCESS_TOKEN: "opaque-token" };
const GLOBAL = ["https://graph.microsoft.com", "https://login.microsoftonline.com"] as const;
const USGOV = ["https://graph.microsoft.us", "https://login.microsoftonline.us"] as const;
const CHINA = ["https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn"] as const;

interface CloudRow {
  options?: readonly string[];
  env: Readonly<Record<string, string>>;
  /** The name and endpoints of the cloud, and where they came from. */
  expected: readonly [name: string, graph: string, authority: string, from: string];
  /** What is said on standard error. */
  said?: string;
}

const CLOUDS: readonly CloudRow[] = [
  { env: {}, expected: ["global", ...GLOBAL, "default, default"] },
  {
    options: ["--cloud", "usgov"],
    env: { AZURE_AUTHORITY_HOST: "https://login.microsoftonline.com/" },
    expected: ["usgov", ...USGOV, "--cloud, --cloud"],
    said: "AZURE_AUTHORITY_HOST is ignored because of --cloud\n",
  },
  {
    options: ["--cloud", "usgov"],
    env: { AZURE_AUTHORITY_HOST: CHINA[1], GRAPH_ENDPOINT: GLOBAL[0] },
    expected: ["usgov", ...USGOV, "--cloud, --cloud"],
    said:
      "GRAPH_ENDPOINT is ignored because of --cloud; AZURE_AUTHORITY_HOST is ignored because of --cloud\n",
  },
  {
    options: ["--cloud", "usgov"],
    env: { AZURE_AUTHORITY_HOST: `${USGOV[1]}/` },
    expected: ["usgov", ...USGOV, "--cloud, --cloud"],
  },
  {
    env: { AZURE_AUTHORITY_HOST: "https://login.microsoftonline.us/" },
    expected: ["usgov", ...USGOV, "AZURE_AUTHORITY_HOST, AZURE_AUTHORITY_HOST"],
  },
  {
    env: { AZURE_AUTHORITY_HOST: `"${CHINA[1]}"\r\n` },
    expected: ["china", ...CHINA, "AZURE_AUTHORITY_HOST, AZURE_AUTHORITY_HOST"],
  },
  {
    env: { AZURE_AUTHORITY_HOST: "login.microsoftonline.us" },
    expected: ["usgov", ...USGOV, "AZURE_AUTHORITY_HOST, AZURE_AUTHORITY_HOST"],
  },
  {
    env: { AZURE_AUTHORITY_HOST: "AzureChinaCloud" },
    expected: ["china", ...CHINA, "AZURE_AUTHORITY_HOST, AZURE_AUTHORITY_HOST"],
  },
  {
    env: { AZURE_AUTHORITY_HOST: "https://login.windows.net" },
    expected: [
      "global",
      GLOBAL[0],
      "https://login.windows.net",
      "AZURE_AUTHORITY_HOST, AZURE_AUTHORITY_HOST",
    ],
  },
  {
    env: { GRAPH_ENDPOINT: "https://dod-graph.microsoft.us" },
    expected: ["usgovdod", "https://dod-graph.microsoft.us", USGOV[1], "GRAPH_ENDPOINT, GRAPH_ENDPOINT"],
  },
  {
    options: ["--authority-host", CHINA[1]],
    env: {},
    expected: ["china", ...CHINA, "--authority-host, --authority-host"],
  },
];

Deno.test(
  "doctor names the cloud that options and variables describe, and where each value came from",
  NONE,
  async () => {
    for (const { options = [], env, expected, said = "" } of CLOUDS) {
      const { code, stderr, records } = await runInProcess(["doctor", ...options], {
        env: { ...env, ...TOKEN },
      });
      const [found] = records() as Record<string, string & Record<string, string>>[];
      const { graph, authority } = found!.sources!;
      const { cloud } = found!;
      assertEquals(
        [cloud, found!.graph, found!.authority, `${graph}, ${authority}`],
        [...expected] as unknown as typeof cloud[],
      );
      assertEquals([code, stderr], [0, said]);
    }
  },
);

/** Endpoints that cannot be used, and what is said. */
const REFUSED: readonly [env: Record<string, string>, says: RegExp][] = [
  [
    { AZURE_AUTHORITY_HOST: "nowhere" },
    /Cannot use AZURE_AUTHORITY_HOST as it must be a URL such as "https:\/\/login/,
  ],
  [{ GRAPH_ENDPOINT: "nowhere" }, /Cannot use GRAPH_ENDPOINT as it must be a URL such as "https:\/\/graph/],
  [
    { AZURE_AUTHORITY_HOST: GLOBAL[1], GRAPH_ENDPOINT: USGOV[0] },
    /GRAPH_ENDPOINT and AZURE_AUTHORITY_HOST contradict each other[^]*--cloud/,
  ],
];

Deno.test("endpoints that cannot be used exit 2, and the variable is named", NONE, async () => {
  for (const [env, says] of REFUSED) {
    const { code, stderr } = await runInProcess(USER, { env: { ...env, ...TOKEN } });
    assertEquals(code, 2);
    assertMatch(stderr, says);
  }
});

Deno.test(emulatorTest("--verbose says where each value came from", async (tenant) => {
  const { stderr } = await runAsApp(tenant, [...USER, "--verbose", "--tenant-id", tenant.tenantId]);
  const said = `${tenant.url} (GRAPH_ENDPOINT), sign-in ${tenant.url} (AZURE_AUTHORITY_HOST), ` +
    "credential: AZURE_CLIENT_SECRET, tenant: --tenant-id, app: AZURE_CLIENT_ID\n";
  assertEquals(stderr.startsWith(said), true, stderr);
}));

Deno.test("without a credential, me names only what can work for it", NONE, async () => {
  const environments: Record<string, string>[] = [{}, { AZURE_TENANT_ID: "contoso.com" }, {
    AZURE_CLIENT_SECRET: "abc",
  }];
  for (const env of environments) {
    const { code, stdout, stderr } = await runInProcess(["me"], { env });
    assertEquals([code, stdout], [4, ""]);
    assertMatch(stderr, /signed-in user\n.*--token-file.*GRAPH_ACCESS_TOKEN.*az account get-access-token/);
    assertNotMatch(stderr, /AZURE_/);
  }
});
