import { type CloudEndpoints, type CloudName, CLOUDS, resolveCloud } from "../cloud.ts";
import { environmentCredential } from "../auth/environment_credential.ts";
import type { TokenCredential } from "../auth/token_credential.ts";
import { bypassProxy, mayListen, readEnvIfPermitted } from "../host/deno.ts";
import type { Arguments } from "./arguments.ts";
import { UsageError } from "./errors.ts";

/** Which Graph is used, by which credential. */
export interface Connection extends AsyncDisposable {
  /** How the cloud is called. */
  name: string;
  cloud: CloudEndpoints;
  credential: TokenCredential;
  /** Where the credential came from. */
  source: string;
}

/** Runs a check of the API whose refusal is the fault of what was typed. */
export function toUsageError<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      throw new UsageError(error.message, null, { cause: error });
    }
    throw error;
  }
}

/** http: is for loopback addresses alone, and what is sent in the clear does not go to a proxy. */
function bypassProxyForLoopback({ graph, authority }: CloudEndpoints): void {
  const local = [graph, authority].map((root) => new URL(root)).filter(({ protocol }) =>
    protocol === "http:"
  );
  bypassProxy([...new Set(local.map(({ hostname }) => hostname.replace(/^\[|\]$/g, "")))]);
}

/**
 * Makes sure that an emulator can be started.
 *
 * @throws {UsageError} If Deno may not listen.
 */
export async function checkMayListen(port: number): Promise<void> {
  if (await mayListen(port)) return;
  throw new UsageError("Deno may not listen on 127.0.0.1: run it with --allow-net or --allow-net=127.0.0.1");
}

/** An emulator in this process, which ends with the command. */
async function connectToEmulator(command: string | undefined): Promise<Connection> {
  await checkMayListen(0);
  const { startEmulator } = await import("../emulator/mod.ts");
  const { clientCertificateCredential } = await import("../auth/client_certificate.ts");
  const emulator = await startEmulator();
  const { tenantId, clientId, cloud } = emulator;
  bypassProxyForLoopback(cloud);
  const connection = { name: "emulator", cloud, [Symbol.asyncDispose]: () => emulator.shutdown() };
  if (command === "me") { // an app has no photo of its own
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

/**
 * The cloud and credential that options and environment ask for.
 *
 * @throws {UsageError} If an option cannot be what it should be.
 * @throws {CredentialError} If there is no credential.
 */
export async function connect({ command, values }: Arguments): Promise<Connection> {
  if (values.cloud === "emulator") return await connectToEmulator(command);
  const graph = values["graph-endpoint"] ?? (values.cloud ? undefined : readEnvIfPermitted("GRAPH_ENDPOINT"));
  const authority = values["authority-host"] ?? readEnvIfPermitted("AZURE_AUTHORITY_HOST");
  const named = CLOUDS[(values.cloud ?? "global") as CloudName];
  const endpoints = { graph: graph ?? named.graph, authority: authority ?? named.authority };
  const cloud = toUsageError(() => resolveCloud(endpoints)); // before a missing credential is missed
  bypassProxyForLoopback(cloud);
  const credential = toUsageError(() =>
    environmentCredential({
      tokenFile: values["token-file"],
      tenantId: values["tenant-id"],
      clientId: values["client-id"],
      certificatePath: values.certificate,
      authority: values["authority-host"],
    })
  );
  return {
    name: graph || authority ? "custom" : values.cloud ?? "global",
    cloud,
    credential,
    source: credential.source,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
