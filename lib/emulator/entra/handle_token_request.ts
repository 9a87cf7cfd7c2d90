import { decodeUtf8, isJsonObject } from "../encoding.ts";
import { type EmulatorRequest, type EmulatorResponse, jsonResponse, mediaType } from "../http_message.ts";
import { type AccessTokens, graphAudiences } from "./access_tokens.ts";
import type { AppRegistration } from "./app_registration.ts";
import { checkClientAssertion } from "./check_client_assertion.ts";
import { EntraError, NO_STORE } from "./entra_error.ts";

/** What sign-in works with. */
export interface EntraService {
  /** Root URL of sign-in. */
  readonly url: string;
  readonly tenantId: string;
  readonly app: AppRegistration;
  readonly tokens: AccessTokens;
  /** Lifetime of access tokens, in seconds. */
  readonly tokenLifetime: number;
}

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const TENANT_DOMAINS = ["contoso.com", "contoso.onmicrosoft.com"];
const PROTOCOL_SCOPES = ["openid", "profile", "offline_access"];
const APP_OBJECT_ID = "0d000000-0000-4000-8000-000000000001";

function checkTenant(service: EntraService, tenant: string): void {
  if (tenant === "common" || tenant === "consumers") throw new EntraError(9001023);
  const known = [service.tenantId, ...TENANT_DOMAINS, "organizations"];
  if (!known.includes(tenant.toLowerCase())) throw new EntraError(90002, tenant);
}

/** Parses the form of a token request; returns no parameters if its media type is another. */
export function parseTokenForm(request: EmulatorRequest): URLSearchParams {
  const isForm = mediaType(request) === "application/x-www-form-urlencoded";
  return new URLSearchParams(isForm ? decodeUtf8(request.body) : "");
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (!value) throw new EntraError(900144, name);
  return value;
}

async function checkClient(service: EntraService, form: URLSearchParams, tokenUrl: string): Promise<void> {
  const { app } = service;
  const clientId = required(form, "client_id");
  if (clientId.toLowerCase() !== app.clientId) throw new EntraError(700016, clientId);
  const assertion = form.get("client_assertion");
  const secret = form.get("client_secret");
  if (assertion) {
    if (required(form, "client_assertion_type") !== ASSERTION_TYPE) {
      throw new EntraError(50027, "The value of 'client_assertion_type' is not supported.");
    }
    await checkClientAssertion(app, assertion, tokenUrl);
  } else if (secret) {
    if (secret !== app.secret) throw new EntraError(7000215, app.clientId);
    if (app.secretExpired) throw new EntraError(7000222, app.clientId);
  } else {
    throw new EntraError(7000216);
  }
}

function checkScope(service: EntraService, form: URLSearchParams): void {
  const scope = required(form, "scope");
  const scopes = scope.split(" ").filter((name) => name && !PROTOCOL_SCOPES.includes(name));
  const resource = scopes.length === 1 ? /^(.+)\/\.default$/.exec(scopes[0]!)?.[1] : undefined;
  if (!resource) throw new EntraError(70011, scope);
  if (!graphAudiences(service.url).includes(resource)) throw new EntraError(500011, resource);
}

function checkClaims(form: URLSearchParams): string | null {
  const claims = form.get("claims");
  if (claims === null) return null;
  try {
    if (isJsonObject(JSON.parse(claims))) return claims;
  } catch {
    // Invalid JSON is refused below, as is JSON that is not an object.
  }
  throw new EntraError(50000, "The 'claims' parameter is not a valid JSON object.");
}

/**
 * Handles `POST /{tenant}/oauth2/v2.0/token` for client credentials (RFC 6749, section 4.4).
 *
 * @throws {EntraError} If sign-in refuses the request.
 */
export async function handleTokenRequest(
  service: EntraService,
  request: EmulatorRequest,
  tenant: string,
): Promise<EmulatorResponse> {
  if (request.method !== "POST") throw new EntraError(900561, request.method);
  checkTenant(service, tenant);
  const form = parseTokenForm(request);
  const grantType = required(form, "grant_type");
  if (grantType !== "client_credentials") throw new EntraError(70003, grantType);
  await checkClient(service, form, `${service.url}/${tenant}/oauth2/v2.0/token`);
  checkScope(service, form);
  const requestedClaims = checkClaims(form);
  const { tenantId, tokenLifetime: lifetime } = service;
  const roles = service.app.permissions;
  const claims = {
    idtyp: "app",
    oid: APP_OBJECT_ID,
    sub: APP_OBJECT_ID,
    ...(roles.length > 0 ? { roles } : {}),
  };
  return jsonResponse(200, {
    token_type: "Bearer",
    expires_in: lifetime,
    ext_expires_in: lifetime,
    access_token: await service.tokens.issue({ claims, tenantId, lifetime, requestedClaims }),
  }, { ...NO_STORE });
}
