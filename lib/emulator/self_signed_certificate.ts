import { concatBytes, encodeUtf8 } from "./encoding.ts";

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

/** Bytes in DER, the distinguished encoding rules of X.690; here only what certificates need. */
type Der = Uint8Array<ArrayBuffer>;

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >>> 8, length & 0xff];
}

/** Encodes an element of up to 64 kB. */
function element(tag: number, ...content: readonly Uint8Array[]): Der {
  const body = concatBytes(content);
  return concatBytes([Uint8Array.of(tag, ...lengthBytes(body.length)), body]);
}

const TRUE = element(0x01, Uint8Array.of(0xff));
const NULL = element(0x05);
/** Big-endian bytes, whose first bit is the sign. */
const integer = (...bytes: readonly number[]) => element(0x02, Uint8Array.from(bytes));
/** The last `unused` bits are padding. */
const bitString = (bytes: Uint8Array, unused = 0) => element(0x03, Uint8Array.of(unused), bytes);
const octetString = (content: Uint8Array) => element(0x04, content);
const utf8String = (text: string) => element(0x0c, encodeUtf8(text));
const sequence = (...content: readonly Uint8Array[]) => element(0x30, ...content);
const set = (...content: readonly Uint8Array[]) => element(0x31, ...content);
/** `[number] EXPLICIT`. */
const explicit = (number: number, content: Uint8Array) => element(0xa0 | number, content);

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) bytes.unshift(0x80 | (left & 0x7f));
  return bytes;
}

function objectIdentifier(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return element(0x06, Uint8Array.of(first * 40 + second, ...rest.flatMap(base128)));
}

/** Time in whole seconds: UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280, section 4.1.2.5). */
function time(date: Date): Der {
  const digits = `${date.toISOString().slice(0, 19).replaceAll(/[-:T]/g, "")}Z`;
  return date.getUTCFullYear() < 2050
    ? element(0x17, encodeUtf8(digits.slice(2)))
    : element(0x18, encodeUtf8(digits));
}

const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const MINUTE = 60_000, DAY = 86_400_000;

/** `[7]` of GeneralName (RFC 5280, section 4.2.1.6). */
const LOOPBACK_ADDRESS = element(0x87, Uint8Array.of(127, 0, 0, 1));

const COMMON_NAME = objectIdentifier("2.5.4.3");
const BASIC_CONSTRAINTS = objectIdentifier("2.5.29.19");
const KEY_USAGE = objectIdentifier("2.5.29.15");
const SUBJECT_ALTERNATIVE_NAME = objectIdentifier("2.5.29.17");
const SHA256_WITH_RSA = sequence(objectIdentifier("1.2.840.113549.1.1.11"), NULL);

/** Not a CA, and for digital signatures, both critical; valid for 127.0.0.1. */
const EXTENSIONS = sequence(
  sequence(BASIC_CONSTRAINTS, TRUE, octetString(sequence())),
  sequence(KEY_USAGE, TRUE, octetString(bitString(Uint8Array.of(0x80), 7))),
  sequence(SUBJECT_ALTERNATIVE_NAME, octetString(sequence(LOOPBACK_ADDRESS))),
);

function toBeSigned(publicKey: ArrayBuffer, commonName: string, notBefore: Date, notAfter: Date): Der {
  const name = sequence(set(sequence(COMMON_NAME, utf8String(commonName))));
  const [first = 0, ...others] = crypto.getRandomValues(new Uint8Array(16));
  const positive = (first & 0x3f) | 0x40; // and of full length
  return sequence(
    explicit(0, integer(2)),
    integer(positive, ...others),
    SHA256_WITH_RSA,
    name,
    sequence(time(notBefore), time(notAfter)),
    name,
    new Uint8Array(publicKey),
    explicit(3, EXTENSIONS),
  );
}

/** Encodes DER bytes as a PEM block (RFC 7468). */
function encodePem(label: string, der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
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
  const content = toBeSigned(publicKey, commonName, notBefore, notAfter);
  const signature = new Uint8Array(await crypto.subtle.sign(RSA.name, keys.privateKey, content));
  const certificate = encodePem("CERTIFICATE", sequence(content, SHA256_WITH_RSA, bitString(signature)));
  const privateKey = encodePem("PRIVATE KEY", new Uint8Array(key));
  return { certificate, privateKey, pem: certificate + privateKey };
}
