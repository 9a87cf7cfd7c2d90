import { encodeBase64Url, encodeUtf8 } from "../encoding.ts";
import { type EmulatorResponse, jsonResponse } from "../http_message.ts";
import type { AccessTokens } from "./access_tokens.ts";
import { checkUserClient, checkUserTenant, type UserSignInService } from "./authorize.ts";
import { EntraError, NO_STORE } from "./entra_error.ts";
import { userClaims } from "./issue_token.ts";
import { parseScopes } from "./scopes.ts";
import type { Grant } from "./user_sign_ins.ts";

type Redeem = (service: UserSignInService, form: URLSearchParams) => Grant | Promise<Grant>;

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (!value) throw new EntraError(900144, name);
  return value;
}

const redeemCode: Redeem = async ({ signIns }, form) => {
  const pending = signIns.code(required(form, "code"));
  if (!pending) throw new EntraError(70000, "The code is not known.");
  if (pending.isRedeemed) throw new EntraError(54005);
  const redirectUri = required(form, "redirect_uri");
  if (redirectUri !== pending.redirectUri) throw new EntraError(500112, redirectUri);
  const verifier = encodeUtf8(form.get("code_verifier") ?? "");
  const challenge = encodeBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", verifier)));
  if (challenge !== pending.challenge) throw new EntraError(501481);
  pending.isRedeemed = true;
  return pending.grant;
};

const redeemRefreshToken: Redeem = ({ signIns, url, app }, form) => {
  const grant = signIns.refreshToken(required(form, "refresh_token"));
  if (!grant) throw new EntraError(70000, "The refresh token is not known.");
  const { clientId, options: { permissions } } = app;
  const asked = form.get("scope");
  const scopes = asked ? parseScopes(asked, { url, permissions, clientId }) : grant;
  return {
    ...grant,
    scopes: scopes.scopes,
    protocolScopes: scopes.protocolScopes,
    nonce: undefined,
    claims: form.get("claims") ?? grant.claims,
  };
};

const redeemDeviceCode: Redeem = ({ signIns }, form) => {
  const device = signIns.device(required(form, "device_code"));
  if (!device) throw new EntraError(70000, "The device code is not known.");
  if (device.expiresAt < Date.now()) throw new EntraError(70019);
  if (device.decision === "declined") throw new EntraError(65004);
  if (device.decision === undefined) throw new EntraError(70016);
  return device.decision;
};

/** The grants of the token endpoint that a user is part of. */
const GRANTS: ReadonlyMap<string, Redeem> = new Map([
  ["authorization_code", redeemCode],
  ["refresh_token", redeemRefreshToken],
  ["urn:ietf:params:oauth:grant-type:device_code", redeemDeviceCode],
]);

/** Whether a grant is about a user. */
export const isUserGrant = (grantType: string): boolean => GRANTS.has(grantType);

/**
 * Answers a request for a user's token from a public client.
 *
 * @throws {EntraError} If it is refused.
 */
export async function grantUserToken(
  service: UserSignInService & { readonly tokens: AccessTokens },
  form: URLSearchParams,
  tenant: string,
): Promise<EmulatorResponse> {
  const { tokens, signIns, lifetime, url } = service;
  checkUserTenant(service, tenant);
  checkUserClient(service, required(form, "client_id"));
  if (form.has("client_secret") || form.has("client_assertion")) throw new EntraError(700025);
  const grant = await GRANTS.get(required(form, "grant_type"))!(service, form);
  const { user, scopes, protocolScopes, personal, nonce, claims } = grant;
  return jsonResponse(200, {
    token_type: "Bearer",
    scope: scopes.map((scope) => `${url}/${scope}`).join(" "),
    expires_in: lifetime,
    ext_expires_in: lifetime,
    access_token: await tokens.issue(userClaims(user, scopes, personal), { claims, personal }),
    ...(protocolScopes.includes("offline_access") ? { refresh_token: signIns.addRefreshToken(grant) } : {}),
    ...(protocolScopes.includes("openid")
      ? { id_token: await tokens.issueIdToken(user, { personal, nonce }) }
      : {}),
  }, NO_STORE);
}
