import { CredentialError } from "../errors.ts";
import { decodeClaims } from "./token_claims.ts";
import { type AccessToken, isAccessToken, type TokenCredential } from "./token_credential.ts";

/** Parses a ready-made token. People often copy the "Bearer " before it too. */
function parseAccessToken(text: string, source: string): AccessToken {
  const token = text.trim().replace(/^Bearer(\s+|$)/i, "");
  if (!isAccessToken(token)) {
    const why = token === "" ? "is empty" : "contains white space or characters not allowed in a token";
    throw new CredentialError(
      "CredentialInvalid",
      `Cannot use the access token from ${source} as it ${why}`,
      { hint: "A token is a single line of letters, digits and . - _, without quotes." },
    );
  }
  return { token, expiresOnTimestamp: decodeClaims(token)?.expiresOnTimestamp ?? Infinity };
}

/**
 * Returns a credential for a ready-made access token.
 *
 * @param read Returns the token's text. It is called for each request, so that a renewed file is noticed.
 * @param source Names the origin of the text in errors.
 */
export function accessTokenCredential(read: () => string | Promise<string>, source: string): TokenCredential {
  let parsed: { text: string; token: AccessToken } | undefined;
  return {
    async getToken() {
      const text = await read();
      if (text !== parsed?.text) parsed = { text, token: parseAccessToken(text, source) };
      return parsed.token;
    },
  };
}
