import { decodeUtf8 } from "../encoding.ts";
import { type EmulatorRequest, type EmulatorResponse, jsonResponse } from "../http_message.ts";
import {
  checkUserClient,
  checkUserTenant,
  chosenUser,
  errorPage,
  userButtons,
  type UserSignInService,
} from "./authorize.ts";
import { EntraError, NO_STORE } from "./entra_error.ts";
import { escapeHtml, hiddenFields, htmlPage } from "./html.ts";
import { parseScopes } from "./scopes.ts";
import { DEVICE_CODE_LIFE } from "./user_sign_ins.ts";

/** Where a user enters the code. */
export const DEVICE_PAGE = "/device";

/**
 * Handles `POST /{tenant}/oauth2/v2.0/devicecode`.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
 */
export function handleDeviceCodeRequest(
  service: UserSignInService,
  form: URLSearchParams,
  tenant: string,
): EmulatorResponse {
  const { url, app, signIns, deviceCodeInterval } = service;
  checkUserTenant(service, tenant);
  checkUserClient(service, form.get("client_id") ?? "");
  const scope = form.get("scope") ?? "";
  parseScopes(scope, { url, permissions: app.options.permissions, clientId: app.clientId });
  const { deviceCode, userCode } = signIns.addDevice({
    scope,
    claims: form.get("claims") ?? undefined,
    personal: tenant === "consumers",
  });
  const address = `${url}${DEVICE_PAGE}`;
  return jsonResponse(200, {
    user_code: userCode,
    device_code: deviceCode,
    verification_uri: address,
    expires_in: DEVICE_CODE_LIFE / 1000,
    interval: deviceCodeInterval,
    message:
      `To sign in, use a web browser to open the page ${address} and enter the code ${userCode} to authenticate.`,
  }, NO_STORE);
}

/** Handles the page on which a user enters a code, and approves or declines. */
export function handleDevicePage(service: UserSignInService, request: EmulatorRequest): EmulatorResponse {
  const { url, app, signIns } = service;
  const form = new URLSearchParams(request.method === "POST" ? decodeUtf8(request.body) : "");
  const typed = form.get("code");
  if (typed === null) {
    return htmlPage(
      "Enter code",
      '<form method="post"><input name="code" autofocus autocomplete="off"><button>Next</button></form>',
    );
  }
  const device = signIns.deviceByUserCode(typed);
  if (!device || device.decision || device.expiresAt < Date.now()) return errorPage(new EntraError(70018));
  const { clientId, options: { permissions } } = app;
  const scopes = parseScopes(device.scope, { url, permissions, clientId });
  if (form.has("cancel")) {
    device.decision = "declined";
    return htmlPage("You declined", "<p>You can close this page.</p>");
  }
  const id = form.get("user");
  if (id === null) {
    return htmlPage(
      "Are you trying to sign in to remove-profile-photo?",
      `<p>Only continue if you started this yourself. It asks for: ${
        escapeHtml(scopes.scopes.join(", "))
      }</p>` +
        `<form method="post">${hiddenFields([["code", typed]])}${userButtons(service, null)}` +
        '<button name="cancel" value="1">Cancel</button></form>',
    );
  }
  try {
    device.decision = {
      ...scopes,
      user: chosenUser(service, id),
      claims: device.claims,
      personal: device.personal,
    };
  } catch (error) {
    if (error instanceof EntraError) return errorPage(error);
    throw error;
  }
  return htmlPage("You have signed in", "<p>You can close this page.</p>");
}
