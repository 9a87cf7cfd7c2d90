/** One element of DER (X.690): its tag, its content, and all of it. */
export interface DerElement {
  tag: number;
  content: Uint8Array<ArrayBuffer>;
  whole: Uint8Array<ArrayBuffer>;
}

/** Tags of the types that certificates and keys use. */
export const TAG = {
  integer: 2,
  bits: 3,
  bytes: 4,
  oid: 6,
  utcTime: 0x17,
  time: 0x18,
  sequence: 0x30,
} as const;

/**
 * Returns the elements that some bytes consist of.
 *
 * @throws {RangeError} If they are not DER.
 */
export function readDer(bytes: Uint8Array<ArrayBuffer>): DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length;) {
    let length = bytes[at + 1] ?? NaN;
    let start = at + 2;
    if (length > 0x80 && length < 0x85) {
      const end = start + length - 0x80;
      length = 0;
      for (; start < end; start++) length = length * 256 + (bytes[start] ?? NaN);
    } else if (!(length < 0x80)) throw new RangeError("Cannot read DER as a length is invalid");
    const end = start + length;
    if (!(end <= bytes.length)) throw new RangeError("Cannot read DER as it ends early");
    elements.push({ tag: bytes[at]!, content: bytes.subarray(start, end), whole: bytes.subarray(at, end) });
    at = end;
  }
  return elements;
}

/**
 * Returns the elements inside a sequence.
 *
 * @throws {RangeError} If it is none.
 */
export function readSequence(element: DerElement | undefined): DerElement[] {
  if (element?.tag !== TAG.sequence) throw new RangeError("Cannot read DER as a sequence is missing");
  return readDer(element.content);
}

/** Returns one element as DER. */
function writeDer(tag: number, ...contents: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = contents.reduce((sum, content) => sum + content.length, 0);
  const size = length < 0x80
    ? [length]
    : length < 0x100
    ? [0x81, length]
    : [0x82, length >> 8, length & 0xff];
  const der = new Uint8Array(1 + size.length + length);
  der.set([tag, ...size]);
  let at = 1 + size.length;
  for (const content of contents) {
    der.set(content, at);
    at += content.length;
  }
  return der;
}

/** Returns a positive integer as hex without leading zeros. */
const toHex = ({ content }: DerElement) => content.toHex().replace(/^(00)+/, "");

const RSA_OID = "2a864886f70d010101";

/** What an X.509 certificate says that matters here (RFC 5280). */
export interface CertificateFacts {
  /** The modulus of its RSA key, in hex; `null` for another kind of key. */
  modulus: string | null;
  /** In ms since 1970. */
  notBefore: number;
  notAfter: number;
}

function readTime({ tag, content }: DerElement): number {
  const text = String.fromCharCode(...content.subarray(0, 20));
  const full = tag === TAG.utcTime ? (Number(text.slice(0, 2)) < 50 ? "20" : "19") + text : text;
  return Date.parse(full.replace(/^(....)(..)(..)(..)(..)(..).*$/, "$1-$2-$3T$4:$5:$6Z"));
}

/**
 * Returns what a certificate says.
 *
 * @throws {RangeError} If it is no certificate.
 */
export function readCertificate(der: Uint8Array<ArrayBuffer>): CertificateFacts {
  const fields = readSequence(readSequence(readDer(der)[0])[0]);
  const [, , , validity, , publicKey] = fields[0]?.tag === 0xa0 ? fields.slice(1) : fields;
  const [notBefore, notAfter] = readSequence(validity).map(readTime);
  const [algorithm, bits] = readSequence(publicKey);
  const isRsa = readSequence(algorithm)[0]?.content.toHex() === RSA_OID;
  const modulus = isRsa ? toHex(readSequence(readDer(bits!.content.subarray(1))[0])[0]!) : null;
  if (!notBefore || !notAfter) throw new RangeError("Cannot read the certificate as its validity is missing");
  return { modulus, notBefore, notAfter };
}

/** An RSA private key. */
export interface RsaKeyFacts {
  /** In hex. */
  modulus: string;
  bits: number;
  /** Whether its numbers belong together. */
  isIntact: boolean;
}

const VERSION_0 = Uint8Array.of(2, 1, 0);

/** Returns a PKCS#1 key (RFC 8017) as PKCS#8 (RFC 5958). */
export function toPkcs8(pkcs1: Uint8Array): Uint8Array<ArrayBuffer> {
  const algorithm = writeDer(
    TAG.sequence,
    writeDer(TAG.oid, Uint8Array.fromHex(RSA_OID)),
    Uint8Array.of(5, 0),
  );
  return writeDer(TAG.sequence, VERSION_0, algorithm, writeDer(TAG.bytes, pkcs1));
}

/**
 * Returns the facts of a PKCS#8 key; `null` if it is not an RSA key.
 *
 * @throws {RangeError} If it is no key.
 */
export function readRsaKey(pkcs8: Uint8Array<ArrayBuffer>): RsaKeyFacts | null {
  const [, algorithm, key] = readSequence(readDer(pkcs8)[0]);
  const oid = readSequence(algorithm)[0];
  if (oid?.tag !== TAG.oid || key?.tag !== TAG.bytes) {
    throw new RangeError("Cannot read the key as parts are missing");
  }
  if (oid.content.toHex() !== RSA_OID) return null;
  const numbers = readSequence(readDer(key.content)[0]).map(toHex);
  const [, modulus = "", , , p, q] = numbers;
  if (modulus === "" || !p || !q) throw new RangeError("Cannot read the key as numbers are missing");
  const bits = modulus.length * 4 - (Math.clz32(Number.parseInt(modulus.slice(0, 2), 16)) - 24);
  return { modulus, bits, isIntact: BigInt(`0x${p}`) * BigInt(`0x${q}`) === BigInt(`0x${modulus}`) };
}
