import type { BackupStore } from "./backup/backup_store.ts";
import { checkBackup, checkOptionNames } from "./check_options.ts";
import { createGraphClient, GRAPH_OPTIONS, type GraphOptions } from "./graph/client.ts";
import { directly } from "./graph/request_with_retries.ts";
import { removeTarget } from "./remove_target.ts";
import type { RemovalResult } from "./result.ts";
import { describeTarget, parseTarget, type Target } from "./target.ts";

/** How to remove one photo, besides the options of {@link GraphOptions}: `credential`, `cloud`, `signal`, … */
export interface RemoveOptions extends GraphOptions {
  /** Whether only to look whether there is a photo, and to remove nothing. Default: false. */
  whatIf?: boolean;
  /** Where to save the photo first. If it cannot be saved, it is not removed. */
  backup?: BackupStore;
  /** Whether to check after the removal that Graph shows no photo. Default: false. */
  verify?: boolean;
}

/**
 * Removes the profile photo of the signed-in user, a user or a group. Repeating it is safe: a missing photo is
 * no error. A user or group that does not exist is one.
 *
 * Teams, Outlook and SharePoint can show a removed photo for hours, from their caches.
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
 * console.log(outcome); // "removed", or "absent" if there was no photo
 * ```
 *
 * @param target "me", `{ user: id or userPrincipalName }` or `{ group: id }`.
 * @param options Credential, cloud, what-if, backup, verification, signal, timeout, retries, fetch.
 * @returns The outcome: `removed`, `absent` or `planned`.
 * @throws {GraphError} If Graph refuses, or cannot be reached within the attempts allowed.
 * @throws {CredentialError} If there is no usable credential, or the sign-in is refused.
 * @throws {BackupError} If the photo cannot be saved first. It is then not removed.
 * @throws {TypeError | RangeError} If the target or an option is not valid, or an option does not exist.
 * @see https://learn.microsoft.com/graph/api/profilephoto-delete
 */
export async function removeProfilePhoto(
  target: Target,
  options?: RemoveOptions,
): Promise<RemovalResult> {
  const { whatIf, backup, verify, ...connection } = options ?? {};
  checkOptionNames(options ?? {}, [...GRAPH_OPTIONS, "whatIf", "backup", "verify"]);
  if (backup !== undefined) checkBackup(backup, ["save"]);
  const checked = parseTarget(target);
  const client = createGraphClient(connection);
  const result = await removeTarget(checked, client, directly(client), {
    whatIf,
    backup,
    verify,
    subject: `Cannot remove the photo of ${describeTarget(checked)}: `,
  });
  if (verify) client.signal?.throwIfAborted(); // an aborted check does not throw
  return result as RemovalResult; // what is sent directly is always attempted
}
