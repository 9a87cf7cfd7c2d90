import { importX509 } from "../../deps/jose.ts";
import { toBase64Url } from "../base64.ts";
import type { EmulatorOptions } from "../options.ts";
import { fromPem, toPem } from "../x509/pem.ts";

/** A certificate that is registered for the app. */
export interface RegisteredCertificate {
  /** The certificate alone, as PEM. */
  readonly pem: string;
  /** Its DER bytes. */
  readonly der: Uint8Array;
}

/** An external issuer that may vouch for the app. */
export interface FederatedKey {
  readonly issuer: string;
  readonly subject: string;
  readonly publicJwk: JsonWebKey;
}

/** The base64url SHA-256 of a certificate's DER, as in `x5t#S256` (RFC 7515, 4.1.8). */
export async function thumbprint(der: Uint8Array<ArrayBuffer>): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", der)));
}

/** How the app was registered. */
type RegistrationOptions = Required<
  Pick<EmulatorOptions, "secretExpired" | "permissions" | "reusableAssertions">
>;

/** The one app that this sign-in knows, and how it may prove who it is. */
export class AppRegistration {
  readonly clientId: string;
  readonly secret: string;
  readonly secretExpired: boolean;
  /** Application permissions granted to it. */
  readonly permissions: readonly string[];
  readonly #reusableAssertions: boolean;
  readonly #certificates = new Map<string, RegisteredCertificate>();
  readonly #federated: FederatedKey[] = [];
  readonly #usedAssertions = new Map<string, number>();

  constructor(clientId: string, secret: string, options: RegistrationOptions) {
    this.clientId = clientId;
    this.secret = secret;
    this.secretExpired = options.secretExpired;
    this.permissions = options.permissions;
    this.#reusableAssertions = options.reusableAssertions;
  }

  /** Registers the first certificate of a PEM; throws `TypeError` where it holds none with an RSA key. */
  async addCertificate(pem: string): Promise<void> {
    const der = fromPem("CERTIFICATE", pem);
    if (!der) throw new TypeError("Cannot register certificate as the PEM holds none");
    const alone = toPem("CERTIFICATE", der);
    try {
      await importX509(alone, "PS256");
    } catch (cause) {
      throw new TypeError("Cannot register certificate as its key is not an RSA key", { cause });
    }
    this.#certificates.set(await thumbprint(der), { pem: alone, der });
  }

  /** The certificate with this `x5t#S256`. */
  certificate(x5tS256: string): RegisteredCertificate | undefined {
    return this.#certificates.get(x5tS256);
  }

  /** Lets an external issuer vouch for the app; a further key of the same issuer and subject replaces the first. */
  addFederatedKey(key: FederatedKey): void {
    this.#federated.unshift(key);
  }

  /** The external keys of an issuer. */
  federatedKeys(issuer: string): FederatedKey[] {
    return this.#federated.filter((key) => key.issuer === issuer);
  }

  /** Marks an assertion as used until it expires (seconds); `false` where it may not be used again. */
  useAssertion(id: string, expires: number): boolean {
    const now = Date.now() / 1000;
    for (const [used, end] of this.#usedAssertions) if (end < now) this.#usedAssertions.delete(used);
    if (this.#usedAssertions.has(id)) return this.#reusableAssertions;
    this.#usedAssertions.set(id, expires);
    return true;
  }
}
