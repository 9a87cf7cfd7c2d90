/** An access token, in the shape of `@azure/core-auth`. */
export interface AccessToken {
  /** The token. */
  token: string;
  /** When it expires, in ms since 1970; `Infinity` if that is unknown. */
  expiresOnTimestamp: number;
}

/**
 * Options of a token request. The first four are those of `@azure/core-auth`; a credential may
 * ignore the others.
 */
export interface GetTokenOptions {
  /** Aborts the request. */
  abortSignal?: AbortSignal;
  /** A claims challenge that the token must satisfy, as JSON. */
  claims?: string;
  /** Whether the token may be a long-lived one that Graph can revoke (continuous access evaluation). */
  enableCae?: boolean;
  /** A tenant to sign in to instead of the credential's own. */
  tenantId?: string;
  /** The sign-in host of the cloud in use, for credentials that have none of their own. */
  authority?: string;
  /** A token that Graph rejected. The credential must not return it again. */
  refusedToken?: string;
  /** Called when a token is requested from the sign-in service, in place of returned from the cache. */
  onRequest?: () => void;
  /** Whether to return a ready-made token that has expired or is for another service, too: to tell what is wrong. */
  evenIfUnusable?: boolean;
}

/**
 * Anything that returns access tokens. Credentials of `@azure/identity` can be used as they are.
 *
 * @see https://learn.microsoft.com/javascript/api/@azure/core-auth/tokencredential
 */
export interface TokenCredential {
  /** Returns a token for the scopes, or `null` if there is none. */
  getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken | null>;
}

/** Whether a value can be sent as a bearer token: visible ASCII, without white space. */
export function isAccessToken(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value);
}
