import { write } from "../host/deno.ts";
import {
  describeFileError,
  onInterrupt,
  removeTemporaryFile,
  writeError,
  writeTemporaryFile,
} from "../host/files.ts";
import type { Arguments } from "./arguments.ts";
import { checkMayListen } from "./connection.ts";
import { EXIT, UsageError } from "./errors.ts";

function portOf({ values, operands }: Arguments): number {
  if (operands.length) throw new UsageError("The command emulator takes no ids");
  const port = values.port ?? "0";
  if (/^\d{1,5}$/.test(port) && Number(port) < 65536) return Number(port);
  throw new UsageError(`--port must be a number from 0 to 65535: current value is ${JSON.stringify(port)}`);
}

/** The command emulator: serves a local Graph and sign-in, and prints the settings to use, until Ctrl-C. */
export async function emulator(args: Arguments): Promise<number> {
  const port = portOf(args);
  await checkMayListen(port);
  const { startEmulator } = await import("../emulator/mod.ts");
  await using tenant = await startEmulator({ port }).catch((cause) => {
    throw new UsageError(`Cannot listen on port ${port}: ${describeFileError(cause, "--allow-net")}`, null, {
      cause,
    });
  });
  const interrupted = new Promise<void>((resolve) => onInterrupt(resolve));
  const certificatePath = await writeTemporaryFile("app.pem", await tenant.certificate());
  const user = tenant.directory.signedInUser;
  const settings = [
    `GRAPH_ENDPOINT=${tenant.cloud.graph}`,
    `AZURE_AUTHORITY_HOST=${tenant.cloud.authority}`,
    `AZURE_TENANT_ID=${tenant.tenantId}`,
    `AZURE_CLIENT_ID=${tenant.clientId}`,
    `AZURE_CLIENT_SECRET=${tenant.clientSecret}`,
    ...(certificatePath ? [`AZURE_CLIENT_CERTIFICATE_PATH=${certificatePath}`] : []),
    `# for the command me, a token of ${user.userPrincipalName}; it takes precedence over the others:`,
    `# GRAPH_ACCESS_TOKEN=${await tenant.issueToken({ user: user.id, scopes: ["User.ReadWrite"] })}`,
  ];
  try {
    await write("stdout", settings.map((line) => `${line}\n`).join(""));
    await writeError(`Microsoft Graph and Entra emulator on ${tenant.url}, until Ctrl-C\n`);
    await interrupted;
    return EXIT.ok;
  } finally {
    if (certificatePath) await removeTemporaryFile(certificatePath);
  }
}
