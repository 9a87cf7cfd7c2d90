import { parseArguments } from "../../lib/cli/arguments.ts";
import { NO_CREDENTIAL_HINT } from "../../lib/auth/environment_credential.ts";
import { adviceFor, connect } from "../../lib/cli/connection.ts";
import { checkAccess } from "../../lib/check_access.ts";
import { startEmulator } from "../../lib/emulator/mod.ts";
import { CredentialError } from "../../lib/errors.ts";
import { assertEquals, assertMatch, assertRejects } from "../deps/assert.ts";
import { SILENT_HOST } from "../support/silent_host.ts";
import { tenantFileTest } from "../support/temporary.ts";
import { LOOPBACK_ONLY, NONE } from "../support/test.ts";
import { bySecret } from "../support/command.ts";

type Environment = Readonly<Record<string, string>>;

/** Connects as a command with these options does in an environment. */
async function connectWith(
  options: readonly string[],
  environment: Environment,
  said: string[] = [],
) {
  const readEnv = (name: string) => environment[name] || undefined;
  return await connect(await parseArguments(["doctor", ...options]), {
    ...SILENT_HOST,
    readEnv,
    readEnvIfPermitted: readEnv,
    writeError: (text) => Promise.resolve(void said.push(text)),
  });
}

const GLOBAL = ["https://graph.microsoft.com", "https://login.microsoftonline.com"];
const USGOV = ["https://graph.microsoft.us", "https://login.microsoftonline.us"];
const USGOVDOD = ["https://dod-graph.microsoft.us", "https://login.microsoftonline.us"];
const CHINA = ["https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn"];
const OTHER = "https://graph.example";
const LOCAL = ["--graph-endpoint", "http://127.0.0.1:1/"];

/** Options, `GRAPH_ENDPOINT`, and the name and endpoints of the cloud. */
const CLOUDS: readonly [options: string[], graphEndpoint: string, expected: string[]][] = [
  [[], "", ["global", ...GLOBAL]],
  [["--cloud", "global"], "", ["global", ...GLOBAL]],
  [["--cloud", "usgov"], "", ["usgov", ...USGOV]],
  [["-Cloud:UsGov"], "", ["usgov", ...USGOV]],
  [["--cloud", "usgovdod"], "", ["usgovdod", ...USGOVDOD]],
  [["--cloud", "china"], "", ["china", ...CHINA]],
  [[], OTHER, ["custom", OTHER, GLOBAL[1]!]],
  [["--cloud", "usgov"], OTHER, ["usgov", ...USGOV]],
  [LOCAL, OTHER, ["custom", "http://127.0.0.1:1", GLOBAL[1]!]],
  [[...LOCAL, "--cloud", "usgov"], OTHER, ["custom", "http://127.0.0.1:1", USGOV[1]!]],
  [["--authority-host", OTHER], "", ["custom", GLOBAL[0]!, OTHER]],
];

Deno.test(
  "connect() takes the cloud from --graph-endpoint, else --cloud, else GRAPH_ENDPOINT",
  NONE,
  async () => {
    for (const [options, GRAPH_ENDPOINT, expected] of CLOUDS) {
      await using connection = await connectWith(options, { GRAPH_ENDPOINT, GRAPH_ACCESS_TOKEN: "T" });
      const { name, cloud } = connection;
      assertEquals([name, cloud.graph, cloud.authority], expected, options.join(" "));
    }
  },
);

Deno.test("connect() lets options override the variables of the app", LOOPBACK_ONLY, async () => {
  await using tenant = await startEmulator();
  const environment = {
    AZURE_CLIENT_SECRET: tenant.clientSecret,
    GRAPH_ENDPOINT: "https://graph.example",
    AZURE_AUTHORITY_HOST: "https://login.example",
    AZURE_TENANT_ID: "other.example",
    AZURE_CLIENT_ID: "33333333-3333-4333-8333-333333333333",
  };
  await using connection = await connectWith([
    ...["--graph-endpoint", tenant.url, "--authority-host", tenant.url],
    ...["--tenant-id", tenant.tenantId, `--client-id=${tenant.clientId}`],
  ], environment);
  const { claims } = await checkAccess({ credential: connection.credential, cloud: connection.cloud });
  assertEquals([claims?.tenantId, claims?.clientId], [tenant.tenantId, tenant.clientId]);
});

Deno.test(
  tenantFileTest("connect() uses the first credential in the documented order", async (tenant, folder) => {
    const token = await tenant.issueToken();
    await Deno.writeTextFile(`${folder}/token.txt`, `Bearer ${token}\r\n`);
    await Deno.writeTextFile(`${folder}/app.pem`, await tenant.certificate());
    const everything: Environment = {
      ...bySecret(tenant),
      GRAPH_ACCESS_TOKEN: token,
      AZURE_CLIENT_CERTIFICATE_PATH: `${folder}/app.pem`,
      AZURE_FEDERATED_TOKEN_FILE: `${folder}/none`,
    };
    const withoutToken = { ...everything, GRAPH_ACCESS_TOKEN: "" };
    const withoutSecret = { ...withoutToken, AZURE_CLIENT_SECRET: "" };
    const otherCertificate = { ...withoutToken, AZURE_CLIENT_CERTIFICATE_PATH: `${folder}/none` };
    const tokenFile = ["--token-file", `${folder}/token.txt`];
    const certificate = ["--certificate", `${folder}/app.pem`];
    const rows: readonly [options: string[], environment: Environment, source: string][] = [
      [tokenFile, everything, "--token-file"],
      [[], everything, "GRAPH_ACCESS_TOKEN"],
      [certificate, everything, "--certificate"],
      [[], withoutToken, "AZURE_CLIENT_SECRET"],
      [certificate, otherCertificate, "--certificate"],
      [[], withoutSecret, "AZURE_CLIENT_CERTIFICATE_PATH"],
    ];
    for (const [options, environment, source] of rows) {
      await using connection = await connectWith(options, environment);
      assertEquals(connection.source, source);
      await checkAccess({ credential: connection.credential, cloud: connection.cloud });
    }
    await using incomplete = await connectWith(certificate, {}); // for doctor, which shows the rest
    assertEquals(incomplete.source, "none");
    const error = await assertRejects(
      () => checkAccess({ credential: incomplete.credential }),
      CredentialError,
    );
    assertMatch(error.message, /set AZURE_TENANT_ID and AZURE_CLIENT_ID$/);
  }),
);

const ADVICE: readonly [error: CredentialError, advice: RegExp | null][] = [
  [new CredentialError("CredentialNotFound", "", { hint: NO_CREDENTIAL_HINT }), /--cloud emulator/],
  [new CredentialError("CredentialNotFound", "", { hint: "Turn the identity on." }), null],
  [new CredentialError("SignInRefused", "", { aadstsCodes: [1, 90002] }), /--cloud.*china/],
  [new CredentialError("SignInRefused", "", { aadstsCodes: [900382] }), /--cloud.*china/],
  [new CredentialError("SignInRefused", "", { aadstsCodes: [7000215] }), null],
];

Deno.test("adviceFor() names the options that help with an error", NONE, () => {
  for (const [error, advice] of ADVICE) {
    const given = adviceFor(error);
    if (advice) assertMatch(given ?? "", advice);
    else assertEquals(given, null);
  }
});
