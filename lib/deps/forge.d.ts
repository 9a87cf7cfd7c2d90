/** What this project uses of `node-forge`. Bytes are strings of characters up to U+00FF. */
export interface Asn1 {
  value: Asn1[] | string;
}

declare const forge: {
  asn1: {
    fromDer(bytes: string): Asn1;
    toDer(value: Asn1): { getBytes(): string };
  };
  pkcs12: {
    pkcs12FromAsn1(value: Asn1, strict: boolean, password: string): {
      safeContents: { safeBags: { type: string; asn1?: Asn1 }[] }[];
    };
  };
  pki: {
    oids: Record<string, string>;
    certificateFromAsn1(value: Asn1): unknown;
    privateKeyFromAsn1(value: Asn1): unknown;
    decryptPrivateKeyInfo(value: Asn1, password: string): Asn1 | null;
  };
  util: { encodeUtf8(text: string): string };
};
export default forge;
