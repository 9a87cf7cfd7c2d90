import type { ClientCredentialOptions } from "../auth/client_credentials.ts";
import type { ReadEnv } from "../auth/environment_credential.ts";
import { cleanValue, parseId } from "../auth/credential_value.ts";
import type { AccessToken, GetTokenOptions, TokenCredential } from "../auth/token_credential.ts";
import type { BrowserPrompt, DeviceCodePrompt, UserCredentialOptions } from "../auth/user_credential.ts";
import { checkAccess } from "../check_access.ts";
import type { CloudEndpoints } from "../cloud.ts";
import { CredentialError } from "../errors.ts";
import { OPEN_BROWSER_FLAG } from "../host/browser.ts";
import type { Arguments } from "./arguments.ts";
import { PROGRAM } from "./commands.ts";
import type { Sources } from "./connection.ts";
import { toUsageError, UsageError } from "./errors.ts";
import type { Host } from "./host.ts";
import type { OptionName, SignInName } from "./options.ts";
import { isSelection } from "./input/targets.ts";
import { parsePort } from "./port.ts";
import { formatDuration, printable } from "./text.ts";

/** What a way to sign in is opened with. */
export interface SignInContext {
  args: Arguments;
  host: Pick<Host, "readEnv" | "writeError">;
  /** The endpoints in use. */
  cloud: CloudEndpoints;
  /** Ends the wait for a person. */
  stopSignal?: AbortSignal;
  /** The app and the tenant of an emulator, in place of what options and variables name. */
  emulator?: { clientId: string; tenantId: string };
}

/** A credential, and where its values came from. */
export interface SignedIn {
  credential: TokenCredential;
  sources: Pick<Sources, "tenant" | "app">;
}

/** A way to sign in: a value of `--sign-in`. */
interface SignIn {
  /** The options that contradict it. */
  refuses: readonly OptionName[];
  open(context: SignInContext): SignedIn | Promise<SignedIn>;
}

/** Returns what choosing in the directory takes: names alone, or any property. */
function choosingScopes({ command, operands, values }: Arguments): string[] {
  const kind = command === "find" ? operands[0] : command;
  const groups = kind === "group" || values["member-of"] !== undefined ? ["GroupMember.Read.All"] : [];
  if (kind === "group") return groups;
  const isAny = command === "find" || values.filter !== undefined;
  return [isAny ? "User.Read.All" : "User.ReadBasic.All", ...groups];
}

/** Returns the least permissions that a command needs, with the tenant signed in to. */
function scopesFor(args: Arguments, tenantId: string): string[] {
  const { command, operands } = args;
  const kind = command === "token" ? operands[0] : command;
  if (tenantId.toLowerCase() !== "consumers") {
    if (kind === "me") return ["User.ReadWrite"];
    if (command === "token" && kind === "find") {
      return ["ProfilePhoto.ReadWrite.All", "User.Read.All", "GroupMember.Read.All"];
    }
    if (command === "find") return ["ProfilePhoto.Read.All", ...choosingScopes(args)];
    return ["ProfilePhoto.ReadWrite.All", ...isSelection(args) ? choosingScopes(args) : []];
  }
  if (kind === "user" || kind === "group" || kind === "find") {
    throw new UsageError(
      `The command ${kind} does not work with personal accounts (--tenant-id consumers)`,
      `They can only remove their own photo: ${PROGRAM} me`,
    );
  }
  return ["User.ReadWrite"];
}

/** Returns the app that a person signs in to, and for what. */
function userOptions({ args, host, cloud, emulator }: SignInContext): {
  options: UserCredentialOptions & { tenantId: string };
  sources: SignedIn["sources"];
} {
  const { values } = args;
  const read = (option: "client-id" | "tenant-id", variable: "AZURE_CLIENT_ID" | "AZURE_TENANT_ID") => {
    const typed = values[option];
    if (typed !== undefined) return { value: typed, source: `--${option}` };
    const value = cleanValue(host.readEnv(variable) ?? "");
    return value === "" ? undefined : { value, source: variable };
  };
  const given = (value: string) => ({ value, source: "--cloud" });
  const app = emulator ? given(emulator.clientId) : read("client-id", "AZURE_CLIENT_ID");
  if (!app) {
    throw new CredentialError(
      "CredentialNotFound",
      `Not signed in: --sign-in ${values["sign-in"]} needs the client id of an app of your own`,
      { hint: "Register an app, and name it by --client-id or AZURE_CLIENT_ID." },
    );
  }
  const tenant = (emulator ? given(emulator.tenantId) : read("tenant-id", "AZURE_TENANT_ID")) ??
    { value: "organizations", source: "default" };
  const tenantId = toUsageError(() => parseId(tenant.source, tenant.value, "tenant id"));
  return {
    options: {
      clientId: toUsageError(() => parseId(app.source, app.value, "client id")),
      tenantId,
      authority: cloud.authority,
      scopes: scopesFor(args, tenantId),
    },
    sources: { tenant: tenant.source, app: app.source },
  };
}

/** Returns a duration in words, in whole minutes if it is longer than one. */
const minutes = (ms: number) => ms > 60_000 ? `${Math.ceil(ms / 60_000)} min` : formatDuration(ms);

/** Returns what a person is told who signs in with the browser. */
function browserText({ address, browser, timeout }: BrowserPrompt): string {
  const how = {
    opened: "Sign in in the browser. If it does not open, this is the page:",
    notPermitted: "To sign in, open this page in a browser on this computer\n" +
      `(with ${OPEN_BROWSER_FLAG}, Deno opens it by itself):`,
    notFound: "To sign in, open this page in a browser on this computer:",
  };
  return `${how[browser]}\n  ${address}\nWaiting for ${minutes(timeout)} at most; Ctrl-C cancels.\n`;
}

/** Returns what a person is told who signs in with a device code. */
function deviceText(
  { address, userCode, clientId, tenantId, expiresOnTimestamp }: DeviceCodePrompt,
  now: number,
): string {
  return `To sign in, enter this code on this page, in any browser:\n  ${userCode}\n  ${address}\n` +
    `App:    ${clientId}\nTenant: ${tenantId}\nNever enter a code that somebody sent you.\n` +
    `Waiting for ${minutes(expiresOnTimestamp - now)} at most; Ctrl-C cancels.\n`;
}

/** AADSTS codes of policies that a device code cannot satisfy, and a browser may. */
const BLOCKED_DEVICE_CODES: readonly number[] = [50005, 50097, 50131, 53000, 53001, 53003, 530032, 530036];

/** Returns an error of a sign-in by device code, with the way on in terms of this command line. */
function adviseBrowser(error: unknown): unknown {
  const isBlocked = error instanceof CredentialError &&
    error.aadstsCodes.some((aadsts) => BLOCKED_DEVICE_CODES.includes(aadsts));
  if (!isBlocked) return error;
  const { code, message, hint, ...details } = error;
  return new CredentialError(code, message, { ...details, hint: `${hint} Use --sign-in browser.` });
}

/** Adds to a person's credential: that Ctrl-C ends the wait, and that who signed in is shown. */
function announced(
  credential: TokenCredential,
  { args: { flags }, host, cloud, stopSignal }: SignInContext,
): TokenCredential & { expect(): void } {
  let isExpected = false;
  return {
    expect: () => void (isExpected = true),
    async getToken(scopes: string | string[], options: GetTokenOptions = {}): Promise<AccessToken | null> {
      const signals = [options.abortSignal, stopSignal].filter((signal) => signal !== undefined);
      const token = await credential.getToken(scopes, { ...options, abortSignal: AbortSignal.any(signals) });
      if (isExpected && token && !flags.quiet) {
        isExpected = false;
        const { claims } = await checkAccess({ credential: token.token, cloud });
        await host.writeError(`Signed in${claims?.user ? ` as ${printable(claims.user)}` : ""}.\n`);
      }
      return token;
    },
  };
}

/** The ways to sign in, by their name; the library's part of each is loaded when it is opened. */
const SIGN_INS: Readonly<Record<Exclude<SignInName, "environment">, SignIn>> = {
  browser: {
    refuses: ["certificate", "token-file"],
    async open(context) {
      const port = parsePort(context.args);
      const { options, sources } = userOptions(context);
      const { browserCredential } = await import("../auth/user_credential.ts");
      const credential = announced(
        browserCredential({
          ...options,
          port,
          onPrompt: async (prompt) => {
            credential.expect();
            await context.host.writeError(printableLines(browserText(prompt)));
          },
        }),
        context,
      );
      return { credential, sources };
    },
  },
  device: {
    refuses: ["certificate", "token-file", "port"],
    async open(context) {
      const { options, sources } = userOptions(context);
      const { deviceCodeCredential } = await import("../auth/user_credential.ts");
      const credential = announced(
        deviceCodeCredential({
          ...options,
          onPrompt: async (prompt) => {
            credential.expect();
            await context.host.writeError(printableLines(deviceText(prompt, Date.now())));
          },
        }),
        context,
      );
      const getToken: TokenCredential["getToken"] = (...args) =>
        credential.getToken(...args).catch((error) => {
          throw adviseBrowser(error);
        });
      return { credential: { getToken }, sources };
    },
  },
  "managed-identity": {
    refuses: ["tenant-id", "certificate", "token-file", "port"],
    async open(context) {
      const { readEnv } = platformHost(context);
      const typed = context.args.values["client-id"];
      const clientId = typed ?? (cleanValue(readEnv("AZURE_CLIENT_ID") ?? "") || undefined);
      const app = typed === undefined ? "AZURE_CLIENT_ID" : "--client-id";
      const { findManagedIdentity } = await import("../auth/managed_identity.ts");
      const credential = toUsageError(() => findManagedIdentity(readEnv, { clientId }));
      return { credential, sources: clientId === undefined ? {} : { app } };
    },
  },
  "github": {
    refuses: ["certificate", "token-file", "port"],
    async open(context) {
      const { findGithubCredential } = await import("../auth/pipeline_credentials.ts");
      return openJob(context, findGithubCredential);
    },
  },
  "azure-pipelines": {
    refuses: ["certificate", "token-file", "port"],
    async open(context) {
      const { findAzurePipelinesCredential } = await import("../auth/pipeline_credentials.ts");
      return openJob(context, findAzurePipelinesCredential);
    },
  },
};

/**
 * Returns where a platform's variables are read.
 *
 * @throws {UsageError} If the emulator was started in the process, which stands for no platform there.
 */
function platformHost({ args: { values }, host, emulator }: SignInContext): SignInContext["host"] {
  if (!emulator) return host;
  throw new UsageError(
    `--cloud emulator and --sign-in ${values["sign-in"]} contradict each other`,
    `Run "${PROGRAM} emulator" on its own: it prints the variables of each platform.`,
  );
}

/** Opens the credential of a job, for the app that options or variables name. */
function openJob(
  context: SignInContext,
  find: (readEnv: ReadEnv, app: Partial<ClientCredentialOptions>) => TokenCredential,
): SignedIn {
  const { readEnv } = platformHost(context);
  const { "tenant-id": tenantId, "client-id": clientId } = context.args.values;
  const { authority } = context.cloud;
  return {
    credential: toUsageError(() => find(readEnv, { tenantId, clientId, authority })),
    sources: {
      tenant: tenantId === undefined ? "AZURE_TENANT_ID" : "--tenant-id",
      app: clientId === undefined ? "AZURE_CLIENT_ID" : "--client-id",
    },
  };
}

const printableLines = (text: string) => text.split("\n").map(printable).join("\n");

/**
 * Opens what `--sign-in` names.
 *
 * @throws {UsageError} If another option contradicts it.
 * @throws {CredentialError} If something that it needs is missing.
 */
export async function openSignIn(
  name: Exclude<SignInName, "environment">,
  context: SignInContext,
): Promise<SignedIn> {
  const { refuses, open } = SIGN_INS[name];
  const other = refuses.find((option) => context.args.values[option] !== undefined);
  if (other) {
    throw new UsageError(`--sign-in ${name} and --${other} contradict each other`, "Give one of them.");
  }
  return await open(context);
}
