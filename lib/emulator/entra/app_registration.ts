import {
  compactVerify,
  type CryptoKey,
  decodeJwt,
  decodeProtectedHeader,
  importJWK,
  importX509,
  type JWTPayload,
  type ProtectedHeaderParameters,
} from "../../deps/jose.ts";
import type { EmulatorOptions } from "../emulator.ts";
import { decodeBase64, encodeBase64Url } from "../encoding.ts";
import { EntraError } from "./entra_error.ts";

type AppOptions = Required<Pick<EmulatorOptions, "permissions" | "secretExpired" | "reusableAssertions">>;

const CERTIFICATE_ALGORITHMS = ["PS256", "RS256"];
const FEDERATED_ALGORITHMS = ["RS256", "PS256", "ES256"];
const FEDERATED_AUDIENCE = "api://AzureADTokenExchange";

/** Longest lifetime that Microsoft's documentation recommends, in seconds. */
const MAX_LIFETIME = 600;

/** Seconds that a client's clock may be ahead. Microsoft's clients round up to whole seconds. */
const CLOCK_SKEW = 5;

/** Returns the `x5t#S256` of a DER certificate: its SHA-256 in base64url (RFC 7515, section 4.1.8). */
async function thumbprint(der: Uint8Array<ArrayBuffer>): Promise<string> {
  return encodeBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", der)));
}

function decode(assertion: string): { header: ProtectedHeaderParameters; payload: JWTPayload } {
  try {
    return { header: decodeProtectedHeader(assertion), payload: decodeJwt(assertion) };
  } catch {
    throw new EntraError(50027, "The assertion cannot be decoded.");
  }
}

function checkTime({ nbf, exp }: JWTPayload): void {
  const now = Date.now() / 1000;
  const date = (seconds: number) => new Date(seconds * 1000).toISOString();
  if (typeof exp !== "number") throw new EntraError(700024, "The assertion has no expiry time.");
  if (exp <= now) {
    throw new EntraError(700024, `Current time: ${date(now)}, expiry time of assertion ${date(exp)}.`);
  }
  if (typeof nbf === "number" && nbf > now + CLOCK_SKEW) {
    throw new EntraError(700024, `Current time: ${date(now)}, start time of assertion ${date(nbf)}.`);
  }
}

/** 700027 with its reason, which clients show. */
const badSignature = (reason: string) => new EntraError(700027, `[Reason - ${reason}]`);

async function checkSignature(assertion: string, key: CryptoKey, algorithm: string): Promise<void> {
  try {
    // Not `jwtVerify()`: each claim is checked separately, as each has an error code of its own.
    await compactVerify(assertion, key, { algorithms: [algorithm] });
  } catch {
    throw badSignature("The key was found, but its signature is not valid.");
  }
}

function algorithmOf({ alg = "none" }: ProtectedHeaderParameters, allowed: readonly string[]): string {
  if (!allowed.includes(alg)) throw new EntraError(5002738, alg);
  return alg;
}

async function checkChain({ x5c }: ProtectedHeaderParameters, x5tS256: string): Promise<void> {
  if (x5c === undefined) return;
  const der = Array.isArray(x5c) ? decodeBase64(String(x5c[0])) : undefined;
  if (!der || await thumbprint(der) !== x5tS256) {
    throw badSignature("The first certificate of 'x5c' does not match 'x5t#S256'.");
  }
}

/** The only registered app, with its credentials and permissions. */
export class AppRegistration {
  readonly clientId: string;
  readonly secret: string = encodeBase64Url(crypto.getRandomValues(new Uint8Array(30)));
  readonly options: AppOptions;
  /** PEM certificates by `x5t#S256`. */
  readonly #certificates = new Map<string, string>();
  /** Public keys of external issuers, by issuer and subject. */
  readonly #federatedKeys = new Map<string, Map<string, JsonWebKey>>();
  /** When each used assertion expires, in seconds, by its `jti`. */
  readonly #usedAssertions = new Map<string, number>();

  constructor(clientId: string, options: AppOptions) {
    this.clientId = clientId;
    this.options = options;
  }

  /** Registers the first certificate in `pem`; throws a `TypeError` if there is none with an RSA key. */
  async addCertificate(pem: string): Promise<void> {
    const [certificate = "", base64] =
      /-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/.exec(pem) ?? [];
    const der = base64 === undefined ? undefined : decodeBase64(base64.replaceAll(/\s/g, ""));
    if (!der) throw new TypeError("Cannot register certificate as the PEM contains none");
    try {
      await importX509(certificate, "PS256");
    } catch (cause) {
      throw new TypeError("Cannot register certificate as its key is not an RSA key", { cause });
    }
    this.#certificates.set(await thumbprint(der), certificate);
  }

  /** Registers the key of an external issuer, in place of an earlier one for the same subject. */
  addFederatedKey(issuer: string, subject: string, publicJwk: JsonWebKey): void {
    const keys = this.#federatedKeys.get(issuer) ?? new Map<string, JsonWebKey>();
    this.#federatedKeys.set(issuer, keys.set(subject, publicJwk));
  }

  /**
   * Checks a client assertion (RFC 7523) signed with a registered certificate, or by an external issuer:
   * without `x5t#S256`, and with the audience `api://AzureADTokenExchange`.
   *
   * @throws {EntraError} If the assertion is refused.
   */
  async checkAssertion(assertion: string, tokenUrl: string): Promise<void> {
    const { header, payload } = decode(assertion);
    return header["x5t#S256"] === undefined && payload.iss !== this.clientId
      ? await this.#checkFederated(assertion, header, payload)
      : await this.#checkCertificate(assertion, header, payload, tokenUrl);
  }

  async #checkCertificate(
    assertion: string,
    header: ProtectedHeaderParameters,
    payload: JWTPayload,
    tokenUrl: string,
  ): Promise<void> {
    const algorithm = algorithmOf(header, CERTIFICATE_ALGORITHMS);
    if (header.typ !== undefined && header.typ !== "JWT") {
      throw new EntraError(50027, "Its 'typ' is not JWT.");
    }
    const x5tS256 = String(header["x5t#S256"]);
    const certificate = this.#certificates.get(x5tS256);
    if (!certificate) {
      throw badSignature(`The key was not found., Thumbprint of key used by client: '${x5tS256}'`);
    }
    await checkChain(header, x5tS256);
    await checkSignature(assertion, await importX509(certificate, algorithm), algorithm);
    const { iss, sub, aud, nbf, exp = 0, jti } = payload;
    if (iss !== this.clientId || sub !== this.clientId) throw new EntraError(700021);
    if (aud !== tokenUrl) throw new EntraError(700023);
    checkTime(payload);
    if (typeof nbf !== "number") throw new EntraError(700024, "The assertion has no start time.");
    if (exp - nbf > MAX_LIFETIME) {
      throw new EntraError(700024, `It is valid for more than ${MAX_LIFETIME} seconds.`);
    }
    if (!jti) throw new EntraError(50012, "it has no 'jti'.");
    if (!this.#useAssertion(jti, exp)) throw new EntraError(50012, "its 'jti' has been used before.");
  }

  async #checkFederated(
    assertion: string,
    header: ProtectedHeaderParameters,
    { iss, sub, aud, ...times }: JWTPayload,
  ): Promise<void> {
    const algorithm = algorithmOf(header, FEDERATED_ALGORITHMS);
    if (this.#federatedKeys.size === 0) throw new EntraError(70025, this.clientId);
    const keys = this.#federatedKeys.get(String(iss));
    if (!keys) throw new EntraError(700211, String(iss));
    const publicJwk = keys.get(String(sub));
    if (!publicJwk) throw new EntraError(700213, String(sub));
    if (![aud].flat().includes(FEDERATED_AUDIENCE)) throw new EntraError(700212, String(aud));
    const publicKey = await importJWK(publicJwk, algorithm).catch(() => {
      throw badSignature("The registered key does not fit the assertion's algorithm.");
    });
    if (publicKey instanceof Uint8Array) throw badSignature("The registered key is symmetric.");
    await checkSignature(assertion, publicKey, algorithm);
    checkTime(times);
  }

  /** Marks an assertion as used until it expires (in seconds); returns whether it may be used now. */
  #useAssertion(id: string, expires: number): boolean {
    const now = Date.now() / 1000;
    for (const [used, end] of this.#usedAssertions) if (end < now) this.#usedAssertions.delete(used);
    if (this.#usedAssertions.has(id)) return this.options.reusableAssertions;
    this.#usedAssertions.set(id, expires);
    return true;
  }
}
