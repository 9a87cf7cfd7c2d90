import { type CloudEndpoints, type CloudName, CLOUDS, resolveCloud } from "../cloud.ts";
import {
  type EnvironmentCredential,
  findEnvironmentCredential,
  type ReadEnv,
} from "../auth/environment_credential.ts";
import type { TokenCredential } from "../auth/token_credential.ts";
import type { CredentialError } from "../errors.ts";
import { bypassProxy, mayListen } from "../host/deno.ts";
import type { Arguments } from "./arguments.ts";
import { toUsageError, UsageError } from "./errors.ts";
import type { Host } from "./host.ts";

/** The cloud and the credential that a command uses. */
export interface Connection extends AsyncDisposable {
  /** The name of the cloud. */
  name: string;
  cloud: CloudEndpoints;
  credential: TokenCredential;
  /** Where the credential came from: a variable, an option, or the emulator. */
  source: string;
}

/** Keeps unencrypted requests, which only go to loopback addresses, out of the proxy. */
function bypassProxyForLoopback({ graph, authority }: CloudEndpoints): void {
  const local = [graph, authority].map((root) => new URL(root)).filter(({ protocol }) =>
    protocol === "http:"
  );
  bypassProxy([...new Set(local.map(({ hostname }) => hostname.replace(/^\[|\]$/g, "")))]);
}

/**
 * Checks that an emulator can listen on a port.
 *
 * @throws {UsageError} If Deno has no permission for it.
 */
export async function checkMayListen(port: number): Promise<void> {
  if (await mayListen(port)) return;
  throw new UsageError("Deno may not listen on 127.0.0.1: run it with --allow-net or --allow-net=127.0.0.1");
}

/** Starts an emulator in this process, which disposing the connection stops. */
async function connectToEmulator(command: string | undefined): Promise<Connection> {
  await checkMayListen(0);
  const { startEmulator } = await import("../emulator/mod.ts");
  const { clientCertificateCredential } = await import("../auth/client_credentials.ts");
  const emulator = await startEmulator();
  const { tenantId, clientId, cloud } = emulator;
  bypassProxyForLoopback(cloud);
  const connection = { name: "emulator", cloud, [Symbol.asyncDispose]: () => emulator.shutdown() };
  if (command === "me") { // needs a signed-in user
    const token = await emulator.issueToken({
      user: emulator.directory.signedInUser.id,
      scopes: ["User.ReadWrite"],
    });
    const credential = { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Infinity }) };
    return { ...connection, credential, source: "the emulator's signed-in user" };
  }
  const certificate = await emulator.certificate();
  const { authority } = cloud;
  const credential = clientCertificateCredential({ tenantId, clientId, certificate, authority });
  return { ...connection, credential, source: "the emulator's certificate" };
}

/** Returns the credential that options and environment describe, and where it came from. */
async function findCredential(values: Arguments["values"], readEnv: ReadEnv): Promise<EnvironmentCredential> {
  const tokenFile = values["token-file"];
  if (tokenFile !== undefined) {
    const { tokenFileCredential } = await import("../auth/credential_file.ts");
    return { source: "--token-file", ...tokenFileCredential(tokenFile) };
  }
  const overrides = new Map<string, string | undefined>(
    values.certificate === undefined ? [] : [
      ["AZURE_CLIENT_SECRET", undefined], // would take precedence over a certificate
      ["AZURE_CLIENT_CERTIFICATE_PATH", values.certificate],
    ],
  );
  const credential = toUsageError(() =>
    findEnvironmentCredential((name) => overrides.has(name) ? overrides.get(name) : readEnv(name), {
      tenantId: values["tenant-id"],
      clientId: values["client-id"],
      authority: values["authority-host"],
    })
  );
  return overrides.has(credential.source) ? { ...credential, source: "--certificate" } : credential;
}

/**
 * Returns the cloud and the credential that options and environment describe.
 *
 * @throws {UsageError} If an option is invalid.
 * @throws {CredentialError} If there is no credential.
 */
export async function connect(
  { command, values }: Arguments,
  { readEnv, readEnvIfPermitted }: Pick<Host, "readEnv" | "readEnvIfPermitted">,
): Promise<Connection> {
  if (values.cloud === "emulator") return await connectToEmulator(command);
  const graph = values["graph-endpoint"] ?? (values.cloud ? undefined : readEnvIfPermitted("GRAPH_ENDPOINT"));
  const authority = values["authority-host"] ?? readEnvIfPermitted("AZURE_AUTHORITY_HOST");
  const named = CLOUDS[(values.cloud ?? "global") as CloudName];
  const endpoints = { graph: graph ?? named.graph, authority: authority ?? named.authority };
  const cloud = toUsageError(() => resolveCloud(endpoints)); // its errors come before a missing credential
  bypassProxyForLoopback(cloud);
  const credential = await findCredential(values, readEnv);
  return {
    name: graph || authority ? "custom" : values.cloud ?? "global",
    cloud,
    credential,
    source: credential.source,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Returns what to do about an error in terms of this command line, which the library's hints do not name. */
export function adviceFor({ code, aadstsCodes, cause }: CredentialError): string | null {
  if (code === "CredentialNotFound" && cause === undefined) {
    return "See README, Sign in. To try without an account: --cloud emulator";
  }
  const isWrongCloud = aadstsCodes.some((aadsts) => aadsts === 90002 || aadsts === 900382);
  return isWrongCloud ? `Choose the cloud with --cloud: ${Object.keys(CLOUDS).join(", ")}` : null;
}
