/** An access token, in the shape of `@azure/core-auth`. */
export interface AccessToken {
  /** The token. */
  token: string;
  /** When it expires, in ms since 1970. */
  expiresOnTimestamp: number;
}

/** What a credential is told; the first four are `@azure/core-auth`'s, and a credential may ignore the others. */
export interface GetTokenOptions {
  /** Ends the request for a token. */
  abortSignal?: AbortSignal;
  /** A claims challenge that the token must meet, as JSON. */
  claims?: string;
  /** Whether the token may be of the long-lived kind that Graph can revoke (continuous access evaluation). */
  enableCae?: boolean;
  /** Another tenant than the credential's own. */
  tenantId?: string;
  /** The sign-in host of the cloud in use, for a credential that was not given one. */
  authority?: string;
  /** A token that was refused: it is not to be handed out again. */
  refusedToken?: string;
}

/**
 * Anything that hands out tokens. `@azure/identity`'s credentials fit as they are.
 *
 * @see https://learn.microsoft.com/javascript/api/@azure/core-auth/tokencredential
 */
export interface TokenCredential {
  /** Returns a token for the scopes, or `null` where there is none. */
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken | null>;
}
