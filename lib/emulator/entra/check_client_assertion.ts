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
import { decodeBase64 } from "../encoding.ts";
import { type AppRegistration, thumbprint } from "./app_registration.ts";
import { EntraError } from "./entra_error.ts";

interface DecodedAssertion {
  readonly header: ProtectedHeaderParameters;
  readonly payload: JWTPayload;
}

const CERTIFICATE_ALGORITHMS = ["PS256", "RS256"];
const FEDERATED_ALGORITHMS = ["RS256", "PS256", "ES256"];
const FEDERATED_AUDIENCE = "api://AzureADTokenExchange";

/** Longest lifetime that Microsoft's documentation recommends, in seconds. */
const MAX_LIFETIME = 600;

/** Seconds that a client's clock may be ahead. Microsoft's clients round up to whole seconds. */
const CLOCK_SKEW = 5;

function decode(assertion: string): DecodedAssertion {
  try {
    return { header: decodeProtectedHeader(assertion), payload: decodeJwt(assertion) };
  } catch {
    throw new EntraError(50027, "The assertion cannot be decoded.");
  }
}

function checkTime({ nbf, exp }: JWTPayload, needsStart: boolean): void {
  const now = Date.now() / 1000;
  if (typeof exp !== "number") throw new EntraError(700024, "The assertion has no expiry time.");
  if (needsStart && typeof nbf !== "number") throw new EntraError(700024, "The assertion has no start time.");
  const date = (seconds: number) => new Date(seconds * 1000).toISOString();
  if (exp <= now) {
    throw new EntraError(700024, `Current time: ${date(now)}, expiry time of assertion ${date(exp)}.`);
  }
  if (typeof nbf === "number" && nbf > now + CLOCK_SKEW) {
    throw new EntraError(700024, `Current time: ${date(now)}, start time of assertion ${date(nbf)}.`);
  }
}

async function checkSignature(assertion: string, key: CryptoKey, algorithm: string): Promise<void> {
  try {
    // Not `jwtVerify()`: each claim is checked separately, as each has an error code of its own.
    await compactVerify(assertion, key, { algorithms: [algorithm] });
  } catch {
    throw new EntraError(700027, "[Reason - The key was found, but its signature is not valid.]");
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
    throw new EntraError(700027, "[Reason - The first certificate of 'x5c' does not match 'x5t#S256'.]");
  }
}

async function checkCertificateAssertion(
  app: AppRegistration,
  assertion: string,
  { header, payload }: DecodedAssertion,
  tokenUrl: string,
): Promise<void> {
  const algorithm = algorithmOf(header, CERTIFICATE_ALGORITHMS);
  if (header.typ !== undefined && header.typ !== "JWT") throw new EntraError(50027, "Its 'typ' is not JWT.");
  const x5tS256 = String(header["x5t#S256"]);
  const certificate = app.certificate(x5tS256);
  if (!certificate) {
    const reason = `The key was not found., Thumbprint of key used by client: '${x5tS256}'`;
    throw new EntraError(700027, `[Reason - ${reason}]`);
  }
  await checkChain(header, x5tS256);
  await checkSignature(assertion, await importX509(certificate, algorithm), algorithm);
  const { iss, sub, aud, nbf = 0, exp = 0, jti } = payload;
  if (iss !== app.clientId || sub !== app.clientId) throw new EntraError(700021);
  if (aud !== tokenUrl) throw new EntraError(700023);
  checkTime(payload, true);
  if (exp - nbf > MAX_LIFETIME) {
    throw new EntraError(700024, `It is valid for more than ${MAX_LIFETIME} seconds.`);
  }
  if (!jti) throw new EntraError(50012, "it has no 'jti'.");
  if (!app.useAssertion(jti, exp)) throw new EntraError(50012, "its 'jti' has been used before.");
}

async function checkFederatedAssertion(
  app: AppRegistration,
  assertion: string,
  { header, payload }: DecodedAssertion,
): Promise<void> {
  const algorithm = algorithmOf(header, FEDERATED_ALGORITHMS);
  const issuer = String(payload.iss);
  const keys = app.federatedKeys(issuer);
  if (keys.length === 0) throw new EntraError(700211, issuer);
  const key = keys.find(({ subject }) => subject === payload.sub);
  if (!key) throw new EntraError(700213, String(payload.sub));
  if (![payload.aud].flat().includes(FEDERATED_AUDIENCE)) throw new EntraError(700212, String(payload.aud));
  const publicKey = await importJWK(key.publicJwk, algorithm).catch(() => {
    throw new EntraError(700027, "[Reason - The registered key does not fit the assertion's algorithm.]");
  });
  if (publicKey instanceof Uint8Array) {
    throw new EntraError(700027, "[Reason - The registered key is symmetric.]");
  }
  await checkSignature(assertion, publicKey, algorithm);
  checkTime(payload, false);
}

/**
 * Checks a client assertion (RFC 7523) signed with a registered certificate, or by an external issuer: without
 * `x5t#S256`, and with the audience `api://AzureADTokenExchange`.
 *
 * @throws {EntraError} If the assertion is refused.
 */
export async function checkClientAssertion(
  app: AppRegistration,
  assertion: string,
  tokenUrl: string,
): Promise<void> {
  const decoded = decode(assertion);
  return decoded.header["x5t#S256"] === undefined && decoded.payload.iss !== app.clientId
    ? await checkFederatedAssertion(app, assertion, decoded)
    : await checkCertificateAssertion(app, assertion, decoded, tokenUrl);
}
