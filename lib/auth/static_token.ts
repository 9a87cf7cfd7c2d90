import { CredentialError } from "../errors.ts";
import { decodeClaims } from "./token_claims.ts";
import type { AccessToken, TokenCredential } from "./token_credential.ts";

/** Checks a ready-made token, whose text must fit in a header; "Bearer " before it is what people copy along. */
function parseAccessToken(text: string, source: string): AccessToken {
  const token = text.trim().replace(/^Bearer(\s+|$)/i, "");
  if (token === "" || !/^[\x21-\x7e]+$/.test(token)) {
    throw new CredentialError(
      "CredentialInvalid",
      `Cannot use the access token from ${source} as it ${
        token === "" ? "is empty" : "contains white space or characters that no token has"
      }`,
      { hint: "A token is one line of letters, digits and . - _, without quotes around it." },
    );
  }
  return { token, expiresOnTimestamp: decodeClaims(token)?.expiresOnTimestamp ?? Infinity };
}

/**
 * A credential that hands out a ready-made token.
 *
 * @param read Gives the token's text; it is called each time, so that a renewed file is noticed.
 * @param source Where the text comes from, for errors.
 */
export function accessTokenCredential(read: () => string | Promise<string>, source: string): TokenCredential {
  let held: { text: string; token: AccessToken } | undefined;
  return {
    async getToken() {
      const text = await read();
      if (text !== held?.text) held = { text, token: parseAccessToken(text, source) };
      return held.token;
    },
  };
}
