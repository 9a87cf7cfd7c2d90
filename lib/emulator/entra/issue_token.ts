import type { Directory, User } from "../directory/directory.ts";
import type { IssueTokenOptions } from "../emulator.ts";
import type { AccessTokens } from "./access_tokens.ts";

/** Returns what an access token says of a user and the delegated permissions. */
export const userClaims = (user: User, scopes: readonly string[], personal: boolean) => ({
  idtyp: "user",
  oid: user.id,
  sub: user.id,
  name: user.displayName,
  ...(personal ? {} : { upn: user.userPrincipalName }),
  scp: scopes.join(" "),
});

/**
 * Returns an access token that was not requested from the token endpoint. `permissions` are those of the
 * registered app.
 *
 * @throws {RangeError} If the user does not exist.
 */
export async function issueToken(
  tokens: AccessTokens,
  directory: Directory,
  permissions: readonly string[],
  options: IssueTokenOptions,
): Promise<string> {
  const { user: key, roles, personal = false } = options;
  if (key === undefined && options.scopes === undefined && !personal) {
    return await tokens.issue({ idtyp: "app", roles: roles ?? permissions }, options);
  }
  const user = key === undefined ? directory.signedInUser : directory.users.get(key);
  if (!user) throw new RangeError(`Cannot issue token as the user does not exist: "${key}"`);
  const scopes = options.scopes ?? (personal ? ["User.ReadWrite"] : permissions);
  return await tokens.issue({ ...userClaims(user, scopes, personal), ...(roles ? { roles } : {}) }, options);
}
