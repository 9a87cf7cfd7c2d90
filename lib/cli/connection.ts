import { type CloudEndpoints, type CloudName, CLOUDS, parseEndpoint } from "../cloud.ts";
import { cleanValue, completeUrl, decodeText } from "../auth/credential_value.ts";
import {
  type EnvironmentCredential,
  findEnvironmentCredential,
  NO_CREDENTIAL_HINT,
  type ReadEnv,
} from "../auth/environment_credential.ts";
import type { TokenCredential } from "../auth/token_credential.ts";
import { accessTokenCredential } from "../auth/static_token.ts";
import type { EnvironmentVariable } from "../environment_variables.ts";
import { CredentialError } from "../errors.ts";
import { mayListen } from "../host/deno.ts";
import type { Arguments } from "./arguments.ts";
import { CONNECTION_OPTIONS } from "./commands.ts";
import { toUsageError, UsageError } from "./errors.ts";
import type { Host } from "./host.ts";
import { readStdin, type StdinHost, untilStopped } from "./input/targets.ts";
import type { SignInName } from "./options.ts";

/** Where the values of a connection came from: an option, a variable, or "default". */
export interface Sources {
  graph: string;
  authority: string;
  /** Absent if the credential is a ready-made token or a managed identity. */
  tenant?: string;
  app?: string;
}

/** The cloud and the credential that a command uses. */
export interface Connection extends AsyncDisposable {
  /** The name of the cloud. */
  name: string;
  cloud: CloudEndpoints;
  credential: TokenCredential;
  /** Where the credential came from: a variable, an option, or the emulator; "none" for doctor alone. */
  source: string;
  sources: Sources;
}

/** What a connection needs of the process. */
type ConnectionHost = StdinHost & Pick<Host, "readEnv" | "readEnvIfPermitted">;

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
async function connectToEmulator(
  args: Arguments,
  host: ConnectionHost,
  stopSignal?: AbortSignal,
): Promise<Connection> {
  const name = signInOf(args);
  await checkMayListen(0);
  const { startEmulator } = await import("../emulator/mod.ts");
  const { clientCertificateCredential } = await import("../auth/client_credentials.ts");
  const emulator = await startEmulator({ recordRequests: false });
  const { tenantId, clientId, cloud } = emulator;
  const sources = { graph: "--cloud", authority: "--cloud" };
  const connection = { name: "emulator", cloud, sources, [Symbol.asyncDispose]: () => emulator.shutdown() };
  if (name) {
    const { openSignIn } = await import("./sign_in.ts");
    const signedIn = await openSignIn(name, { args, host, cloud, stopSignal, emulator })
      .catch(async (error) => {
        await emulator.shutdown();
        throw error;
      });
    return { ...connection, credential: signedIn.credential, source: `--sign-in ${name}` };
  }
  if (args.command === "me") { // needs a signed-in user
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

/** Returns the way to sign in that was chosen; `undefined`: by the environment. */
function signInOf({ values }: Arguments): Exclude<SignInName, "environment"> | undefined {
  const name = values["sign-in"] as SignInName | undefined;
  if (values.port !== undefined && name !== "browser") {
    throw new UsageError("--port is for --sign-in browser", "Leave it out, or sign in with the browser.");
  }
  return name === "environment" ? undefined : name;
}

const contradiction = (one: string, other: string) =>
  new UsageError(`${one} and ${other} contradict each other`, "Give one of them.");

/** Hosts of the sign-in services, besides those that the clouds are listed with. */
const OTHER_AUTHORITIES: Readonly<Record<string, CloudName>> = {
  "https://login.windows.net": "global",
  "https://login.microsoft.com": "global",
  "https://sts.windows.net": "global",
  "https://login.partner.microsoftonline.cn": "china",
};

const NAMES = Object.keys(CLOUDS) as CloudName[];

/** Returns the clouds that an endpoint belongs to; none if it is no cloud's. */
function cloudsOf(kind: keyof CloudEndpoints, url: string): CloudName[] {
  const other = kind === "authority" ? OTHER_AUTHORITIES[url] : undefined;
  return other ? [other] : NAMES.filter((name) => CLOUDS[name][kind] === url);
}

/** An endpoint that was given, and where. */
interface Given {
  url: string;
  source: string;
}

/** Returns the cloud: what was typed, else what the variables describe; one endpoint of a known cloud implies the other. */
function chooseCloud(
  values: Arguments["values"],
  readEnv: ReadEnv,
): Pick<Connection, "name" | "cloud" | "sources"> {
  const given = (
    kind: keyof CloudEndpoints,
    option: "graph-endpoint" | "authority-host",
    variable: "GRAPH_ENDPOINT" | "AZURE_AUTHORITY_HOST",
  ): Given | undefined => {
    const typed = values[option];
    const found = typed ?? (values.cloud ? undefined : cleanValue(readEnv(variable) ?? ""));
    if (!found) return undefined;
    const source = typed === undefined ? variable : `--${option}`;
    return toUsageError(() => ({
      url: parseEndpoint(source, typed ?? completeUrl(found), CLOUDS.global[kind]),
      source,
    }));
  };
  const graph = given("graph", "graph-endpoint", "GRAPH_ENDPOINT");
  const authority = given("authority", "authority-host", "AZURE_AUTHORITY_HOST");
  const implied = values.cloud ? { name: values.cloud as CloudName, source: "--cloud" } : [
    { name: graph && cloudsOf("graph", graph.url)[0], source: graph?.source },
    { name: authority && cloudsOf("authority", authority.url)[0], source: authority?.source },
  ].find(({ name }) => name !== undefined);
  const rest = { endpoints: CLOUDS[implied?.name ?? "global"], source: implied?.source ?? "default" };
  const cloud = {
    graph: graph?.url ?? rest.endpoints.graph,
    authority: authority?.url ?? rest.endpoints.authority,
  };
  const sources = { graph: graph?.source ?? rest.source, authority: authority?.source ?? rest.source };
  const [ofGraph, ofAuthority] = [cloudsOf("graph", cloud.graph), cloudsOf("authority", cloud.authority)];
  if (ofGraph.length && ofAuthority.length && !ofGraph.some((name) => ofAuthority.includes(name))) {
    throw new UsageError(
      `${sources.graph} and ${sources.authority} contradict each other: ${cloud.graph} and ${cloud.authority} are ` +
        "of different clouds",
      `Choose one cloud with --cloud: ${NAMES.join(", ")}`,
    );
  }
  const name = ofGraph.find((known) => ofAuthority.includes(known)) ?? "custom";
  return { name, cloud, sources };
}

/** Whether the token is read from standard input, so that no answers can be. */
export const readsTokenFromStdin = ({ values }: Arguments): boolean => values["token-file"] === "-";

/** Reads all of standard input as text. Throws the signal's reason if that aborts first: a pipe may stay open. */
async function readAllStdin(host: ConnectionHost, stopSignal?: AbortSignal): Promise<string> {
  const input = readStdin(host, "the token");
  const chunks: Uint8Array[] = [];
  const awaited = stopSignal ? untilStopped(input, stopSignal, () => stopSignal.throwIfAborted()) : input;
  for await (const chunk of awaited) chunks.push(chunk);
  return decodeText(new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer()));
}

/** The options that name an app to sign in as. */
const APP_OPTIONS = ["tenant-id", "client-id", "certificate"] as const;

/** Returns the credential that options and environment describe, and where it came from. */
async function findCredential(
  { values, operands }: Arguments,
  host: ConnectionHost,
  stopSignal: AbortSignal | undefined,
): Promise<EnvironmentCredential> {
  const tokenFile = values["token-file"];
  const typed = APP_OPTIONS.filter((name) => values[name] !== undefined);
  if (tokenFile !== undefined) {
    if (typed.length) throw contradiction("--token-file", `--${typed[0]}`);
    const source = "--token-file";
    if (tokenFile !== "-") {
      const { tokenFileCredential } = await import("../auth/credential_file.ts");
      return { source, ...tokenFileCredential(tokenFile) };
    }
    if (values.from === "-" || operands.includes("-")) {
      throw new UsageError(
        "Standard input cannot be both the list and the token",
        "Put one of them into a file.",
      );
    }
    const text = await readAllStdin(host, stopSignal);
    return { source, ...accessTokenCredential(() => text, "standard input") };
  }
  const overrides = new Map<string, string | undefined>(
    values.certificate === undefined ? [] : [
      ["AZURE_CLIENT_SECRET", undefined], // would take precedence over a certificate
      ["AZURE_CLIENT_CERTIFICATE_PATH", values.certificate],
    ],
  );
  if (typed.length) overrides.set("GRAPH_ACCESS_TOKEN", undefined);
  const credential = toUsageError(() =>
    findEnvironmentCredential((name) => overrides.has(name) ? overrides.get(name) : host.readEnv(name), {
      tenantId: values["tenant-id"],
      clientId: values["client-id"],
      authority: values["authority-host"],
    }, { tenantId: "--tenant-id", clientId: "--client-id", authority: "--authority-host" })
  );
  return overrides.get(credential.source) ? { ...credential, source: "--certificate" } : credential;
}

/** Returns the variables that are set but ignored, as they would mean something else than what was typed, with the reason. */
function findIgnored({ values }: Arguments, cloud: CloudEndpoints, readEnv: ReadEnv): string[] {
  const isSet = (name: EnvironmentVariable) => cleanValue(readEnv(name) ?? "") !== "";
  const differs = (name: EnvironmentVariable, used: string) =>
    isSet(name) && completeUrl(readEnv(name)!).replace(/\/$/, "") !== used;
  const signIn = ["environment", undefined].includes(values["sign-in"]) ? undefined : "sign-in";
  const typed = signIn ?? APP_OPTIONS.find((name) => values[name] !== undefined) ??
    (values["token-file"] === undefined ? undefined : "token-file");
  const rows: [EnvironmentVariable, because: string | undefined, boolean][] = [
    [
      "GRAPH_ENDPOINT",
      values["graph-endpoint"] ? undefined : values.cloud && "cloud",
      differs("GRAPH_ENDPOINT", cloud.graph),
    ],
    [
      "AZURE_AUTHORITY_HOST",
      values["authority-host"] ? undefined : values.cloud && "cloud",
      differs("AZURE_AUTHORITY_HOST", cloud.authority),
    ],
    ["GRAPH_ACCESS_TOKEN", typed, isSet("GRAPH_ACCESS_TOKEN")],
    ["AZURE_CLIENT_SECRET", signIn ?? (values.certificate && "certificate"), isSet("AZURE_CLIENT_SECRET")],
    ["AZURE_CLIENT_CERTIFICATE_PATH", signIn, isSet("AZURE_CLIENT_CERTIFICATE_PATH")],
    ["AZURE_FEDERATED_TOKEN_FILE", signIn, isSet("AZURE_FEDERATED_TOKEN_FILE")],
  ];
  return rows.filter(([, because, isIgnored]) => because && isIgnored)
    .map(([name, because]) => `${name} is ignored because of --${because}`);
}

/** For the command me, which only a user's token can do: says what to set for that, and nothing else. */
function delegatedTokenMissing(error: CredentialError): CredentialError {
  return new CredentialError(
    error.code,
    "Not signed in: the command me needs a token of the signed-in user",
    {
      hint:
        "Pass --sign-in browser --client-id ID, or --token-file or GRAPH_ACCESS_TOKEN with the token of: " +
        "az account get-access-token --resource-type ms-graph --query accessToken -o tsv",
    },
  );
}

/**
 * Returns the cloud and the credential that options and environment describe. Says which variables are ignored.
 *
 * @param stopSignal Ends the wait for a person who signs in, and for a token from standard input.
 * @throws {UsageError} If an option is invalid, or options contradict each other.
 * @throws {CredentialError} If there is no credential.
 */
export async function connect(
  args: Arguments,
  host: ConnectionHost,
  stopSignal?: AbortSignal,
): Promise<Connection> {
  const { command, values, flags } = args;
  if (values.cloud === "emulator") {
    const other = CONNECTION_OPTIONS.find((name) =>
      !["cloud", "sign-in", "port"].includes(name) && values[name] !== undefined
    );
    if (other) throw contradiction("--cloud emulator", `--${other}`);
    return await connectToEmulator(args, host, stopSignal);
  }
  const signIn = signInOf(args);
  const chosen = chooseCloud(values, host.readEnvIfPermitted); // its errors come before a missing credential
  const ignored = findIgnored(args, chosen.cloud, host.readEnvIfPermitted);
  if (ignored.length && !flags.quiet) await host.writeError(`${ignored.join("; ")}\n`);
  const connection = { ...chosen, [Symbol.asyncDispose]: () => Promise.resolve() };
  if (signIn) {
    const { openSignIn } = await import("./sign_in.ts");
    const context = { args, host, cloud: chosen.cloud, stopSignal };
    const { credential, sources } = await openSignIn(signIn, context);
    return {
      ...connection,
      credential,
      source: `--sign-in ${signIn}`,
      sources: { ...chosen.sources, ...sources },
    };
  }
  const credential = await findCredential(args, host, stopSignal).catch((error) => {
    const isMissing = error instanceof CredentialError && error.code === "CredentialNotFound";
    if (command === "doctor" && isMissing) return { source: "none", getToken: () => Promise.reject(error) };
    throw command === "me" && isMissing && error.cause === undefined ? delegatedTokenMissing(error) : error;
  });
  const hasNoApp = /^(--token-file|GRAPH_ACCESS_TOKEN|IDENTITY_ENDPOINT|none)$/.test(credential.source);
  const sources: Sources = hasNoApp ? chosen.sources : {
    ...chosen.sources,
    tenant: values["tenant-id"] === undefined ? "AZURE_TENANT_ID" : "--tenant-id",
    app: values["client-id"] === undefined ? "AZURE_CLIENT_ID" : "--client-id",
  };
  return { ...connection, sources, credential, source: credential.source };
}

/** Returns a connection in words: the endpoints and the credential, and where each came from. */
export function describeConnection({ cloud, source, sources }: Connection): string {
  const { graph, authority, tenant, app } = sources;
  return `${cloud.graph} (${graph}), sign-in ${cloud.authority} (${authority}), credential: ${source}` +
    (tenant && app ? `, tenant: ${tenant}, app: ${app}` : "");
}

/** AADSTS codes that mean that the cloud may be the wrong one. */
const WRONG_CLOUD: readonly number[] = [90002, 900382, 900432, 90038, 900439];

/** Returns what to do about an error in terms of this command line, in place of the library's hint; `null` if that will do. */
export function adviceFor({ aadstsCodes, hint }: CredentialError): string | null {
  if (hint === NO_CREDENTIAL_HINT) {
    return "Pass --sign-in browser --client-id ID, or set GRAPH_ACCESS_TOKEN, or AZURE_TENANT_ID, AZURE_CLIENT_ID and " +
      "AZURE_CLIENT_SECRET. To try without an account: --cloud emulator";
  }
  const isWrongCloud = aadstsCodes.some((aadsts) => WRONG_CLOUD.includes(aadsts));
  return isWrongCloud
    ? `Check the tenant id, or choose the tenant's cloud with --cloud: ${Object.keys(CLOUDS).join(", ")}.`
    : null;
}
