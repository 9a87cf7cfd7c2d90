import type { Directory } from "./directory/directory.ts";
import { type AccessTokens, PERSONAL_TENANT } from "./entra/access_tokens.ts";
import type { IssueTokenOptions } from "./options.ts";

/** What tokens made on request start from. */
export interface TokenDefaults {
  readonly tenantId: string;
  readonly lifetime: number;
  readonly permissions: readonly string[];
}

function delegatedClaims(
  directory: Directory,
  options: IssueTokenOptions,
  permissions: readonly string[],
): Record<string, unknown> {
  const key = options.user ?? directory.signedInUser.id;
  const user = directory.users.get(key);
  if (!user) throw new RangeError(`Cannot issue token as there is no such user: "${key}"`);
  const scopes = options.scopes ?? (options.personal ? ["User.ReadWrite"] : permissions);
  return {
    idtyp: "user",
    oid: user.id,
    sub: user.id,
    name: user.displayName,
    ...(options.personal ? {} : { upn: user.userPrincipalName }),
    scp: scopes.join(" "),
    ...(options.roles ? { roles: options.roles } : {}),
  };
}

/** Signs a token as asked, outside of the token endpoint. */
export async function issueToken(
  tokens: AccessTokens,
  directory: Directory,
  defaults: TokenDefaults,
  options: IssueTokenOptions,
): Promise<string> {
  const { user, scopes, personal = false } = options;
  const isDelegated = user !== undefined || scopes !== undefined || personal;
  const claims = isDelegated
    ? delegatedClaims(directory, options, defaults.permissions)
    : { idtyp: "app", roles: options.roles ?? defaults.permissions };
  return await tokens.issue({
    claims,
    tenantId: personal ? PERSONAL_TENANT : defaults.tenantId,
    lifetime: options.expiresIn ?? defaults.lifetime,
    audience: options.audience,
    requestedClaims: options.claims,
  });
}
