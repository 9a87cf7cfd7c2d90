import type { Directory } from "../directory/directory.ts";
import type { IssueTokenOptions } from "../emulator.ts";
import { type AccessTokens, PERSONAL_TENANT } from "./access_tokens.ts";

/** Defaults of the options. */
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
  if (!user) throw new RangeError(`Cannot issue token as the user does not exist: "${key}"`);
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

/**
 * Returns an access token that was not requested from the token endpoint.
 *
 * @throws {RangeError} If the user does not exist.
 */
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
