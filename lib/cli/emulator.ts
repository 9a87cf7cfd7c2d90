import { describeFileError, removeTemporaryFile, writeTemporaryFile } from "../host/files.ts";
import type { Arguments } from "./arguments.ts";
import { checkMayListen } from "./connection.ts";
import { EXIT, UsageError } from "./errors.ts";
import type { Host } from "./host.ts";
import { parsePort } from "./port.ts";

/** What else the emulator signs in, by its platform. */
const PLATFORMS = [
  ["a managed identity", "appService"],
  ["a job of GitHub Actions", "github"],
  ["a job of Azure Pipelines", "azurePipelines"],
] as const;

/** The command emulator: serves a local Graph and sign-in until Ctrl-C, and prints the settings to use. */
export async function emulator(args: Arguments, host: Host): Promise<number> {
  if (args.operands.length) throw new UsageError("The command emulator takes no ids");
  const port = parsePort(args);
  await checkMayListen(port);
  const { startEmulator } = await import("../emulator/mod.ts");
  await using tenant = await startEmulator({ port, recordRequests: false }).catch((cause) => {
    const why = describeFileError(cause, "--allow-net");
    throw new UsageError(`Cannot listen on port ${port}: ${why}`, null, { cause });
  });
  const interrupted = new Promise<unknown>((resolve) => void host.onInterrupt(resolve));
  const certificatePath = await writeTemporaryFile("app.pem", await tenant.certificate());
  const user = tenant.directory.signedInUser;
  const settings = [
    `GRAPH_ENDPOINT=${tenant.cloud.graph}`,
    `AZURE_AUTHORITY_HOST=${tenant.cloud.authority}`,
    `AZURE_TENANT_ID=${tenant.tenantId}`,
    `AZURE_CLIENT_ID=${tenant.clientId}`,
    `AZURE_CLIENT_SECRET=${tenant.clientSecret}`,
    ...(certificatePath ? [`AZURE_CLIENT_CERTIFICATE_PATH=${certificatePath}`] : []),
    ...PLATFORMS.flatMap(([name, platform]) => [
      `# As ${name}, in place of AZURE_CLIENT_SECRET and AZURE_CLIENT_CERTIFICATE_PATH:`,
      ...Object.entries(tenant.platformVariables(platform)).filter(([variable]) =>
        !/_(TENANT|CLIENT)_ID$/.test(variable)
      )
        .map(([variable, value]) => `# ${variable}=${value}`),
    ]),
    `# For the command me: --sign-in browser, or a token of ${user.userPrincipalName}, which precedes the others:`,
    `# GRAPH_ACCESS_TOKEN=${await tenant.issueToken({ user: user.id, scopes: ["User.ReadWrite"] })}`,
  ];
  try {
    await host.write(settings.map((line) => `${line}\n`).join(""));
    await host.writeError(`Microsoft Graph and Entra emulator at ${tenant.url}, until Ctrl-C\n`);
    await interrupted;
    return EXIT.ok;
  } finally {
    if (certificatePath) await removeTemporaryFile(certificatePath);
  }
}
