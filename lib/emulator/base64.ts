const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The bytes that base64 stands for; `undefined` for anything else. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  return text.length % 4 === 0 && BASE64.test(text) ? Uint8Array.fromBase64(text) : undefined;
}

/** Base64url without padding (RFC 4648, section 5). */
export function toBase64Url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
