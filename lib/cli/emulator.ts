import type { Emulator } from "../emulator/mod.ts";
import { isWindows } from "../host/deno.ts";
import { describeFileError, removeTemporaryFile, writeTemporaryFile } from "../host/files.ts";
import type { Arguments } from "./arguments.ts";
import { PROGRAM } from "./commands.ts";
import { checkMayListen } from "./connection.ts";
import { EXIT, UsageError } from "./errors.ts";
import type { Host } from "./host.ts";
import { parsePort } from "./port.ts";
import { quoteWord } from "./text.ts";

/** What else the emulator signs in, by its platform. */
const PLATFORMS = [
  ["a managed identity", "appService"],
  ["a job of GitHub Actions", "github"],
  ["a job of Azure Pipelines", "azurePipelines"],
] as const;

/** Returns the line of a shell that sets a variable. */
const SETTING: Readonly<Record<string, (name: string, value: string) => string>> = {
  sh: (name, value) => `export ${name}=${quoteWord(value, false)}`,
  powershell: (name, value) => `$env:${name} = '${value.replace(/['\u2018-\u201b]/g, "$&$&")}'`,
};

/** Some of the users, with what there is to see in them. */
const USERS: readonly (readonly [name: string, note?: string])[] = [
  ["alex@contoso.com"],
  ["lee@contoso.com", "no photo"],
  ["grady@contoso.com", "disabled"],
  ["'pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com'", "a guest"],
];

/** Returns what to try in the emulator, for a person. */
function thingsToTry({ directory }: Emulator): string {
  const list = (items: readonly (readonly [name: string, note?: string])[]) =>
    items.map(([name, note]) => name + (note ? ` (${note})` : "")).join(", ");
  return [
    "Paste the lines above into another terminal, and try there:",
    `  ${PROGRAM} find user --all`,
    `  ${PROGRAM} user ${USERS[0]![0]} --what-if`,
    `Users: ${list(USERS)}`,
    `Groups: ${list(directory.groups.map(({ id, displayName }) => [id, displayName]))}`,
  ].map((line) => `${line}\n`).join("");
}

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
  const set = SETTING[args.values.shell ?? (isWindows ? "powershell" : "sh")]!;
  const settings = [
    set("GRAPH_ENDPOINT", tenant.cloud.graph),
    set("AZURE_AUTHORITY_HOST", tenant.cloud.authority),
    set("AZURE_TENANT_ID", tenant.tenantId),
    set("AZURE_CLIENT_ID", tenant.clientId),
    set("AZURE_CLIENT_SECRET", tenant.clientSecret),
    ...(certificatePath ? [set("AZURE_CLIENT_CERTIFICATE_PATH", certificatePath)] : []),
    "# For the next three, leave out AZURE_CLIENT_SECRET and AZURE_CLIENT_CERTIFICATE_PATH.",
    ...PLATFORMS.flatMap(([name, platform]) => [
      `# As ${name}:`,
      ...Object.entries(tenant.platformVariables(platform)).filter(([variable]) =>
        !/_(TENANT|CLIENT)_ID$/.test(variable)
      )
        .map(([variable, value]) => `# ${set(variable, value)}`),
    ]),
    `# For the command me: --sign-in browser, or this token of ${user.userPrincipalName}, which precedes the others:`,
    `# ${set("GRAPH_ACCESS_TOKEN", await tenant.issueToken({ user: user.id, scopes: ["User.ReadWrite"] }))}`,
  ];
  try {
    await host.write(settings.map((line) => `${line}\n`).join(""));
    await host.writeError(
      `${thingsToTry(tenant)}Microsoft Graph and Entra emulator at ${tenant.url}, until Ctrl-C\n`,
    );
    await interrupted;
    return EXIT.ok;
  } finally {
    if (certificatePath) await removeTemporaryFile(certificatePath);
  }
}
