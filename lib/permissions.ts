import { explainUnusableToken, GRAPH_APP_ID, type TokenClaims } from "./auth/token_claims.ts";
import { describeValue } from "./describe_value.ts";
import type { TargetKind } from "./target.ts";

/** The permissions for one kind of target: each suffices, and the first of a list is the least privileged. */
interface PermissionRow {
  /** Delegated, work or school account. */
  delegated: readonly string[];
  /** Delegated, personal Microsoft account; empty if not supported. */
  personal: readonly string[];
  /** Application; empty if not supported. */
  application: readonly string[];
}

/**
 * The permission tables of the API page. As its note says, `User.ReadWrite` does not suffice for other
 * users, and `/me` requires a signed-in user.
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

const READ_USERS = ["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const READ_GROUPS = [
  "GroupMember.Read.All",
  "Group.Read.All",
  "Group.ReadWrite.All",
  "Directory.Read.All",
  "Directory.ReadWrite.All",
];

const READ_SETTINGS = ["PeopleSettings.Read.All", "PeopleSettings.ReadWrite.All"];

/**
 * The permissions to choose targets in the directory: users with their names alone, users with any property, groups
 * and members of groups; and to read the settings for photo updates.
 *
 * @see https://learn.microsoft.com/graph/api/user-list#permissions
 * @see https://learn.microsoft.com/graph/api/group-list-transitivemembers#permissions
 * @see https://learn.microsoft.com/graph/api/peopleadminsettings-list-photoupdatesettings#permissions
 */
const READ_PERMISSIONS = {
  listUserNames: {
    delegated: ["User.ReadBasic.All", ...READ_USERS],
    personal: [],
    application: READ_USERS,
  },
  listUsers: { delegated: READ_USERS, personal: [], application: READ_USERS },
  listGroups: { delegated: READ_GROUPS, personal: [], application: READ_GROUPS },
  readPhotoUpdateSettings: { delegated: READ_SETTINGS, personal: [], application: READ_SETTINGS },
} satisfies Record<string, PermissionRow>;

/** What takes a permission: to change the photo of a kind of target, or to read something else. */
export type Operation = TargetKind | keyof typeof READ_PERMISSIONS;

/** Whether a token should be able to do something. */
export interface AccessCheck {
  /** `null` if the token does not tell. */
  allowed: boolean | null;
  /** Why, and which permission is missing. */
  reason: string;
}

/** What a signed-in user needs besides the app's permission. */
const ROLE: Readonly<Partial<Record<Operation, string>>> = {
  user: " The signed-in user must be a Global, User or People Administrator.",
};

const list = (names: readonly string[], last: string) =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} ${last} ${names.at(-1)}`;

/** Names the least privileged permission, and two that also suffice, or what a signed-in user needs besides. */
function grantOneOf([least, ...others]: readonly string[], type: string, role: string): string {
  const also = others.length && !role ? ` (or ${list(others.slice(0, 2), "or")})` : "";
  return `grant ${type}${least}${also}.${role}`;
}

/** How many characters the permissions of a token take in a message, if they are several. */
const MOST_HELD = 30;

/** Names the first permissions of a token, and counts the others. */
function describeHeld(permissions: readonly string[], flow: string): string {
  if (permissions.length === 0) return `no ${flow} permissions`;
  let shown = permissions.length;
  while (shown > 1 && permissions.slice(0, shown).join(", ").length > MOST_HELD) shown--;
  const left = permissions.length - shown;
  return list([...permissions.slice(0, shown), ...left ? [`${left} more`] : []], "and");
}

/**
 * Returns whether a token should be able to remove the photo of a kind of target, or to read something else,
 * according to its claims. Only Graph decides; this explains its likely answer.
 *
 * @param claims The token's claims, or `null` if it cannot be decoded.
 */
export function explainAccess(operation: Operation, claims: TokenClaims | null): AccessCheck {
  const row: PermissionRow = { ...PERMISSIONS, ...READ_PERMISSIONS }[operation];
  const roleHint = ROLE[operation] ?? "";
  if (claims === null || claims.kind === "unknown") {
    return {
      allowed: null,
      reason: `The token does not tell what it may do. If access is denied, ${
        grantOneOf(row.delegated, row.application.length ? "" : "the delegated permission ", roleHint)
      }`,
    };
  }
  const { kind: flow, personal, permissions } = claims;
  if (flow === "application" && operation === "me") {
    return {
      allowed: false,
      reason: "The token belongs to an app, and /me needs a signed-in user. " +
        "Name the user instead of me, or use a delegated token.",
    };
  }
  const accepted = personal ? row.personal : row[flow];
  if (accepted.length === 0) {
    return { allowed: false, reason: "Graph does not support this with a personal Microsoft account." };
  }
  const sufficient = accepted.find((name) => permissions.includes(name));
  const role = flow === "delegated" ? roleHint : "";
  if (sufficient) return { allowed: true, reason: `The ${flow} permission ${sufficient} allows it.${role}` };
  const grant = grantOneOf(accepted, `the ${flow} permission `, role);
  return { allowed: false, reason: `The token has ${describeHeld(permissions, flow)}; ${grant}` };
}

/** In Graph's message where continuous access evaluation ended a session because of a policy. */
const POLICY = /\b(Location|Device|\w+)ConditionEvaluation(Satisfied|Failed)?\b/i;

/**
 * Returns what to do after Graph rejected a token with 401, which it does before it checks permissions.
 *
 * @param graph Root URL of the Graph in use.
 * @param now Milliseconds since 1970.
 * @param message Graph's message.
 */
export function explainRefusedToken(
  claims: TokenClaims | null,
  graph: string,
  now: number,
  message = "",
): string {
  if (POLICY.test(message)) {
    return "A Conditional Access policy refuses this place or device. Run this where the policy allows it; an " +
      "administrator can find the policy in the sign-in logs.";
  }
  const problem = claims && explainUnusableToken(claims, graph, now);
  if (problem) return `${problem.reason.replace(/^it/, "The token")}. ${problem.hint}`;
  const audience = claims?.audience?.replace(/\/$/, "") ?? null;
  if (audience !== null && audience !== graph && audience !== GRAPH_APP_ID) {
    const shown = describeValue(audience, "url").replace(/^"|"$/g, "");
    return `The token is for ${shown}, not for ${graph}. Choose its cloud, or get a token for this one.`;
  }
  return "The token may be expired, revoked, incomplete or for another cloud. " +
    `Get a new one for ${graph}.`;
}

const DELEGATED_FOR_GROUPS = "Use a delegated token for groups: sign in as a user who may change the group.";

/**
 * Returns what to do after Graph denied access with 403, including causes besides a missing permission.
 *
 * @param graphCode Graph's error code.
 */
export function explainRefusal(
  operation: Operation,
  claims: TokenClaims | null,
  graphCode: string | null,
): string {
  if (graphCode === "AppOnlyTokenNotSupportedForGroupUpdate") return DELEGATED_FOR_GROUPS;
  const { allowed, reason } = explainAccess(operation, claims);
  if (allowed === false || operation in READ_PERMISSIONS) return reason;
  if (operation === "group" && claims?.kind === "application") return `${reason} ${DELEGATED_FOR_GROUPS}`;
  return `${
    reason.replace("If access is denied, grant", "Grant")
  } Also check admin consent and photoUpdateSettings.`;
}
