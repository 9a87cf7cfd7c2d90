import { encodeUtf8 } from "../encoding.ts";
import type { StatusFault } from "../fault/fault.ts";
import type { FaultQueue } from "../fault/fault_queue.ts";
import { respondWithFault, retryAfterHeader } from "../fault/respond_with_fault.ts";
import { type Delivery, type EmulatorRequest, type EmulatorResponse, jsonResponse } from "../http_message.ts";
import { EntraError, entraErrorResponse, isEntraCode } from "./entra_error.ts";
import { type EntraService, handleTokenRequest } from "./handle_token_request.ts";

/** Returns the tenant of a request to the token endpoint; `undefined` for any other request. */
export function tokenTenant(request: EmulatorRequest): string | undefined {
  return /^\/([^/?]+)\/oauth2\/v2\.0\/token(?:\?|$)/.exec(request.url)?.[1];
}

type Page = (service: EntraService, tenant: string) => Promise<EmulatorResponse> | EmulatorResponse;

const openIdConfiguration: Page = ({ url, tenantId }, tenant) => {
  const isMultiTenant = tenant === "common" || tenant === "organizations" || tenant === "consumers";
  const root = `${url}/${tenant}`;
  return jsonResponse(200, {
    issuer: `${url}/${isMultiTenant ? "{tenantid}" : tenantId}/v2.0`,
    authorization_endpoint: `${root}/oauth2/v2.0/authorize`,
    token_endpoint: `${root}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt"],
    jwks_uri: `${root}/discovery/v2.0/keys`,
    grant_types_supported: ["client_credentials"],
    response_types_supported: ["code"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["ES256"],
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
const PAGES: readonly { readonly path: string; readonly page: Page }[] = [
  { path: "v2.0/.well-known/openid-configuration", page: openIdConfiguration },
  { path: "discovery/v2.0/keys", page: async ({ tokens }) => jsonResponse(200, await tokens.jwks()) },
  { path: "discovery/instance", page: instanceDiscovery },
];

async function respond(service: EntraService, request: EmulatorRequest): Promise<EmulatorResponse> {
  try {
    const tokenOf = tokenTenant(request);
    if (tokenOf !== undefined) return await handleTokenRequest(service, request, tokenOf);
    const [, tenant = "", path] = /^\/([^/?]+)\/([^?]+)/.exec(request.url) ?? [];
    const found = PAGES.find((page) => page.path === path);
    if (found && request.method === "GET") return await found.page(service, tenant);
    return { status: 404, headers: {} };
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
    return {
      status,
      headers: { "content-type": "text/plain", ...headers },
      bytes: encodeUtf8("Too many requests"),
    };
  }
  const number = Number(code.replace(/^AADSTS/, ""));
  const error = new EntraError(isEntraCode(number) ? number : TRANSIENT);
  if (message !== undefined) error.message = message;
  return entraErrorResponse(error, request, status, headers);
}

function notAtSignIn(): never {
  throw new Error("Sign-in does not receive access tokens");
}

/** Handles a request to the sign-in host. Faults apply to the token endpoint only. */
export function handleSignInRequest(
  service: EntraService,
  faults: FaultQueue,
  request: EmulatorRequest,
): Promise<Delivery> {
  const fault = tokenTenant(request) === undefined ? undefined : faults.take(["token"], request);
  return respondWithFault(fault, {
    execute: () => respond(service, request),
    errorResponse: (fault) => faultResponse(fault, request),
    expireTokens: notAtSignIn,
    requireClaims: notAtSignIn,
  });
}
