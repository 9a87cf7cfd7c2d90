import { decodeUtf8, isJsonObject, parseJson } from "../encoding.ts";
import type { StatusFault } from "../fault/fault.ts";
import { type Delivery, type FaultQueue, respondWithFault, retryAfterHeader } from "../fault/fault_queue.ts";
import {
  type EmulatorRequest,
  type EmulatorResponse,
  jsonResponse,
  mediaType,
  textResponse,
} from "../http_message.ts";
import { type AccessTokens, graphAudiences, PERSONAL_TENANT } from "./access_tokens.ts";
import { checkUserTenant, handleAuthorize, type UserSignInService } from "./authorize.ts";
import { DEVICE_PAGE, handleDeviceCodeRequest, handleDevicePage } from "./device_sign_in.ts";
import type { PlatformIdentities } from "./platform_identities.ts";
import { EntraError, entraErrorResponse, isEntraCode, NO_STORE } from "./entra_error.ts";
import { PROTOCOL_SCOPES } from "./scopes.ts";
import { grantUserToken, isUserGrant } from "./user_grants.ts";

/** What sign-in works with. */
export interface EntraService extends UserSignInService {
  readonly tokens: AccessTokens;
  readonly faults: FaultQueue;
  readonly platforms: PlatformIdentities;
}

/** Returns the tenant of a request to the token endpoint; `undefined` for any other request. */
export function tokenTenant(request: EmulatorRequest): string | undefined {
  return /^\/([^/?]+)\/oauth2\/v2\.0\/token(?:\?|$)/.exec(request.url)?.[1];
}

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const TENANT_DOMAINS = ["contoso.com", "contoso.onmicrosoft.com"];
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
    await app.checkAssertion(assertion, tokenUrl);
  } else if (secret) {
    if (secret !== app.secret) throw new EntraError(7000215, app.clientId);
    if (app.options.secretExpired) throw new EntraError(7000222, app.clientId);
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

function checkClaims(form: URLSearchParams): string | undefined {
  const claims = form.get("claims") ?? undefined;
  if (claims === undefined || isJsonObject(parseJson(claims))) return claims;
  throw new EntraError(50000, "The 'claims' parameter is not a valid JSON object.");
}

/** Handles `POST /{tenant}/oauth2/v2.0/token`: client credentials (RFC 6749, section 4.4), and what users granted. */
async function handleTokenRequest(
  service: EntraService,
  request: EmulatorRequest,
  tenant: string,
): Promise<EmulatorResponse> {
  const { url, app, tokens, lifetime } = service;
  if (request.method !== "POST") throw new EntraError(900561, request.method);
  const form = parseTokenForm(request);
  if (isUserGrant(form.get("grant_type") ?? "")) return await grantUserToken(service, form, tenant);
  checkTenant(service, tenant);
  const grantType = required(form, "grant_type");
  if (grantType !== "client_credentials") throw new EntraError(70003, grantType);
  await checkClient(service, form, `${url}/${tenant}/oauth2/v2.0/token`);
  checkScope(service, form);
  const claims = checkClaims(form);
  const roles = app.options.permissions.length > 0 ? { roles: app.options.permissions } : {};
  const caller = { idtyp: "app", oid: APP_OBJECT_ID, sub: APP_OBJECT_ID, ...roles };
  return jsonResponse(200, {
    token_type: "Bearer",
    expires_in: lifetime,
    ext_expires_in: lifetime,
    access_token: await tokens.issue(caller, { claims }),
  }, NO_STORE);
}

type Page = (service: EntraService, tenant: string) => Promise<EmulatorResponse> | EmulatorResponse;

const openIdConfiguration: Page = (service, tenant) => {
  const { url, tenantId } = service;
  checkUserTenant(service, tenant);
  const isMultiTenant = tenant === "common" || tenant === "organizations";
  const issuerTenant = isMultiTenant ? "{tenantid}" : tenant === "consumers" ? PERSONAL_TENANT : tenantId;
  const root = `${url}/${tenant}`;
  return jsonResponse(200, {
    issuer: `${url}/${issuerTenant}/v2.0`,
    authorization_endpoint: `${root}/oauth2/v2.0/authorize`,
    token_endpoint: `${root}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt"],
    jwks_uri: `${root}/discovery/v2.0/keys`,
    device_authorization_endpoint: `${root}/oauth2/v2.0/devicecode`,
    response_modes_supported: ["query", "form_post"],
    code_challenge_methods_supported: ["S256"],
    grant_types_supported: [
      "client_credentials",
      "authorization_code",
      "refresh_token",
      "urn:ietf:params:oauth:grant-type:device_code",
    ],
    response_types_supported: ["code"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    msgraph_host: new URL(url).host,
  });
};

const instanceDiscovery: Page = ({ url }, tenant) => {
  const { host } = new URL(url);
  return jsonResponse(200, {
    tenant_discovery_endpoint: `${url}/${tenant}/v2.0/.well-known/openid-configuration`,
    "api-version": "1.1",
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  });
};

/** Pages by their path below a tenant. */
const PAGES = new Map<string | undefined, Page>([
  ["v2.0/.well-known/openid-configuration", openIdConfiguration],
  ["discovery/v2.0/keys", async ({ tokens }) => jsonResponse(200, await tokens.jwks())],
  ["discovery/instance", instanceDiscovery],
]);

async function respond(service: EntraService, request: EmulatorRequest): Promise<EmulatorResponse> {
  try {
    const tenantOfToken = tokenTenant(request);
    if (tenantOfToken !== undefined) return await handleTokenRequest(service, request, tenantOfToken);
    const ofPlatform = await service.platforms.respond(request);
    if (ofPlatform) return ofPlatform;
    if (request.url.split("?")[0] === DEVICE_PAGE) return handleDevicePage(service, request);
    const [, tenant = "", path] = /^\/([^/?]+)\/([^?]+)/.exec(request.url) ?? [];
    if (path === "oauth2/v2.0/authorize") return handleAuthorize(service, request, tenant);
    if (path === "oauth2/v2.0/devicecode" && request.method === "POST") {
      return handleDeviceCodeRequest(service, parseTokenForm(request), tenant);
    }
    const page = request.method === "GET" ? PAGES.get(path) : undefined;
    return await page?.(service, tenant) ?? { status: 404, headers: {} };
  } catch (error) {
    if (error instanceof EntraError) return entraErrorResponse(error, request);
    throw error;
  }
}

/** Code of a `status` fault by default. */
const TRANSIENT = 90033;

/** Creates the response for a `status` fault. Entra throttles with plain text instead of JSON. */
function faultResponse(fault: StatusFault, request: EmulatorRequest): EmulatorResponse {
  const { status, code = String(TRANSIENT), message } = fault;
  const headers = retryAfterHeader(fault);
  if (status === 429 && fault.code === undefined) {
    return textResponse(status, "text/plain", "Too many requests", headers);
  }
  const number = Number(code.replace(/^AADSTS/, ""));
  const error = new EntraError(isEntraCode(number) ? number : TRANSIENT);
  if (message !== undefined) error.message = message;
  return entraErrorResponse(error, request, status, headers);
}

/** Handles a request to the sign-in host. Faults apply to the token endpoint only. */
export function handleSignInRequest(service: EntraService, request: EmulatorRequest): Promise<Delivery> {
  const isToken = tokenTenant(request) !== undefined;
  return respondWithFault(isToken ? service.faults.take(["token"], request) : undefined, {
    tokens: service.tokens,
    execute: () => respond(service, request),
    errorResponse: (fault) => faultResponse(fault, request),
  });
}
