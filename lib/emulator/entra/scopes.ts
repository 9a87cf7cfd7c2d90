import { graphAudiences } from "./access_tokens.ts";
import { EntraError } from "./entra_error.ts";
import type { Grant } from "./user_sign_ins.ts";

/** Scopes of the protocol itself. */
export const PROTOCOL_SCOPES: readonly string[] = ["openid", "profile", "offline_access"];

/** Delegated permissions that every user can consent to. */
const OWN_PERMISSIONS = ["User.Read", "User.ReadWrite"];

/** The lesser permissions that an administrator consents to together with a greater one. */
const LESSER: Readonly<Record<string, string>> = {
  "ProfilePhoto.ReadWrite.All": "ProfilePhoto.Read.All",
  "User.Read.All": "User.ReadBasic.All",
  "Group.Read.All": "GroupMember.Read.All",
};

/**
 * Splits the scopes that a user is asked for.
 *
 * @param url Root URL of Graph.
 * @param permissions Those of the app; what goes beyond is refused, except what each user can consent to.
 * @throws {EntraError} If one is of another resource, or the app does not have it.
 */
export function parseScopes(
  scope: string,
  { url, permissions, clientId }: { url: string; permissions: readonly string[]; clientId: string },
): Pick<Grant, "scopes" | "protocolScopes"> {
  const all = scope.split(" ").filter(Boolean);
  const protocolScopes = all.filter((name) => PROTOCOL_SCOPES.includes(name));
  const granted = [...new Set([...permissions, ...OWN_PERMISSIONS])];
  const scopes = all.filter((name) => !PROTOCOL_SCOPES.includes(name)).flatMap((name) => {
    const [, resource, permission = ""] = /^(?:(.+)\/)?([^/]+)$/.exec(name) ?? [];
    if (resource !== undefined && !graphAudiences(url).includes(resource)) {
      throw new EntraError(500011, resource);
    }
    if (permission === ".default") return granted;
    if (!/^[\w.]+$/.test(permission)) throw new EntraError(70011, name);
    const isGranted = granted.some((name) => name === permission || LESSER[name] === permission);
    if (!isGranted) throw new EntraError(65001, clientId);
    return [permission];
  });
  if (scopes.length === 0 && protocolScopes.length === 0) throw new EntraError(70011, scope);
  return { scopes: [...new Set(scopes)], protocolScopes };
}
