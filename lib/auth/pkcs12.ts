import { type Asn1, forge } from "../deps/forge.ts";

/** What a PFX file contains, each in DER: certificates, and private keys in PKCS#8. */
export interface Pkcs12Contents {
  certificates: Uint8Array<ArrayBuffer>[];
  keys: Uint8Array<ArrayBuffer>[];
}

/** Leaves certificates and keys as they are: decoding and encoding them anew could change bytes. */
forge.pki.certificateFromAsn1 = forge.pki.privateKeyFromAsn1 = () => {
  throw new Error("not decoded");
};

function toText(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  }
  return text;
}

const toDer = (value: Asn1) =>
  Uint8Array.from(forge.asn1.toDer(value).getBytes(), (char) => char.charCodeAt(0));

/** Returns a PFX without its checksum, which alone tells a wrong password from a damaged file. */
function withoutChecksum(pfx: Asn1): Asn1 {
  return { ...pfx, value: (pfx.value as Asn1[]).slice(0, 2) };
}

/**
 * Reads a PFX file: with AES, triple DES or RC2.
 *
 * @throws {Error} If the password is wrong, or the file is damaged.
 */
export function readPkcs12(bytes: Uint8Array<ArrayBuffer>, password: string): Pkcs12Contents {
  const parse = () => forge.asn1.fromDer(toText(bytes));
  const read = (pfx: Asn1, as: string) => forge.pkcs12.pkcs12FromAsn1(pfx, false, as).safeContents;
  let contents: ReturnType<typeof read>;
  try {
    contents = read(parse(), password);
  } catch (error) {
    if (/^[\0-\x7f]*$/.test(password)) throw error;
    // The checksum takes a password in UTF-16, but PBES2 takes it in UTF-8.
    contents = read(withoutChecksum(parse()), forge.util.encodeUtf8(password));
  }
  const { certBag, keyBag, pkcs8ShroudedKeyBag } = forge.pki.oids;
  const bags = contents.flatMap(({ safeBags }) => safeBags).filter(({ asn1 }) => asn1 !== undefined);
  return {
    certificates: bags.filter(({ type }) => type === certBag).map(({ asn1 }) => toDer(asn1!)),
    keys: bags.filter(({ type }) => type === keyBag || type === pkcs8ShroudedKeyBag).map(({ asn1 }) =>
      toDer(asn1!)
    ),
  };
}

/**
 * Decrypts a PKCS#8 key with one of PKCS#12's schemes.
 *
 * @throws {Error} If the password is wrong.
 */
export function decryptPkcs12Key(der: Uint8Array<ArrayBuffer>, password: string): Uint8Array<ArrayBuffer> {
  const key = forge.pki.decryptPrivateKeyInfo(forge.asn1.fromDer(toText(der)), password);
  if (!key) throw new Error("The password is wrong");
  return toDer(key);
}
