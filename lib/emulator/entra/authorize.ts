import type { Directory, User } from "../directory/directory.ts";
import { decodeUtf8 } from "../encoding.ts";
import type { EmulatorRequest, EmulatorResponse } from "../http_message.ts";
import type { TokenSettings } from "./access_tokens.ts";
import type { AppRegistration } from "./app_registration.ts";
import { describeEntraError, EntraError } from "./entra_error.ts";
import { escapeHtml, hiddenFields, htmlPage } from "./html.ts";
import { parseScopes } from "./scopes.ts";
import type { UserSignIns } from "./user_sign_ins.ts";

/** What users' sign-ins work with. */
export interface UserSignInService extends TokenSettings {
  readonly app: AppRegistration;
  readonly directory: Directory;
  readonly signIns: UserSignIns;
  /** Seconds between two questions for the token of a device code. */
  readonly deviceCodeInterval: number;
}

const PROMPTS = ["login", "none", "consent", "select_account"];
const RESPONSE_MODES = ["query", "form_post"];

/** How many users a page offers. */
const MOST_USERS = 50;

/** Whether a redirect URI is `http://localhost`, as registered; its port does not matter, its path does. */
const isRegistered = (uri: string) => /^http:\/\/localhost(:\d{1,5})?\/?$/.test(uri);

function required(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name);
  if (!value) throw new EntraError(900144, name);
  return value;
}

/** Throws an {@linkcode EntraError} if users cannot sign in to this tenant. */
export function checkUserTenant({ tenantId }: TokenSettings, tenant: string): void {
  const known = [
    tenantId,
    "contoso.com",
    "contoso.onmicrosoft.com",
    "common",
    "organizations",
    "consumers",
  ];
  if (!known.includes(tenant.toLowerCase())) throw new EntraError(90002, tenant);
}

/** Checks that a request is about the registered app. */
export function checkUserClient({ app }: UserSignInService, clientId: string): void {
  if (clientId.toLowerCase() !== app.clientId) throw new EntraError(700016, clientId);
}

/** Returns the buttons of a page on which a user is chosen; the one who is named stands first. */
export function userButtons({ directory }: UserSignInService, named: string | null): string {
  const first = named === null ? undefined : directory.users.get(named);
  const users = [
    ...(first ? [first] : []),
    ...directory.users.slice(0, MOST_USERS).filter((user) => user.id !== first?.id),
  ];
  return users.map(({ id, displayName, userPrincipalName }) =>
    `<button name="user" value="${id}">${escapeHtml(displayName)} (${escapeHtml(userPrincipalName)})</button>`
  ).join("");
}

/** Returns the user that was chosen on a page. */
export function chosenUser({ directory }: UserSignInService, id: string): User {
  const user = directory.users.get(id);
  if (!user) throw new EntraError(50034, id);
  return user;
}

/** Creates the page for an error that no app is told, as the request does not say for sure whose it is. */
export function errorPage(error: EntraError): EmulatorResponse {
  const { description } = describeEntraError(error);
  return htmlPage(
    "Sorry, but we're having trouble signing you in.",
    `<p>${escapeHtml(description)}</p>`,
    400,
  );
}

/** Leads the browser back to the app. */
function answerApp(parameters: URLSearchParams, answer: Record<string, string>): EmulatorResponse {
  const uri = parameters.get("redirect_uri")!;
  const state = parameters.get("state");
  const fields = Object.entries({ ...answer, ...(state === null ? {} : { state }) });
  if (parameters.get("response_mode") !== "form_post") {
    const location = new URL(uri);
    fields.forEach(([name, value]) => location.searchParams.set(name, value));
    return { status: 302, headers: { location: location.href, "cache-control": "no-store" } };
  }
  return htmlPage(
    "Working…",
    `<form method="post" action="${escapeHtml(uri)}">${hiddenFields(fields)}` +
      "<noscript><button>Continue</button></noscript></form><script>document.forms[0].submit()</script>",
  );
}

function answerError(parameters: URLSearchParams, error: EntraError): EmulatorResponse {
  const { error: name, description } = describeEntraError(error);
  return answerApp(parameters, { error: name, error_description: description });
}

/** Checks what must be right before the app may be told of an error. */
function checkApp(service: UserSignInService, tenant: string, parameters: URLSearchParams): void {
  checkUserTenant(service, tenant);
  checkUserClient(service, required(parameters, "client_id"));
  const redirectUri = required(parameters, "redirect_uri");
  if (!isRegistered(redirectUri)) throw new EntraError(50011, redirectUri);
}

function checkRequest(parameters: URLSearchParams): void {
  const type = required(parameters, "response_type");
  if (type !== "code") throw new EntraError(700051, type);
  const mode = parameters.get("response_mode") ?? "query";
  if (!RESPONSE_MODES.includes(mode)) throw new EntraError(90023, "response_mode");
  const prompt = parameters.get("prompt");
  if (prompt !== null && !PROMPTS.includes(prompt)) throw new EntraError(90023, "prompt");
  if (prompt === "none") throw new EntraError(50058);
  const hasChallenge = parameters.get("code_challenge_method") === "S256" &&
    /^[\w-]{43}$/.test(parameters.get("code_challenge") ?? "");
  if (!hasChallenge) throw new EntraError(50147);
}

/**
 * Handles `/{tenant}/oauth2/v2.0/authorize`: a page on which a user is chosen, and what the user chose.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
 */
export function handleAuthorize(
  service: UserSignInService,
  request: EmulatorRequest,
  tenant: string,
): EmulatorResponse {
  const { signIns, app, url } = service;
  const isPost = request.method === "POST";
  const parameters = new URLSearchParams(
    isPost ? decodeUtf8(request.body) : request.url.slice(request.url.indexOf("?") + 1),
  );
  try {
    checkApp(service, tenant, parameters);
  } catch (error) {
    if (error instanceof EntraError) return errorPage(error);
    throw error;
  }
  try {
    checkRequest(parameters);
    const { clientId, options: { permissions } } = app;
    const scopes = parseScopes(required(parameters, "scope"), { url, permissions, clientId });
    if (parameters.has("cancel")) throw new EntraError(65004);
    const id = parameters.get("user");
    if (!isPost || id === null) {
      const fields = [...parameters].filter(([name]) => name !== "user" && name !== "cancel");
      return htmlPage(
        "Pick an account",
        `<p>remove-profile-photo asks for: ${escapeHtml(scopes.scopes.join(", "))}</p>` +
          `<form method="post" action="?">${hiddenFields(fields)}${
            userButtons(service, parameters.get("login_hint"))
          }<button name="cancel" value="1">Cancel</button></form>`,
      );
    }
    const code = signIns.addCode({
      grant: {
        ...scopes,
        user: chosenUser(service, id),
        personal: tenant === "consumers",
        nonce: parameters.get("nonce") ?? undefined,
        claims: parameters.get("claims") ?? undefined,
      },
      redirectUri: parameters.get("redirect_uri")!,
      challenge: parameters.get("code_challenge")!,
    });
    return answerApp(parameters, { code });
  } catch (error) {
    if (error instanceof EntraError) return answerError(parameters, error);
    throw error;
  }
}
