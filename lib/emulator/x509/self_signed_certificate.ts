import { encodePem } from "../encoding.ts";
import {
  bitString,
  boolean,
  type Der,
  element,
  explicit,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from "./der.ts";

/** Options of `selfSignedCertificate()`. */
export interface SelfSignedOptions {
  /** Common name of subject and issuer. Default: `remove-profile-photo emulator`. */
  readonly commonName?: string;
  /** Start of the validity period. Default: 5 minutes ago. */
  readonly notBefore?: Date;
  /** End of the validity period. Default: in one day. */
  readonly notAfter?: Date;
}

/** A certificate and its private key, as PEM. */
export interface SelfSignedCertificate {
  /** The certificate (`CERTIFICATE`). */
  readonly certificate: string;
  /** The RSA key (`PRIVATE KEY`: unencrypted PKCS#8). */
  readonly privateKey: string;
  /** The certificate followed by the key. */
  readonly pem: string;
}

const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const MINUTE = 60_000, DAY = 86_400_000;

const SHA256_WITH_RSA = sequence(objectIdentifier("1.2.840.113549.1.1.11"), nullValue());

const distinguishedName = (commonName: string) =>
  sequence(set(sequence(objectIdentifier("2.5.4.3"), utf8String(commonName))));

const criticalExtension = (id: string, value: Der) =>
  sequence(objectIdentifier(id), boolean(true), octetString(value));

const IP_ADDRESS = 0x87; // [7] of GeneralName (RFC 5280, section 4.2.1.6)

/** Basic constraints: not a CA. Key usage: digital signature. Subject alternative name: 127.0.0.1. */
const EXTENSIONS = sequence(
  criticalExtension("2.5.29.19", sequence()),
  criticalExtension("2.5.29.15", bitString(Uint8Array.of(0x80), 7)),
  sequence(
    objectIdentifier("2.5.29.17"),
    octetString(sequence(element(IP_ADDRESS, Uint8Array.of(127, 0, 0, 1)))),
  ),
);

function serialNumber(): Der {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = (bytes[0]! & 0x3f) | 0x40; // positive, and of full length
  return integer(bytes);
}

function toBeSigned(publicKey: Uint8Array, commonName: string, notBefore: Date, notAfter: Date): Der {
  const name = distinguishedName(commonName);
  return sequence(
    explicit(0, integer(Uint8Array.of(2))),
    serialNumber(),
    SHA256_WITH_RSA,
    name,
    sequence(time(notBefore), time(notAfter)),
    name,
    publicKey,
    explicit(3, EXTENSIONS),
  );
}

/**
 * Creates a 2048-bit RSA key and a self-signed X.509 certificate (RFC 5280, SHA-256), for signing in an
 * app or for `startEmulator({ tls })`.
 */
export async function selfSignedCertificate(options?: SelfSignedOptions): Promise<SelfSignedCertificate> {
  const {
    commonName = "remove-profile-photo emulator",
    notBefore = new Date(Date.now() - 5 * MINUTE),
    notAfter = new Date(Date.now() + DAY),
  } = options ?? {};
  const generate = { ...RSA, modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
  const keys = await crypto.subtle.generateKey(generate, true, ["sign", "verify"]);
  const [publicKey, key] = await Promise.all([
    crypto.subtle.exportKey("spki", keys.publicKey),
    crypto.subtle.exportKey("pkcs8", keys.privateKey),
  ]);
  const content = toBeSigned(new Uint8Array(publicKey), commonName, notBefore, notAfter);
  const signature = new Uint8Array(await crypto.subtle.sign(RSA.name, keys.privateKey, content));
  const certificate = encodePem("CERTIFICATE", sequence(content, SHA256_WITH_RSA, bitString(signature)));
  const privateKey = encodePem("PRIVATE KEY", new Uint8Array(key));
  return { certificate, privateKey, pem: certificate + privateKey };
}
