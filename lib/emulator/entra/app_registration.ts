import { importX509 } from "../../deps/jose.ts";
import type { EmulatorOptions } from "../emulator.ts";
import { decodePem, encodeBase64Url, encodePem } from "../encoding.ts";

/** A federated credential: an external issuer whose assertions sign in the app. */
export interface FederatedKey {
  readonly issuer: string;
  readonly subject: string;
  readonly publicJwk: JsonWebKey;
}

/** Returns the `x5t#S256` of a DER certificate: its SHA-256 in base64url (RFC 7515, section 4.1.8). */
export async function thumbprint(der: Uint8Array<ArrayBuffer>): Promise<string> {
  return encodeBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", der)));
}

type RegistrationOptions = Required<
  Pick<EmulatorOptions, "secretExpired" | "permissions" | "reusableAssertions">
>;

/** The only registered app, with its credentials and permissions. */
export class AppRegistration {
  readonly clientId: string;
  readonly secret: string;
  readonly secretExpired: boolean;
  /** Granted application permissions. */
  readonly permissions: readonly string[];
  readonly #reusableAssertions: boolean;
  /** PEM certificates by thumbprint. */
  readonly #certificates = new Map<string, string>();
  readonly #federatedKeys: FederatedKey[] = [];
  /** When each used assertion expires, in seconds, by its `jti`. */
  readonly #usedAssertions = new Map<string, number>();

  constructor(clientId: string, secret: string, options: RegistrationOptions) {
    this.clientId = clientId;
    this.secret = secret;
    this.secretExpired = options.secretExpired;
    this.permissions = options.permissions;
    this.#reusableAssertions = options.reusableAssertions;
  }

  /**
   * Registers the first certificate in `pem`.
   *
   * @throws {TypeError} If `pem` contains no certificate, or its key is not an RSA key.
   */
  async addCertificate(pem: string): Promise<void> {
    const der = decodePem("CERTIFICATE", pem);
    if (!der) throw new TypeError("Cannot register certificate as the PEM contains none");
    const certificate = encodePem("CERTIFICATE", der);
    try {
      await importX509(certificate, "PS256");
    } catch (cause) {
      throw new TypeError("Cannot register certificate as its key is not an RSA key", { cause });
    }
    this.#certificates.set(await thumbprint(der), certificate);
  }

  /** Returns the registered certificate with this `x5t#S256`, as PEM. */
  certificate(x5tS256: string): string | undefined {
    return this.#certificates.get(x5tS256);
  }

  /** Registers a federated key, which takes precedence over earlier ones of the same issuer and subject. */
  addFederatedKey(key: FederatedKey): void {
    this.#federatedKeys.unshift(key);
  }

  /** Returns the federated keys of an issuer. */
  federatedKeys(issuer: string): FederatedKey[] {
    return this.#federatedKeys.filter((key) => key.issuer === issuer);
  }

  /** Marks an assertion as used until it expires (in seconds); returns whether it may be used now. */
  useAssertion(id: string, expires: number): boolean {
    const now = Date.now() / 1000;
    for (const [used, end] of this.#usedAssertions) if (end < now) this.#usedAssertions.delete(used);
    if (this.#usedAssertions.has(id)) return this.#reusableAssertions;
    this.#usedAssertions.set(id, expires);
    return true;
  }
}
