import { type DerElement, readDer, readSequence, TAG } from "./der.ts";
import type { PemBlock } from "./pem.ts";

/** A decrypted key, or why there is none: the name of an unsupported encryption, or `null` for a wrong password. */
export type DecryptedKey = { der: Uint8Array<ArrayBuffer> } | { unsupported: string | null };

/** A cipher by the name that node:crypto and OpenSSL use, and the length of its key in bytes. */
type Cipher = readonly [name: string, keyLength: number];

const CIPHERS: Readonly<Record<string, Cipher>> = {
  "608648016503040102": ["aes-128-cbc", 16],
  "608648016503040116": ["aes-192-cbc", 24],
  "60864801650304012a": ["aes-256-cbc", 32],
  "2a864886f70d0307": ["des-ede3-cbc", 24],
};
const TRADITIONAL: Readonly<Record<string, Cipher>> = {
  "AES-128-CBC": ["aes-128-cbc", 16],
  "AES-192-CBC": ["aes-192-cbc", 24],
  "AES-256-CBC": ["aes-256-cbc", 32],
  "DES-EDE3-CBC": ["des-ede3-cbc", 24],
};

const PBES2 = "2a864886f70d01050d";
const PBKDF2 = "2a864886f70d01050c";
const SCRYPT = "2b06010401da47040b";
/** The pseudorandom functions of PBKDF2 (RFC 8018, appendix B.1). */
const HASHES: Readonly<Record<string, string>> = {
  "2a864886f70d0207": "sha1",
  "2a864886f70d0208": "sha224",
  "2a864886f70d0209": "sha256",
  "2a864886f70d020a": "sha384",
  "2a864886f70d020b": "sha512",
};
/** PKCS#12's own schemes, with SHA-1 and triple DES or RC2 (RFC 7292, appendix C). */
const PKCS12_SCHEME = /^2a864886f70d010c010[3-6]$/;
/** Schemes that are named in errors. */
const OTHERS: Readonly<Record<string, string>> = {
  "2a864886f70d010501": "MD2 and DES",
  "2a864886f70d010503": "MD5 and DES",
  "2a864886f70d010504": "MD2 and RC2",
  "2a864886f70d010506": "MD5 and RC2",
  "2a864886f70d01050a": "SHA-1 and DES",
  "2a864886f70d01050b": "SHA-1 and RC2",
  "2a864886f70d0302": "RC2",
  "2b0e030207": "DES",
};

const oidOf = (element: DerElement | undefined) => element?.tag === TAG.oid ? element.content.toHex() : "";
const toNumber = ({ content }: DerElement) => Number.parseInt(content.toHex() || "0", 16);

type Crypto = typeof import("node:crypto");

async function decipher(
  { createDecipheriv }: Crypto,
  [name]: Cipher,
  key: Uint8Array<ArrayBuffer>,
  iv: Uint8Array<ArrayBuffer>,
  data: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  if (name.startsWith("aes")) { // node:crypto of Deno lacks AES-192
    const imported = await crypto.subtle.importKey("raw", key, "AES-CBC", false, ["decrypt"]);
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CBC", iv }, imported, data));
  }
  const cipher = createDecipheriv(name, key, iv);
  return Uint8Array.from([...cipher.update(data), ...cipher.final()]);
}

/** Returns the key that OpenSSL's traditional format derives from a password (EVP_BytesToKey with MD5). */
function traditionalKey(
  { createHash }: Crypto,
  password: string,
  salt: Uint8Array,
  length: number,
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (let size = 0; size < length; size += 16) {
    parts.push(createHash("md5").update(parts.at(-1) ?? "").update(password).update(salt).digest());
  }
  return Uint8Array.from(parts.flatMap((part) => [...part])).subarray(0, length);
}

/** Decrypts with a password; throws if it is wrong. */
type Decrypt = (password: string) => Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>>;

/** Returns a function that decrypts with a password, or the name of an encryption that is not supported. */
async function findDecryption(
  { der, encryption }: PemBlock,
): Promise<Decrypt | string> {
  const node = await import("node:crypto"); // dynamic, as a bundle would load a static import at every start
  if (encryption) {
    const cipher = TRADITIONAL[encryption.cipher];
    if (!cipher) return encryption.cipher;
    const iv = Uint8Array.fromHex(encryption.iv);
    return (password) =>
      decipher(node, cipher, traditionalKey(node, password, iv.subarray(0, 8), cipher[1]), iv, der);
  }
  const [algorithm, data] = readSequence(readDer(der)[0]);
  const [scheme, parameters] = readSequence(algorithm);
  const name = oidOf(scheme);
  if (PKCS12_SCHEME.test(name)) {
    const { decryptPkcs12Key } = await import("./pkcs12.ts");
    return (password) => decryptPkcs12Key(der, password);
  }
  if (name !== PBES2) return OTHERS[name] ?? "an unknown algorithm";
  const [derivation, encoding] = readSequence(parameters).map(readSequence);
  const cipher = CIPHERS[oidOf(encoding?.[0])];
  if (!cipher || !data) return OTHERS[oidOf(encoding?.[0])] ?? "an unknown cipher";
  const iv = encoding![1]!.content;
  const [salt, ...numbers] = readSequence(derivation![1]);
  const deriveKey = findDerivation(node, oidOf(derivation![0]), salt!.content, numbers, cipher[1]);
  if (!deriveKey) return "an unknown key derivation";
  return (password) => decipher(node, cipher, Uint8Array.from(deriveKey(password)), iv, data.content);
}

/** Returns how PBES2 derives a key from a password (RFC 8018, RFC 7914). */
function findDerivation(
  { pbkdf2Sync, scryptSync }: Crypto,
  kind: string,
  salt: Uint8Array,
  parameters: readonly DerElement[],
  length: number,
): ((password: string) => Uint8Array) | undefined {
  const [first, second, third] = parameters.map(toNumber);
  if (kind === SCRYPT && first && second && third) {
    const options = { N: first, r: second, p: third, maxmem: 256 * first * second };
    return (password) => scryptSync(password, salt, length, options);
  }
  const prf = parameters.find(({ tag }) => tag === TAG.sequence);
  const hash = prf ? HASHES[oidOf(readSequence(prf)[0])] : "sha1"; // the default
  if (kind !== PBKDF2 || !hash || !first) return undefined;
  return (password) => pbkdf2Sync(password, salt, first, length, hash);
}

/**
 * Decrypts a private key: PKCS#8 with PBES2 (AES or triple DES; PBKDF2 or scrypt) or with PKCS#12's schemes, or
 * OpenSSL's traditional format.
 *
 * @param passwords The passwords to try.
 * @throws {RangeError} If the block is damaged.
 */
export async function decryptKey(block: PemBlock, passwords: readonly string[]): Promise<DecryptedKey> {
  const decrypt = await findDecryption(block);
  if (typeof decrypt === "string") return { unsupported: decrypt };
  for (const password of passwords) {
    try {
      const der = await decrypt(password);
      readSequence(readDer(der)[0]); // a wrong password can leave a valid padding
      return { der };
    } catch { /* the next */ }
  }
  return { unsupported: null };
}
