/**
 * Decodes base64 or base64url.
 *
 * @throws {SyntaxError} If the text is neither.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
}
