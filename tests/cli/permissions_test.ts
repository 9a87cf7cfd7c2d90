import { createPrivateKey } from "node:crypto";
import { assertEquals } from "../deps/assert.ts";
import { type Emulator, selfSignedCertificate } from "../../lib/emulator/mod.ts";
import { exportJWK, generateKeyPair, SignJWT } from "../../lib/deps/jose.ts";
import { runCli } from "../support/run_cli.ts";
import { bySecret, byToken, denoFlagsTest, endpoints, mapConcurrently } from "./support.ts";

/** The environment variables that the documentation names: the command reads no other. */
const VARIABLES = [
  "GRAPH_ACCESS_TOKEN",
  "GRAPH_ENDPOINT",
  "AZURE_AUTHORITY_HOST",
  "AZURE_TENANT_ID",
  "AZURE_CLIENT_ID",
  "AZURE_CLIENT_SECRET",
  "AZURE_CLIENT_CERTIFICATE_PATH",
  "AZURE_CLIENT_CERTIFICATE_PASSWORD",
  "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN",
  "AZURE_FEDERATED_TOKEN_FILE",
  "NO_COLOR",
];

/** Writes the files of every kind of credential, and gives the environment that uses each. */
async function credentials(
  tenant: Emulator,
  folder: string,
): Promise<Record<string, Record<string, string>>> {
  const app = {
    ...endpoints(tenant),
    AZURE_TENANT_ID: tenant.tenantId,
    AZURE_CLIENT_ID: tenant.clientId,
  };
  const { certificate, privateKey } = await selfSignedCertificate();
  await tenant.registerCertificate(certificate);
  const passphrase = "pass phrase";
  const encrypted = createPrivateKey(privateKey).export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase,
  });
  const { publicKey, privateKey: issuerKey } = await generateKeyPair("RS256", { extractable: true });
  const [issuer, subject] = ["https://token.actions.example", "repo:contoso/photos"];
  tenant.registerFederatedKey(issuer, subject, await exportJWK(publicKey) as JsonWebKey);
  const assertion = await new SignJWT({}).setProtectedHeader({ alg: "RS256" }).setIssuer(issuer).setSubject(
    subject,
  )
    .setAudience("api://AzureADTokenExchange").setIssuedAt().setExpirationTime("5m").setJti("1").sign(
      issuerKey,
    );
  await Promise.all([
    Deno.writeTextFile(`${folder}/app.pem`, certificate + privateKey),
    Deno.writeTextFile(`${folder}/encrypted.pem`, certificate + encrypted),
    Deno.writeTextFile(`${folder}/assertion`, assertion),
  ]);
  return {
    "a ready-made token": byToken(tenant, await tenant.issueToken()),
    "a client secret": { ...bySecret(tenant), NO_COLOR: "1" },
    "a certificate": { ...app, AZURE_CLIENT_CERTIFICATE_PATH: `${folder}/app.pem` },
    "an encrypted certificate and its chain": {
      ...app,
      AZURE_CLIENT_CERTIFICATE_PATH: `${folder}/encrypted.pem`,
      AZURE_CLIENT_CERTIFICATE_PASSWORD: passphrase,
      AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: "true",
    },
    "a federated token": { ...app, AZURE_FEDERATED_TOKEN_FILE: `${folder}/assertion` },
  };
}

denoFlagsTest(
  "each credential works with the documented variables, its file and Graph's host alone",
  async (tenant, folder) => {
    const { host } = new URL(tenant.url);
    const permissions = [
      `--allow-env=${VARIABLES.join(",")}`,
      `--allow-net=${host}`,
      `--allow-read=${folder}`,
    ];
    const known = Object.entries(await credentials(tenant, folder));
    const runs = await mapConcurrently(
      known,
      ([, env]) => runCli(["user", "alex@contoso.com", "--what-if"], { env, permissions }),
    );
    assertEquals(known.map(([name], at) => [name, runs[at]!.code, runs[at]!.stderr.split(" in ")[0]]), [
      ...known.map(([name]) => [name, 0, "1 planned"]),
    ]);

    const others = [["doctor"], ["--help"], ["--version"], ["user", "--help"], ["user", "alex@contoso.com"]];
    const env = bySecret(tenant);
    const rest = await mapConcurrently(others, (args) => runCli(args, { env, permissions }));
    assertEquals(rest.map(({ code }) => code), others.map(() => 0));
  },
);

denoFlagsTest("help, the version and usage errors need no permission at all", async () => {
  const lines = [["--help"], ["user", "--help"], ["--version", "-v"], ["usr"], ["user", "--what-iff"]];
  const runs = await mapConcurrently(lines, (args) => runCli(args, { permissions: [] }));
  assertEquals(runs.map(({ code }) => code), [0, 0, 0, 2, 2]);
});

denoFlagsTest("a host that Deno may not reach is told at once, with the flag to add", async (tenant) => {
  const env = byToken(tenant, await tenant.issueToken());
  const args = ["user", "alex@contoso.com"];
  const { code, records } = await runCli(args, { env, permissions: ["--allow-env"] });
  const { attempts, message } = records()[0]!;
  assertEquals([code, attempts, /--allow-net/.test(String(message))], [1, 1, true]);
});
