import type { TokenClaims } from "./auth/token_claims.ts";
import type { TargetKind } from "./target.ts";

/** The permissions that suffice for one kind of target; the first of each list is the least. */
export interface PermissionRow {
  /** Delegated, work or school account. */
  delegated: readonly string[];
  /** Delegated, personal Microsoft account; empty where it is not supported. */
  personal: readonly string[];
  /** Application; empty where there is no such request. */
  application: readonly string[];
}

/**
 * The permission tables of the API page. For any user, its note leaves out `User.ReadWrite`; `/me` is only valid
 * with delegated authentication.
 *
 * @see https://learn.microsoft.com/graph/api/profilephoto-delete#permissions
 */
export const PERMISSIONS: Readonly<Record<TargetKind, PermissionRow>> = {
  me: {
    delegated: ["ProfilePhoto.ReadWrite.All", "User.ReadWrite", "User.ReadWrite.All"],
    personal: ["User.ReadWrite"],
    application: [],
  },
  user: {
    delegated: ["ProfilePhoto.ReadWrite.All", "User.ReadWrite.All"],
    personal: [],
    application: ["ProfilePhoto.ReadWrite.All", "User.ReadWrite.All"],
  },
  group: {
    delegated: ["ProfilePhoto.ReadWrite.All", "Group.ReadWrite.All"],
    personal: [],
    application: ["ProfilePhoto.ReadWrite.All", "Group.ReadWrite.All"],
  },
};

/** Whether a token should be able to remove the photo of one kind of target. */
export interface Access {
  /** `null` where the token does not tell. */
  allowed: boolean | null;
  /** Why, and what is missing. */
  reason: string;
}

/** What else a user who is signed in needs, beside the app's permission. */
const ROLE: Readonly<Record<TargetKind, string>> = {
  me: "",
  user: " For another user's photo the signed-in user must be a Global, User or People Administrator.",
  group: "",
};

const list = (names: readonly string[], last: string) =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} ${last} ${names.at(-1)}`;

/** The permissions that would do: the least first, and how each is granted. */
function wanted(names: readonly string[], what: string): string {
  const [least, ...higher] = names;
  return `the least that does is the ${what} permission ${least}${
    higher.length ? ` (${list(higher, "or")} does too)` : ""
  }`;
}

/**
 * Whether a token should be able to remove the photo of a kind of target, by what the token says of itself: a hint,
 * never a verdict, as Graph decides.
 *
 * @param claims What the token says, or `null` where it cannot be decoded.
 */
export function explainAccess(kind: TargetKind, claims: TokenClaims | null): Access {
  const row = PERMISSIONS[kind];
  if (claims === null || claims.kind === "unknown") {
    return {
      allowed: null,
      reason: `The token does not tell what it may do; ${wanted(row.delegated, "delegated")}` +
        `${row.application.length ? ", or the application permission of that name" : ""}.${ROLE[kind]}`,
    };
  }
  const { kind: flow, personal, permissions } = claims;
  if (flow === "application" && kind === "me") {
    return {
      allowed: false,
      reason:
        "The token is an app's own (application permissions), and /me is only valid for a user who is signed in. " +
        'Name the user instead ("user adele@contoso.com"), or use a delegated token.',
    };
  }
  const accepted = personal ? row.personal : row[flow];
  if (accepted.length === 0) {
    return { allowed: false, reason: `Graph does not support this with a personal Microsoft account.` };
  }
  const holds = `The token holds the ${flow} permissions ${list(permissions, "and") || "(none)"}`;
  const sufficient = accepted.find((name) => permissions.includes(name));
  const role = flow === "delegated" ? ROLE[kind] : "";
  return sufficient
    ? { allowed: true, reason: `The ${flow} permission ${sufficient} allows it.${role}` }
    : { allowed: false, reason: `${holds}; ${wanted(accepted, flow)}.${role}` };
}

/** The resource that stands for Microsoft Graph in each cloud. */
const GRAPH_APP = "00000003-0000-0000-c000-000000000000";

/**
 * What to do after Graph refused a token with 401: it does not look at permissions then.
 *
 * @param graph Root of the Graph in use.
 * @param now Milliseconds since 1970.
 */
export function explainRefusedToken(claims: TokenClaims | null, graph: string, now: number): string {
  const expires = claims?.expiresOnTimestamp ?? Infinity;
  if (expires > 0 && expires <= now) {
    return `The token expired at ${new Date(expires).toISOString()}: get a fresh one.`;
  }
  const audience = claims?.audience?.replace(/\/$/, "") ?? null;
  if (audience !== null && audience !== graph && audience !== GRAPH_APP) {
    return `The token is for ${audience}, not for ${graph}: choose the cloud that it is for, or get one for this one.`;
  }
  return "The token may have expired or been revoked, be for another cloud, or not be whole: get a fresh one for " +
    `${graph}.`;
}

/** What to do after Graph refused with 403, where the cause can lie beside the permission. */
export function explainRefusal(kind: TargetKind, claims: TokenClaims | null): string {
  const { allowed, reason } = explainAccess(kind, claims);
  const others = allowed === false
    ? ""
    : " Other causes: the permission was granted but not consented to by an administrator, or the tenant's photo update " +
      "settings do not allow it (photoUpdateSettings).";
  return reason + others;
}
