import { createPrivateKey, type KeyObject } from "node:crypto";
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "../deps/x509.ts";

/** A certificate with its key, by whatever algorithm. */
export interface Identity {
  readonly name: string;
  readonly keys: CryptoKeyPair;
  /** The certificate, as PEM. */
  readonly certificate: string;
  /** The private key for node:crypto, which exports it in every form. */
  readonly privateKey: KeyObject;
}

const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
};
const EC = { name: "ECDSA", namedCurve: "P-256" };
const DAY = 86_400_000;

/** What a certificate is to be. */
export interface IdentityOptions {
  issuer?: Identity;
  ec?: boolean;
  hosts?: readonly string[];
  authority?: boolean;
  /** Of an RSA key. Default: 2,048. */
  bits?: number;
  /** Keys of another certificate, which this one renews. */
  keys?: CryptoKeyPair;
  /** When it begins and ceases to be valid, in days from now. Default: a day ago, in a day. */
  days?: readonly [notBefore: number, notAfter: number];
}

/** Makes a certificate, signed by itself or by an issuer; a server's names its hosts, and an authority says so. */
export async function makeIdentity(
  name: string,
  options: IdentityOptions = {},
): Promise<Identity> {
  const { issuer, ec = false, hosts, authority = false, bits = RSA.modulusLength, days = [-1, 1] } = options;
  const names = hosts?.map((value) => ({ type: /^[\d.]+$/.test(value) ? "ip" : "dns", value }) as const);
  const algorithm = ec ? EC : { ...RSA, modulusLength: bits };
  const keys = options.keys ??
    await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as CryptoKeyPair;
  const subject = `CN=${name}`;
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: issuer ? `CN=${issuer.name}` : subject,
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: { name: ec ? EC.name : RSA.name, hash: "SHA-256" },
    notBefore: new Date(Date.now() + days[0] * DAY),
    notAfter: new Date(Date.now() + days[1] * DAY),
    extensions: [
      ...authority ? [new BasicConstraintsExtension(true, undefined, true)] : [],
      ...names ? [new SubjectAlternativeNameExtension(names)] : [],
    ],
  });
  const der = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  const privateKey = createPrivateKey({ key: toPem("PRIVATE KEY", new Uint8Array(der)), format: "pem" });
  return { name, keys, certificate: `${certificate.toString("pem").trim()}\n`, privateKey };
}

/** Bytes as PEM (RFC 7468). */
export function toPem(label: string, der: Uint8Array): string {
  const lines = der.toBase64().match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** The bytes of a PEM's first block. */
export function fromPem(pem: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(/-----\n([^-]+)\n-----END/.exec(pem)![1]!.replaceAll("\n", ""));
}

export type KeyForm = "pkcs8" | "pkcs1" | "sec1";

/** A private key as PEM; with a password, encrypted. */
export function keyPem(
  { privateKey }: Identity,
  type: KeyForm = "pkcs8",
  cipher?: string,
  passphrase?: string,
): string {
  const pem = privateKey.export(
    { type, format: "pem", ...(cipher ? { cipher, passphrase } : {}) } as { format: "pem"; type: "pkcs8" },
  );
  return `${String(pem).trim()}\n`;
}

/** Parts of a private key, as PEM in any form writes them and as bytes in hex: they must not be shown. */
export function keyMaterial(identity: Identity): string[] {
  const own = identity.privateKey.asymmetricKeyType === "rsa" ? "pkcs1" : "sec1";
  const lines = [keyPem(identity), keyPem(identity, own)].flatMap((pem) => pem.split("\n").slice(2, -2));
  const der = fromPem(keyPem(identity));
  const middle = der.subarray(der.length / 2, der.length / 2 + 48);
  return [...lines.filter((line) => line.length === 64), middle.toHex()];
}
