import { CredentialError } from "../errors.ts";
import { type Clock, systemClock } from "../http/clock.ts";
import { rememberSecret } from "../http/redact.ts";
import { parseTokenText } from "./credential_value.ts";
import { decodeClaims, explainUnusableToken, isLongExpired, type TokenClaims } from "./token_claims.ts";
import type { AccessToken, GetTokenOptions, TokenCredential } from "./token_credential.ts";

/** How long before its expiry a token is read again, in ms. */
const RENEWAL_MARGIN = 60_000;

/** Returns the root URL of the API that a scope is about; `null` if it does not tell. */
const resourceOf = (scopes: string | string[]) =>
  /^(https?:\/\/[^/]+)\/\.default$/.exec([scopes].flat()[0] ?? "")?.[1] ?? null;

/**
 * Returns a credential for a ready-made access token.
 *
 * @param read Returns the token's text. It is called again when the token is about to expire or was rejected. If that
 * fails while the token is still valid, as when its file is being written, the token is returned.
 * @param source Names the origin of the text in errors.
 */
export function accessTokenCredential(
  read: () => string | Promise<string>,
  source: string,
  clock: Clock = systemClock,
): TokenCredential {
  let held: AccessToken & { claims: TokenClaims | null } | undefined;

  async function readToken() {
    const token = parseTokenText(await read(), `the access token from ${source}`);
    rememberSecret(token);
    const claims = decodeClaims(token);
    return { token, claims, expiresOnTimestamp: claims?.expiresOnTimestamp ?? Infinity };
  }

  return {
    async getToken(scopes: string | string[], options: GetTokenOptions = {}) {
      const { refusedToken, evenIfUnusable } = options;
      const now = clock.now();
      const isHeldGood = held !== undefined && held.token !== refusedToken && now < held.expiresOnTimestamp;
      if (!isHeldGood || now >= held!.expiresOnTimestamp - RENEWAL_MARGIN) {
        try {
          held = await readToken();
        } catch (error) {
          if (!isHeldGood) throw error;
        }
      }
      const { token, claims, expiresOnTimestamp } = held!;
      const graph = resourceOf(scopes);
      const isUnusable = claims && !evenIfUnusable &&
        (isLongExpired(claims, now) || explainUnusableToken(claims, graph, 0));
      if (!isUnusable) return { token, expiresOnTimestamp };
      const why = explainUnusableToken(claims, graph, now)!;
      throw new CredentialError(
        "CredentialInvalid",
        `Cannot use the access token from ${source} as ${why.reason}`,
        {
          hint: why.hint,
        },
      );
    },
  };
}
