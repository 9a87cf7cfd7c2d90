import { decodeBase64 } from "../base64.ts";

/**
 * The claims that a 401 asks a new token to hold, as JSON, or `undefined` where it asks for none that can be read.
 *
 * @param header The `WWW-Authenticate` field.
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge
 */
export function claimsChallenge(header: string | null): string | undefined {
  const encoded = /\berror="?insufficient_claims"?/i.test(header ?? "")
    ? /\bclaims="([A-Za-z0-9+/=_-]+)"/i.exec(header ?? "")?.[1]
    : undefined;
  if (!encoded) return undefined;
  try {
    const claims = new TextDecoder().decode(decodeBase64(encoded));
    const value: unknown = JSON.parse(claims);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? claims : undefined;
  } catch {
    return undefined;
  }
}
