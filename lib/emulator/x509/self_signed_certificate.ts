import {
  bitString,
  boolean,
  type Der,
  element,
  explicit,
  nullValue,
  objectIdentifier,
  octetString,
  positiveInteger,
  sequence,
  set,
  time,
  utf8String,
} from "./der.ts";
import { toPem } from "./pem.ts";

/** What a self-signed certificate says. */
export interface SelfSignedOptions {
  /** Common name of subject and issuer; `"remove-profile-photo emulator"` by default. */
  readonly commonName?: string;
  /** Start of its validity; five minutes ago by default. */
  readonly notBefore?: Date;
  /** End of its validity; one day from now by default. */
  readonly notAfter?: Date;
}

/** A certificate and its key, as PEM. */
export interface SelfSignedCertificate {
  /** The certificate (`CERTIFICATE`). */
  readonly certificate: string;
  /** Its RSA key (`PRIVATE KEY`: PKCS#8, not encrypted). */
  readonly privateKey: string;
  /** Both in one text, certificate first. */
  readonly pem: string;
}

const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const MINUTE = 60_000, DAY = 86_400_000;

const SHA256_WITH_RSA = sequence(objectIdentifier("1.2.840.113549.1.1.11"), nullValue());

const distinguishedName = (commonName: string) =>
  sequence(set(sequence(objectIdentifier("2.5.4.3"), utf8String(commonName))));

const criticalExtension = (id: string, value: Der) =>
  sequence(objectIdentifier(id), boolean(true), octetString(value));

const IP_ADDRESS = 0x87; // [7] of a GeneralName (RFC 5280, 4.2.1.6)

/** Not a certification authority; for digital signatures alone; of a server on 127.0.0.1, if of any. */
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
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return positiveInteger(bytes);
}

function toBeSigned(publicKey: Uint8Array, commonName: string, notBefore: Date, notAfter: Date): Der {
  const name = distinguishedName(commonName);
  return sequence(
    explicit(0, positiveInteger(Uint8Array.of(2))),
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
 * Makes an RSA key of 2048 bits and an X.509 certificate for it (RFC 5280), signed by itself with SHA-256. It does
 * for an app's sign-in, and for `startEmulator({ tls })`.
 */
export async function selfSignedCertificate(options: SelfSignedOptions = {}): Promise<SelfSignedCertificate> {
  const {
    commonName = "remove-profile-photo emulator",
    notBefore = new Date(Date.now() - 5 * MINUTE),
    notAfter = new Date(Date.now() + DAY),
  } = options;
  const generate = { ...RSA, modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
  const keys = await crypto.subtle.generateKey(generate, true, ["sign", "verify"]);
  const [publicKey, key] = await Promise.all([
    crypto.subtle.exportKey("spki", keys.publicKey),
    crypto.subtle.exportKey("pkcs8", keys.privateKey),
  ]);
  const content = toBeSigned(new Uint8Array(publicKey), commonName, notBefore, notAfter);
  const signature = new Uint8Array(await crypto.subtle.sign(RSA.name, keys.privateKey, content));
  const certificate = toPem("CERTIFICATE", sequence(content, SHA256_WITH_RSA, bitString(signature)));
  const privateKey = toPem("PRIVATE KEY", new Uint8Array(key));
  return { certificate, privateKey, pem: certificate + privateKey };
}
