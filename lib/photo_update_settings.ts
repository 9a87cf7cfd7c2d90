import { decodeClaims } from "./auth/token_claims.ts";
import { checkOptionNames } from "./check_options.ts";
import { createGraphClient, getToken, GRAPH_OPTIONS, type GraphOptions } from "./graph/client.ts";
import { jsonOf } from "./graph/interpret_reply.ts";
import type { GraphRequest } from "./graph/photo_requests.ts";
import { directly, requestWithRetries } from "./graph/request_with_retries.ts";
import { explainAccess } from "./permissions.ts";

/** Who may change photos in a tenant, and where photos come from. */
export interface PhotoUpdateSettings {
  /** `cloud`: from Microsoft 365. `onPremises`: from on premises alone, so that Graph changes none. Or a newer value. */
  source: string;
  /** The roles whose members may change photos: names, or ids of unknown ones; `null` if everybody may. */
  allowedRoles: string[] | null;
}

/** The roles that the settings can name, by the id of their template. */
const ROLES: Readonly<Record<string, string>> = {
  "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
  "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
  "024906de-61e5-49c8-8572-40335f1e0e10": "People Administrator",
};

const REQUEST: GraphRequest = {
  target: null,
  kind: "list",
  operation: "readPhotoUpdateSettings",
  method: "GET",
  version: "beta",
  path: "/admin/people/photoUpdateSettings",
  maxBytes: 2 ** 18,
};

/**
 * Reads a tenant's settings for photo updates, which are in Graph's beta alone. Takes `PeopleSettings.Read.All`; nothing is
 * sent to Graph if the token does not say that it has it.
 *
 * @example See whether photos can be changed in the cloud
 * ```ts
 * import { readPhotoUpdateSettings } from "@graph-admin/remove-profile-photo";
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using tenant = await startEmulator(); // a tenant to try it on
 * const credential = await tenant.issueToken({ roles: ["PeopleSettings.Read.All"] });
 * const settings = await readPhotoUpdateSettings({ credential, cloud: tenant.cloud });
 * console.log(settings?.source, settings?.allowedRoles); // "cloud" null: everybody may change photos
 * ```
 *
 * @param options Credential, cloud, signal, timeout, retries, fetch.
 * @returns The settings; `null` if the token may not read them, or Graph does not tell.
 * @throws {CredentialError} If there is no usable credential, or the sign-in failed.
 * @throws {TypeError | RangeError} If an option is invalid.
 * @see https://learn.microsoft.com/graph/api/peopleadminsettings-list-photoupdatesettings
 */
export async function readPhotoUpdateSettings(options?: GraphOptions): Promise<PhotoUpdateSettings | null> {
  checkOptionNames(options ?? {}, GRAPH_OPTIONS);
  const client = createGraphClient(options ?? {});
  const claims = decodeClaims(await getToken(client));
  if (!explainAccess("readPhotoUpdateSettings", claims).allowed) return null;
  const outcome = await requestWithRetries(REQUEST, client, directly(client));
  if (outcome.kind !== "succeeded") return null;
  const json = jsonOf(outcome.response);
  const { source, allowedRoles } = (json?.value ?? json) as Record<string, unknown>;
  if (typeof source !== "string") return null;
  const roles = Array.isArray(allowedRoles)
    ? allowedRoles.map((id) => ROLES[String(id).toLowerCase()] ?? String(id))
    : [];
  return { source, allowedRoles: roles.length ? roles : null };
}
