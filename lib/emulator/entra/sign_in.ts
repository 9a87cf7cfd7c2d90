import { type Answer, type EmulatorRequest, jsonAnswer } from "../exchange.ts";
import { entraAnswer, EntraError } from "./entra_error.ts";
import { answerToken, type EntraState } from "./token_endpoint.ts";

/** The tenant of a request to the token endpoint; `undefined` for any other request. */
export function tokenTenant(request: EmulatorRequest): string | undefined {
  return /^\/([^/?]+)\/oauth2\/v2\.0\/token(?:\?|$)/.exec(request.url)?.[1];
}

type Page = (state: EntraState, tenant: string) => Promise<Answer> | Answer;

const openIdConfiguration: Page = ({ url, tenantId }, tenant) => {
  const known = tenant === "common" || tenant === "organizations" || tenant === "consumers";
  const root = `${url}/${tenant}`;
  return jsonAnswer(200, {
    issuer: `${url}/${known ? "{tenantid}" : tenantId}/v2.0`,
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
  return jsonAnswer(200, {
    tenant_discovery_endpoint: `${url}/${tenant}/v2.0/.well-known/openid-configuration`,
    "api-version": "1.1",
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  });
};

const PAGES: readonly { readonly path: string; readonly page: Page }[] = [
  { path: "v2.0/.well-known/openid-configuration", page: openIdConfiguration },
  { path: "discovery/v2.0/keys", page: async ({ tokens }) => jsonAnswer(200, await tokens.jwks()) },
  { path: "discovery/instance", page: instanceDiscovery },
];

/** Answers one request to the sign-in host. */
export async function answerSignIn(state: EntraState, request: EmulatorRequest): Promise<Answer> {
  try {
    const tenant = tokenTenant(request);
    if (tenant !== undefined) return await answerToken(state, request, tenant);
    const [, first = "", rest] = /^\/([^/?]+)\/([^?]+)/.exec(request.url) ?? [];
    const found = PAGES.find(({ path }) => path === rest);
    if (found && request.method === "GET") return await found.page(state, first);
    return { status: 404, headers: {} };
  } catch (error) {
    if (error instanceof EntraError) return entraAnswer(error, request);
    throw error;
  }
}
