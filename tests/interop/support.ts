import { X509Certificate } from "node:crypto";
import { fileURLToPath } from "node:url";
import {
  type Emulator,
  type EmulatorOptions,
  selfSignedCertificate,
  startEmulator,
} from "../../lib/emulator/mod.ts";
import { assertEquals } from "../deps/assert.ts";
import { Client } from "../deps/microsoft_graph_client.ts";
import { environment } from "../support/run_cli.ts";
import { FILES, inTemporaryFolder } from "../support/temporary.ts";
import { LOOPBACK } from "../support/test.ts";

/** What the emulators of these tests serve HTTPS with. */
const TLS = await selfSignedCertificate();

/** A tenant over HTTPS, and the connection of a client that trusts it. */
export interface Served {
  readonly tenant: Emulator;
  readonly http: Deno.HttpClient;
}

export function httpsTest(
  name: string,
  run: (served: Served) => Promise<void>,
  options: EmulatorOptions = {},
): Deno.TestDefinition {
  return {
    name,
    permissions: LOOPBACK,
    sanitizeOps: true,
    sanitizeResources: false, // Microsoft's client leaves bodies unread
    fn: async () => {
      await using tenant = await startEmulator({ ...options, tls: TLS });
      using http = Deno.createHttpClient({ caCerts: [TLS.certificate] });
      await run({ tenant, http });
    },
  };
}

/** Microsoft's client of Graph, with the token given, or the app's own. */
export function graphClient({ tenant, http }: Served, token?: string): Client {
  const fetchOptions: RequestInit & { client: Deno.HttpClient } = { client: http };
  return Client.initWithMiddleware({
    authProvider: { getAccessToken: async () => token ?? await tenant.issueToken() },
    baseUrl: tenant.url,
    customHosts: new Set(["127.0.0.1"]), // it sends a token to hosts that it knows alone
    fetchOptions,
  });
}

/** Runs a script of this folder and gives the lines that it printed, each of them JSON. */
type RunScript = (script: string, ...args: string[]) => Promise<Record<string, unknown>[]>;

const LOCK = fileURLToPath(new URL("../deno.lock", import.meta.url));
/** This machine is all that a client may reach: not Microsoft's own sign-in host. */
const FLAGS = [
  "--quiet",
  "--allow-net=127.0.0.1",
  "--allow-env",
  "--allow-read",
  "--allow-sys",
  `--lock=${LOCK}`,
];

/** The settings of an app of the tenant, for a process that trusts the tenant's server. */
async function settings(tenant: Emulator, folder: string): Promise<Record<string, string>> {
  const [certificate = "", key = ""] = (await tenant.certificate()).split(/(?<=END CERTIFICATE-----\n)/);
  const trusted = `${folder}/trusted.pem`, app = `${folder}/app.pem`;
  await Deno.writeTextFile(trusted, TLS.certificate);
  // @azure/identity hands the whole file to createPrivateKey(), and Deno's refuses one with a certificate in it as
  // well, which Node's passes over. So the certificate is put in lines that @azure/identity alone takes for one.
  await Deno.writeTextFile(app, certificate.replaceAll("-----", "----") + key);
  return {
    DENO_CERT: trusted,
    GRAPH_ENDPOINT: tenant.cloud.graph,
    AZURE_AUTHORITY_HOST: tenant.cloud.authority,
    AZURE_TENANT_ID: tenant.tenantId,
    AZURE_CLIENT_ID: tenant.clientId,
    AZURE_CLIENT_SECRET: tenant.clientSecret,
    AZURE_CLIENT_CERTIFICATE_PATH: app,
    CERTIFICATE: certificate,
    PRIVATE_KEY: key,
    THUMBPRINT: new X509Certificate(certificate).fingerprint256.replaceAll(":", ""),
  };
}

/** A test that runs others' software as a process of its own, on a tenant that is served over HTTPS. */
export function processTest(
  name: string,
  run: (tenant: Emulator, runScript: RunScript) => Promise<void>,
  options: EmulatorOptions = {},
): Deno.TestDefinition {
  return {
    name,
    permissions: { ...FILES, run: true },
    fn: () =>
      inTemporaryFolder(async (folder) => {
        await using tenant = await startEmulator({ ...options, tls: TLS });
        const env = environment(await settings(tenant, folder));
        await run(tenant, async (script, ...args) => {
          const path = fileURLToPath(new URL(script, import.meta.url));
          const child = new Deno.Command(Deno.execPath(), {
            args: ["run", ...FLAGS, path, ...args],
            clearEnv: true,
            env,
          });
          const [out, err] = await child.output().then(({ stdout, stderr }) =>
            [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes))
          );
          assertEquals(err, "");
          return out!.trim().split("\n").map((line) => JSON.parse(line));
        });
      }),
  };
}
