import {
  assertionProof,
  clientCredential,
  type ClientCredentialOptions,
  fileReader,
} from "./client_credentials.ts";
import type { TokenCredential } from "./token_credential.ts";

/** The certificate of an app: a PEM text or file with the certificate (or its chain) and its RSA private key. */
export type ClientCertificate = {
  /** The password of an encrypted key. */
  certificatePassword?: string;
  /** Whether to send the chain along (`x5c`), for subject-name/issuer authentication. Default: false. */
  sendCertificateChain?: boolean;
} & ({ certificate: string } | { certificatePath: string });

/**
 * The credential of an app with a certificate. The file is read for each token request, so that a renewed
 * certificate is noticed.
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
 * @throws {TypeError} If an option cannot be what it should be. A fault of the certificate itself is a
 * `CredentialError` when the first token is requested.
 */
export function clientCertificateCredential(
  options: ClientCredentialOptions & ClientCertificate,
): TokenCredential {
  const { clientId, certificatePassword, sendCertificateChain } = options;
  const fromFile = "certificatePath" in options;
  const source: unknown = fromFile ? options.certificatePath : options.certificate;
  if (typeof source !== "string" || source === "") {
    throw new TypeError("Cannot use the certificate as it must be a PEM text or the path of a PEM file");
  }
  const name = fromFile ? `the certificate file ${JSON.stringify(source)}` : "the certificate";
  const read = fromFile ? fileReader(source, "certificate file") : () => source;
  return clientCredential(options, async (tokenUrl) => {
    const { parseCertificate, signAssertion } = await import("./signing_certificate.ts");
    const certificate = await parseCertificate(await read(), name, certificatePassword);
    return assertionProof(await signAssertion(certificate, { clientId, tokenUrl, sendCertificateChain }));
  });
}
