import { decodeClaims, explainUnusableToken, type TokenClaims } from "./auth/token_claims.ts";
import type { CloudEndpoints } from "./cloud.ts";
import { type AccessCheck, explainAccess } from "./permissions.ts";
import { checkOptionNames } from "./check_options.ts";
import { createGraphClient, getToken, GRAPH_OPTIONS, type GraphOptions } from "./graph/client.ts";
import type { TargetKind } from "./target.ts";

/** Whom a credential signs in, and which photos its token should be able to remove. */
export interface AccessReport {
  /** The endpoints in use. */
  cloud: CloudEndpoints;
  /** The token's claims, or `null` if it cannot be decoded. Its signature is not verified. */
  claims: TokenClaims | null;
  /**
   * For each kind of target, whether the token should be able to remove its photo; and whether it should be able to list
   * users and groups.
   */
  access: Record<TargetKind | "listUsers" | "listGroups", AccessCheck>;
}

/**
 * Signs in, and checks the token's permissions without sending anything to Microsoft Graph.
 *
 * @example Check whether a token can remove the photo of a group
 * ```ts
 * import { checkAccess } from "@graph-admin/remove-profile-photo";
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using tenant = await startEmulator(); // a tenant to try it on
 * const { access } = await checkAccess({ credential: await tenant.issueToken(), cloud: tenant.cloud });
 * console.log(access.group.allowed, access.group.reason);
 * ```
 *
 * @param options Credential and cloud, as for a removal. Default: `environmentCredential()` and the
 * global cloud.
 * @throws {CredentialError} If there is no usable credential, or the sign-in failed.
 * @throws {TypeError | RangeError} If an option is invalid.
 * @see https://learn.microsoft.com/graph/api/profilephoto-delete#permissions
 */
export async function checkAccess(options?: GraphOptions): Promise<AccessReport> {
  checkOptionNames(options ?? {}, GRAPH_OPTIONS);
  const client = createGraphClient(options ?? {}, undefined, { evenIfUnusable: true, onRequest: undefined });
  const { cloud, clock } = client;
  const claims = decodeClaims(await getToken(client));
  const problem = claims && explainUnusableToken(claims, cloud.graph, clock.now());
  const explain = (operation: keyof AccessReport["access"]): AccessCheck =>
    problem
      ? { allowed: false, reason: `The token${problem.reason.slice(2)}. ${problem.hint}` }
      : explainAccess(operation, claims);
  return {
    cloud,
    claims,
    access: {
      me: explain("me"),
      user: explain("user"),
      group: explain("group"),
      listUsers: explain("listUsers"),
      listGroups: explain("listGroups"),
    },
  };
}
