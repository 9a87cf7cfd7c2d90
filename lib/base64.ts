/**
 * The bytes of a base64 or base64url text.
 *
 * @throws {SyntaxError} If it is neither.
 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
}
