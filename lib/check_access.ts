import { decodeClaims, type TokenClaims } from "./auth/token_claims.ts";
import type { CloudEndpoints } from "./cloud.ts";
import { type Access, explainAccess } from "./permissions.ts";
import { checkOptionNames } from "./check_options.ts";
import { createGraphClient, getToken, GRAPH_OPTIONS, type GraphOptions } from "./graph/client.ts";
import type { TargetKind } from "./target.ts";

/** Who a credential is, and what its token should be able to do. */
export interface AccessReport {
  /** The endpoints in use. */
  cloud: CloudEndpoints;
  /** What the token says of itself, or `null` where it cannot be decoded; its signature is not checked. */
  claims: TokenClaims | null;
  /** For each kind of target, whether its photo should be removable. */
  access: Record<TargetKind, Access>;
}

/**
 * Signs in, and tells from the token what it should be able to do. Nothing is sent to Graph.
 *
 * @example See whether a token could remove a group's photo
 * ```ts
 * import { checkAccess } from "@graph-admin/remove-profile-photo";
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using tenant = await startEmulator(); // a tenant to try it on
 * const { access } = await checkAccess({ credential: await tenant.issueToken(), cloud: tenant.cloud });
 * console.log(access.group.allowed, access.group.reason);
 * ```
 *
 * @param options Credential and cloud, as for a removal.
 * @throws {CredentialError} If there is no usable credential, or the sign-in is refused.
 */
export async function checkAccess(options?: GraphOptions): Promise<AccessReport> {
  checkOptionNames(options ?? {}, GRAPH_OPTIONS);
  const session = createGraphClient(options ?? {});
  const claims = decodeClaims(await getToken(session));
  return {
    cloud: session.cloud,
    claims,
    access: {
      me: explainAccess("me", claims),
      user: explainAccess("user", claims),
      group: explainAccess("group", claims),
    },
  };
}
