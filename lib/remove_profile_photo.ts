import { GraphError } from "./errors.ts";
import { sendDirectly } from "./graph/exchange.ts";
import { removeTarget } from "./remove_target.ts";
import type { RemovalResult } from "./result.ts";
import { createGraphClient, type GraphOptions } from "./graph/client.ts";
import { parseTarget, type Target, targetId, targetKind } from "./target.ts";

/** How to remove one photo. */
export interface RemoveOptions extends GraphOptions {
  /** Only look: read whether there is a photo, and remove nothing. Default: false. */
  whatIf?: boolean;
}

/** A target in words. */
function describe(target: Target): string {
  return target === "me" ? "the signed-in user" : `${targetKind(target)} ${targetId(target)}`;
}

/**
 * Removes the profile photo of the signed-in user, a user or a group. Removing one that is not there is no error,
 * so that repeating is safe; a user or group that does not exist is.
 *
 * Teams, Outlook and SharePoint can show a photo for hours after its removal, from their caches.
 *
 * @example Remove a user's photo
 * ```ts
 * import { removeProfilePhoto } from "@graph-admin/remove-profile-photo";
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using tenant = await startEmulator(); // a tenant to try it on
 * const { outcome } = await removeProfilePhoto({ user: "alex@contoso.com" }, {
 *   credential: await tenant.issueToken(), // default: environmentCredential()
 *   cloud: tenant.cloud, // default: "global"
 * });
 * console.log(outcome); // "removed", or "absent" where there was none
 * ```
 *
 * @param target "me", `{ user: id or userPrincipalName }` or `{ group: id }`.
 * @param options Credential, cloud, what-if, signal, time-out, retry, fetch.
 * @returns The outcome: `removed`, `absent` or `planned`.
 * @throws {GraphError} If Graph refuses, or cannot be reached within the attempts allowed.
 * @throws {CredentialError} If there is no usable credential, or the sign-in is refused.
 * @throws {TypeError | RangeError} If the target or an option cannot be what it should be.
 * @see https://learn.microsoft.com/graph/api/profilephoto-delete
 */
export async function removeProfilePhoto(
  target: Target,
  options: RemoveOptions = {},
): Promise<RemovalResult> {
  const checked = parseTarget(target);
  const session = createGraphClient(options);
  const { clock, signal } = session;
  const lane = {
    send: sendDirectly.bind(null, session),
    waitForRetry: ({ delay }: { delay: number }) => clock.sleep(delay, signal).then(() => true),
  };
  try {
    return await removeTarget(checked, session, lane, { whatIf: options.whatIf ?? false, verify: false });
  } catch (error) {
    if (error instanceof GraphError) {
      error.message = `Cannot remove the photo of ${describe(checked)}: ${error.message}`;
    }
    throw error;
  }
}
