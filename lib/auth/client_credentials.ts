import { CLOUDS, parseEndpoint } from "../cloud.ts";
import { describeValue } from "../describe_value.ts";
import { CredentialError } from "../errors.ts";
import { fetchDirectly } from "../host/deno.ts";
import { rememberSecret } from "../http/redact.ts";
import { cachedCredential } from "./cached_credential.ts";
import { parseId } from "./credential_value.ts";
import { requestToken } from "./request_token.ts";
import type { TokenCredential } from "./token_credential.ts";

/** The app that signs in, and where. */
export interface ClientCredentialOptions {
  /** The tenant's id or one of its domains. */
  tenantId: string;
  /** The application (client) id of the app registration. */
  clientId: string;
  /** Root URL of the sign-in service. Default: that of the cloud in use. */
  authority?: string;
  /** The `fetch` to sign in with. Default: the global one. */
  fetch?: typeof fetch;
}

/** What authenticates the client to the token endpoint. */
interface ClientProof {
  /** Form fields. */
  fields: Record<string, string>;
  /** What to do about an AADSTS code, by number, where this proof tells more than the code. */
  hints?: Readonly<Record<number, string>>;
}

function parseAuthority(value: string): string {
  return parseEndpoint("the authority", value, CLOUDS.global.authority);
}

function clientCredential(
  options: ClientCredentialOptions,
  prove: (tokenUrl: string, signal: AbortSignal) => ClientProof | Promise<ClientProof>,
): TokenCredential {
  const tenantId = parseId("the tenant id", options.tenantId, "tenant id");
  const clientId = parseId("the client id", options.clientId, "client id");
  const ownAuthority = options.authority === undefined ? undefined : parseAuthority(options.authority);
  return cachedCredential(async (request, signal) => {
    const authority = ownAuthority ?? parseAuthority(request.authority ?? CLOUDS.global.authority);
    const tenant = parseId("the tenant id", request.tenantId ?? tenantId, "tenant id");
    const tokenUrl = `${authority}/${tenant}/oauth2/v2.0/token`;
    const { fields, hints } = await prove(tokenUrl, signal);
    request.onRequest?.();
    return await requestToken({
      tokenUrl,
      clientId,
      scope: request.scope,
      claims: request.claims,
      proof: fields,
      hints,
    }, { fetch: options.fetch ?? fetchDirectly, signal });
  });
}

/**
 * Returns a credential for an app with a client secret. It caches its tokens, and requests a new one
 * five minutes before they expire.
 *
 * @example Remove a photo as an app with a secret
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
 * @param options The app and the value (not the id) of its secret.
 * @throws {TypeError} If an option is invalid. A sign-in that fails is a `CredentialError` of `getToken()`.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1
 */
export function clientSecretCredential(
  options: ClientCredentialOptions & { clientSecret: string },
): TokenCredential {
  const { clientSecret } = options;
  if (typeof clientSecret !== "string" || clientSecret === "") {
    throw new TypeError("Cannot use the client secret as it must be a string that is not empty");
  }
  rememberSecret(clientSecret);
  return clientCredential(options, () => ({ fields: { client_secret: clientSecret } }));
}

/**
 * An app's certificate (or chain of certificates) with its RSA private key: a PEM text, the bytes of a PEM or PFX
 * (PKCS #12) file, or the path of such a file.
 */
export type ClientCertificate = {
  /** The password of an encrypted private key, or of a PFX. */
  certificatePassword?: string;
  /** Whether to send the chain (`x5c`), for subject name and issuer authentication. Default: false. */
  sendCertificateChain?: boolean;
} & ({ certificate: string | Uint8Array<ArrayBuffer> } | { certificatePath: string });

/**
 * Returns a credential for an app with a certificate. It caches its tokens, and requests a new one five
 * minutes before they expire. A file is read for each token request, so that a renewed certificate is
 * noticed.
 *
 * @example Remove a photo as an app with a certificate
 * ```ts
 * import { clientCertificateCredential, removeProfilePhoto } from "@graph-admin/remove-profile-photo";
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using tenant = await startEmulator(); // a tenant to try it on
 * const credential = clientCertificateCredential({
 *   tenantId: tenant.tenantId,
 *   clientId: tenant.clientId,
 *   certificate: await tenant.certificate(), // or certificatePath: "app.pem"
 * });
 * await removeProfilePhoto({ user: "alex@contoso.com" }, { credential, cloud: tenant.cloud });
 * ```
 *
 * @param options The app and its certificate.
 * @throws {TypeError} If an option is invalid. An unusable certificate or a sign-in that fails is a
 * `CredentialError` of `getToken()`.
 * @see https://learn.microsoft.com/entra/identity-platform/certificate-credentials
 */
export function clientCertificateCredential(
  options: ClientCredentialOptions & ClientCertificate,
): TokenCredential {
  const { clientId, certificatePassword, sendCertificateChain } = options;
  const fromFile = "certificatePath" in options;
  const given: unknown = fromFile ? options.certificatePath : options.certificate;
  const isBytes = !fromFile && given instanceof Uint8Array;
  if (!isBytes && (typeof given !== "string" || given === "")) {
    throw new TypeError(
      "Cannot use the certificate as it must be a PEM text, bytes, or the path of a PEM or PFX file",
    );
  }
  const name = fromFile ? `the certificate file ${describeValue(given, "path")}` : "the certificate";
  const read = fromFile ? lazyFileReader(given as string, "certificate file") : () => given as string;
  return clientCredential(options, async (tokenUrl) => {
    const { parseCertificate, signAssertion } = await import("./signing_certificate.ts");
    const certificate = await parseCertificate(await read(), name, certificatePassword);
    const assertion = await signAssertion(certificate, { clientId, tokenUrl, sendCertificateChain });
    const validity = `Its certificate is valid from ${new Date(certificate.notBefore).toISOString()} to ${
      new Date(certificate.notAfter).toISOString()
    }`;
    const hint = `${validity}: renew it, or check this machine's clock.`;
    return { fields: assertionFields(assertion), hints: { 1000502: hint, 7000274: hint, 7000277: hint } };
  });
}

/**
 * Returns a credential for an app with a client assertion: a JWT that another service issued (workload
 * identity federation). It caches its tokens, and requests a new one five minutes before they expire.
 *
 * @example Sign in from a Kubernetes pod, whose service account is a federated credential of the app
 * ```ts
 * import { clientAssertionCredential } from "@graph-admin/remove-profile-photo";
 *
 * const credential = clientAssertionCredential({
 *   tenantId: "contoso.com",
 *   clientId: "11111111-1111-4111-8111-111111111111",
 *   getAssertion: () => Deno.readTextFile("/var/run/secrets/azure/tokens/azure-identity-token"),
 * });
 * ```
 *
 * @param options The app, and `getAssertion`, which returns the JWT. It is called for each token
 * request, so that it can read a file that is renewed; white space around the JWT is ignored.
 * @throws {TypeError} If an option is invalid. An empty assertion or a sign-in that fails is a
 * `CredentialError` of `getToken()`; errors of `getAssertion` are passed on.
 * @see https://www.rfc-editor.org/rfc/rfc7523#section-2.2
 */
export function clientAssertionCredential(
  options: ClientCredentialOptions & { getAssertion: () => string | Promise<string> },
): TokenCredential {
  const { getAssertion } = options;
  if (typeof getAssertion !== "function") {
    throw new TypeError("Cannot use getAssertion as it must be a function");
  }
  return assertionCredential(options, () => getAssertion());
}

/**
 * Returns what {@link clientAssertionCredential} does, with assertions that depend on the token endpoint.
 *
 * @param getAssertion Returns an assertion for a token endpoint.
 */
export function assertionCredential(
  options: ClientCredentialOptions,
  getAssertion: (tokenUrl: string, signal: AbortSignal) => string | Promise<string>,
): TokenCredential {
  return clientCredential(options, async (tokenUrl, signal) => {
    const assertion = (await getAssertion(tokenUrl, signal)).trim();
    if (assertion === "") {
      throw new CredentialError("CredentialInvalid", "Cannot sign in: the client assertion is empty");
    }
    rememberSecret(assertion);
    const { assertionHints } = await import("./assertion_hints.ts");
    return { fields: assertionFields(assertion), hints: assertionHints(assertion, Date.now()) };
  });
}

/** Returns the form fields of a client assertion (RFC 7523, section 2.2). */
function assertionFields(assertion: string): Record<string, string> {
  return {
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: assertion,
  };
}

/**
 * Returns a function that reads a credential's file. The code that reads files is loaded by the
 * first call.
 */
export function lazyFileReader(path: string, what: string): () => Promise<Uint8Array<ArrayBuffer>> {
  let read: (() => Promise<Uint8Array<ArrayBuffer>>) | undefined;
  return async () => {
    const { credentialFileReader } = await import("./credential_file.ts");
    read ??= credentialFileReader(path, what);
    return await read();
  };
}
