import { CredentialError } from "../errors.ts";
import { CLOUDS, parseEndpoint } from "../cloud.ts";
import { cachedCredential } from "./cached_credential.ts";
import { requestToken } from "./request_token.ts";
import type { TokenCredential } from "./token_credential.ts";

/** Which app signs in, and where. */
export interface ClientCredentialOptions {
  /** The tenant's id or a domain of it. */
  tenantId: string;
  /** The app registration's application (client) id. */
  clientId: string;
  /** Root of the sign-in service. Default: that of the cloud in use. */
  authority?: string;
  /** The `fetch` to sign in with. Default: the global one. */
  fetch?: typeof fetch;
}

/** What proves to the token endpoint that the client is who it says, as form fields. */
export type ClientProof = (tokenUrl: string) => Record<string, string> | Promise<Record<string, string>>;

function parseName(what: string, value: unknown): string {
  if (typeof value !== "string" || !/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(value)) {
    throw new TypeError(
      `Cannot use the ${what} as it must consist of letters, digits, dots and hyphens`, // it may be a secret, misplaced
    );
  }
  return value;
}

/** The credential of an app, whatever its proof is. */
export function clientCredential(options: ClientCredentialOptions, proof: ClientProof): TokenCredential {
  const tenantId = parseName("tenant id", options.tenantId);
  const clientId = parseName("client id", options.clientId);
  const ownAuthority = options.authority === undefined
    ? undefined
    : parseEndpoint("the authority", options.authority);
  return cachedCredential(async (request, signal) => {
    const authority = ownAuthority ??
      parseEndpoint("the authority", request.authority ?? CLOUDS.global.authority);
    const tenant = parseName("tenant id", request.tenantId ?? tenantId);
    const tokenUrl = `${authority}/${tenant}/oauth2/v2.0/token`;
    return await requestToken({
      tokenUrl,
      clientId,
      scope: request.scope,
      claims: request.claims,
      proof: await proof(tokenUrl),
    }, { fetch: options.fetch ?? fetch, signal });
  });
}

/**
 * The credential of an app with a client secret.
 *
 * @example Remove a photo as an app
 * ```ts
 * import { clientSecretCredential, removeProfilePhoto } from "@graph-admin/remove-profile-photo";
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using tenant = await startEmulator(); // a tenant to try it on
 * const credential = clientSecretCredential({
 *   tenantId: tenant.tenantId,
 *   clientId: tenant.clientId,
 *   clientSecret: tenant.clientSecret,
 * });
 * await removeProfilePhoto({ user: "alex@contoso.com" }, { credential, cloud: tenant.cloud });
 * ```
 *
 * @throws {TypeError} If an option cannot be what it should be.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
 */
export function clientSecretCredential(
  options: ClientCredentialOptions & { clientSecret: string },
): TokenCredential {
  const { clientSecret } = options;
  if (typeof clientSecret !== "string" || clientSecret === "") {
    throw new TypeError("Cannot use the client secret as it must be a string that is not empty");
  }
  return clientCredential(options, () => ({ client_secret: clientSecret }));
}

/** Reads a file that a proof rests on; what reads files is loaded when there is one. */
export function fileReader(path: string, what: string): () => Promise<string> {
  let read: (() => Promise<string>) | undefined;
  return async () => {
    const { credentialFile } = await import("./credential_file.ts");
    read ??= credentialFile(path, what);
    return await read();
  };
}

/** The form fields of a client assertion (RFC 7523, section 2.2). */
export function assertionProof(assertion: string): Record<string, string> {
  return {
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: assertion,
  };
}

/**
 * The credential of an app with an assertion from elsewhere: workload identity federation.
 *
 * @param options `getAssertion` is called for each token request, so that it can read a file that is renewed.
 * @throws {TypeError} If an option cannot be what it should be.
 * @see https://www.rfc-editor.org/rfc/rfc7523#section-2.2
 */
export function clientAssertionCredential(
  options: ClientCredentialOptions & { getAssertion: () => string | Promise<string> },
): TokenCredential {
  const { getAssertion } = options;
  if (typeof getAssertion !== "function") {
    throw new TypeError("Cannot use getAssertion as it must be a function");
  }
  return clientCredential(options, async () => {
    const assertion = (await getAssertion()).trim();
    if (assertion === "") {
      throw new CredentialError("CredentialInvalid", "Cannot sign in as the assertion is empty");
    }
    return assertionProof(assertion);
  });
}
