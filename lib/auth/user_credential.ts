import { CLOUDS, parseEndpoint } from "../cloud.ts";
import { fetchDirectly } from "../host/deno.ts";
import { cachedCredential } from "./cached_credential.ts";
import { parseId } from "./credential_value.ts";
import type { TokenCredential } from "./token_credential.ts";
import type { Session, UserSignIn } from "./user_sign_in.ts";

/** The app that a person signs in to, where, and for what. */
export interface UserCredentialOptions {
  /**
   * The application (client) id of an app registration with the platform "Mobile and desktop applications"; for device
   * codes also with "Allow public client flows".
   */
  clientId: string;
  /**
   * The tenant's id or one of its domains; `consumers` for personal Microsoft accounts. Default: `organizations`, which
   * takes an app that is registered for any tenant.
   */
  tenantId?: string;
  /**
   * The permissions to ask for, such as `User.ReadWrite`. Default: the scopes that `getToken()` is called with. The
   * functions of this module ask for every permission that the app's registration lists.
   */
  scopes?: readonly string[];
  /** Root URL of the sign-in service. Default: that of the cloud in use. */
  authority?: string;
  /** The `fetch` to sign in with. Default: the global one. */
  fetch?: typeof fetch;
}

/** Where a person signs in with the browser. */
export interface BrowserPrompt {
  /** The address to open in a browser on this computer. It leads to the sign-in service. */
  address: string;
  /** Whether the browser was opened; `notPermitted`: Deno lacks `--allow-run`. */
  browser: "opened" | "notPermitted" | "notFound";
  /** How long the person may take, in ms. */
  timeout: number;
}

/** Options of {@link browserCredential}. */
export interface BrowserCredentialOptions extends UserCredentialOptions {
  /** Called when a person has to sign in, to show the address. Default: nothing is shown. */
  onPrompt?: (prompt: BrowserPrompt) => void | Promise<void>;
  /** Opens an address in the browser. Default: what opens it on this system, which takes `--allow-run`. */
  openBrowser?: (address: string) => void | Promise<void>;
  /** A user name to fill in. */
  loginHint?: string;
  /** The port of this computer that the browser returns to. Default: a free one. */
  port?: number;
  /** How long the person may take, in ms. Default: 300 000. */
  timeout?: number;
}

/** What a person needs to sign in with a device code. */
export interface DeviceCodePrompt {
  /** The code to enter. */
  userCode: string;
  /** The address to enter it at, in a browser on any device. */
  address: string;
  /** When the code expires, in ms since 1970. */
  expiresOnTimestamp: number;
  /** The app that is signed in to: show it, as others' codes are a way to phish. */
  clientId: string;
  /** The tenant, as given. */
  tenantId: string;
}

/** Options of {@link deviceCodeCredential}. */
export interface DeviceCodeCredentialOptions extends UserCredentialOptions {
  /** Called when a person has to sign in, to show the code and the address. */
  onPrompt: (prompt: DeviceCodePrompt) => void | Promise<void>;
}

const TIMEOUT = 300_000;

function checkFunction(name: string, value: unknown, isOptional: boolean): void {
  if (typeof value === "function" || (isOptional && value === undefined)) return;
  throw new TypeError(`Cannot use ${name} as it must be a function`);
}

function checkNumber(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`Cannot use ${name} as it must be a whole number from ${least} to ${most}`);
}

/** What a person may be asked for (RFC 6749, section 3.3). */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Returns the scopes to ask for; those without a resource are about the resource that `asked` is about. */
function completeScope(asked: string, scopes: readonly string[] | undefined): string {
  const root = /^(https?:\/\/[^/]+)\/\.default$/.exec(asked)?.[1];
  const own = scopes?.map((scope) => root && !scope.includes("/") ? `${root}/${scope}` : scope);
  return [...own ?? [asked], "openid", "profile", "offline_access"].join(" ");
}

/** Returns a credential that asks a person once, and renews what that gave for as long as it can. */
function userCredential(
  options: UserCredentialOptions,
  signIn: (request: UserSignIn, before?: Session) => Promise<Session>,
): TokenCredential {
  const { scopes } = options;
  const tenantId = parseId("the tenant id", options.tenantId ?? "organizations", "tenant id");
  const clientId = parseId("the client id", options.clientId, "client id");
  const parse = (value: string) => parseEndpoint("the authority", value, CLOUDS.global.authority);
  const ownAuthority = options.authority === undefined ? undefined : parse(options.authority);
  if (scopes && !(Array.isArray(scopes) && scopes.length && scopes.every((scope) => SCOPE.test(scope)))) {
    throw new TypeError("Cannot use the scopes as they must be an array of permissions");
  }
  const sessions = new Map<string, Session>();
  return cachedCredential(async (request, signal) => {
    const userSignIn: UserSignIn = {
      authority: ownAuthority ?? parse(request.authority ?? CLOUDS.global.authority),
      tenantId: parseId("the tenant id", request.tenantId ?? tenantId, "tenant id"),
      clientId,
      scope: completeScope(request.scope, scopes),
      claims: request.claims,
      fetch: options.fetch ?? fetchDirectly,
      signal,
    };
    const key = [userSignIn.authority, userSignIn.tenantId, userSignIn.scope].join(" ");
    const before = sessions.get(key);
    const { refreshSession } = await import("./user_sign_in.ts");
    const renewed = before && await refreshSession(userSignIn, before);
    const session = renewed ?? await signIn(userSignIn, before);
    sessions.set(key, session);
    return session.token;
  });
}

/**
 * Returns a credential for a person who signs in with the browser: authorization code flow with PKCE, for which the
 * browser returns to a port of this computer. It asks once, and renews its tokens without asking again for as long as
 * it can. Nothing is kept on disk.
 *
 * @example Show the address, in case the browser does not open
 * ```ts
 * import { browserCredential } from "@graph-admin/remove-profile-photo";
 *
 * const credential = browserCredential({
 *   clientId: "11111111-1111-4111-8111-111111111111", // of an app of your own
 *   scopes: ["User.ReadWrite"],
 *   onPrompt: ({ address }) => console.error(`Sign in at ${address}`),
 * }); // then: removeProfilePhoto("me", { credential })
 * ```
 *
 * @param options The app, and how to ask the person.
 * @throws {TypeError | RangeError} If an option is invalid. A sign-in that is refused (`SignInRefused`), or that nobody
 * finishes in time (`SignInFailed`), is a `CredentialError` of `getToken()`.
 * @see https://www.rfc-editor.org/rfc/rfc8252
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
 */
export function browserCredential(options: BrowserCredentialOptions): TokenCredential {
  const { onPrompt, openBrowser, loginHint, port = 0, timeout = TIMEOUT } = options;
  checkFunction("onPrompt", onPrompt, true);
  checkFunction("openBrowser", openBrowser, true);
  checkNumber("the port", port, 0, 65_535);
  checkNumber("the timeout", timeout, 1, 2 ** 31 - 1);
  return userCredential(options, async (signIn, before) => {
    const { signInWithBrowser } = await import("./browser_sign_in.ts");
    return await signInWithBrowser(signIn, { port, timeout, loginHint, onPrompt, openBrowser }, before);
  });
}

/**
 * Returns a credential for a person who signs in with a code, which is entered in a browser on any device. Where there
 * is a browser, {@link browserCredential} is safer, and many tenants forbid device codes. It asks once, and renews its
 * tokens without asking again for as long as it can. Nothing is kept on disk.
 *
 * @example Show the code at a terminal
 * ```ts
 * import { deviceCodeCredential } from "@graph-admin/remove-profile-photo";
 *
 * const credential = deviceCodeCredential({
 *   clientId: "11111111-1111-4111-8111-111111111111", // of an app of your own
 *   tenantId: "contoso.com",
 *   scopes: ["ProfilePhoto.ReadWrite.All"],
 *   onPrompt: ({ userCode, address }) => console.error(`Open ${address} and enter ${userCode}`),
 * });
 * ```
 *
 * @param options The app, and how to ask the person.
 * @throws {TypeError} If an option is invalid. A sign-in that is refused (`SignInRefused`), or whose code expires
 * (`SignInFailed`), is a `CredentialError` of `getToken()`.
 * @see https://www.rfc-editor.org/rfc/rfc8628
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
 */
export function deviceCodeCredential(options: DeviceCodeCredentialOptions): TokenCredential {
  const { onPrompt } = options;
  checkFunction("onPrompt", onPrompt, false);
  return userCredential(options, async (signIn, before) => {
    const { signInWithDeviceCode } = await import("./device_code_sign_in.ts");
    return await signInWithDeviceCode(signIn, onPrompt, before);
  });
}
