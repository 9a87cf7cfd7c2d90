import { createPublicKey } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openIdProvider, type Provider } from "../deps/oidc_provider.ts";
import type { Identity } from "../support/certificates.ts";

/** A certified OpenID provider whose token endpoint is where Entra's is. */
export interface Authority extends AsyncDisposable {
  readonly url: string;
  /** Who may sign in, by certificate or by secret. */
  readonly clientId: { readonly certificate: string; readonly secret: string };
  /** Why it refused, in its own words, which it does not tell the client. */
  readonly reasons: readonly string[];
  readonly provider: Provider;
}

export const TENANT = "contoso.com";
/** What the apps may ask for, and what they may not. */
export const SCOPE = "https://graph.microsoft.com/.default", OTHER_SCOPE = "https://graph.example/.default";

const CLIENT = { redirect_uris: [], response_types: [], grant_types: ["client_credentials"], scope: SCOPE };

/** Starts one that knows an app by its certificate, and another by its secret. */
export async function startAuthority(app: Identity, client_secret: string): Promise<Authority> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clientId = { certificate: crypto.randomUUID(), secret: crypto.randomUUID() };
  const jwk = createPublicKey(app.certificate).export({ format: "jwk" });
  const provider = await openIdProvider(`${url}/${TENANT}/v2.0`, {
    clients: [
      {
        ...CLIENT,
        client_id: clientId.certificate,
        token_endpoint_auth_method: "private_key_jwt",
        token_endpoint_auth_signing_alg: "PS256",
        jwks: { keys: [{ ...jwk, use: "sig", alg: "PS256" }] },
      },
      {
        ...CLIENT,
        client_id: clientId.secret,
        token_endpoint_auth_method: "client_secret_post",
        client_secret,
      },
    ],
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    routes: { token: `/${TENANT}/oauth2/v2.0/token` },
    scopes: [SCOPE, OTHER_SCOPE],
    ttl: { ClientCredentials: 3600 },
  });
  const reasons: string[] = [];
  provider.on("grant.error", (_, { error, error_detail }) => reasons.push(error_detail ?? error));
  server.on("request", provider.callback());
  return {
    url,
    clientId,
    reasons,
    provider,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
