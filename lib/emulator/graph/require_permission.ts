import { GraphHttpError } from "./graph_http_error.ts";

/** Who sends a request, according to the access token. */
export type Caller =
  | { readonly kind: "app"; readonly granted: readonly string[] }
  | { readonly kind: "user" | "personal"; readonly granted: readonly string[]; readonly userId: string };

/** What a request does. */
export type Operation =
  | "user.read"
  | "user.photo.read"
  | "user.photo.write"
  | "group.read"
  | "group.photo.read"
  | "group.photo.write";

interface Rule {
  /** Application permissions, one of which is enough; so for the other lists. */
  readonly app: readonly string[];
  /** Delegated permissions for any user or group. */
  readonly user: readonly string[];
  /** Delegated permissions that suffice for the signed-in user, besides those for any user. */
  readonly own: readonly string[];
  /** Delegated permissions that suffice for the signed-in user of a personal account. */
  readonly personal: readonly string[];
  /** Whether changing another user also takes an administrator role. */
  readonly adminForOthers?: true;
  /** Error code of a refusal. */
  readonly code: "ErrorAccessDenied" | "Authorization_RequestDenied";
}

const PHOTO_WRITE = "ProfilePhoto.ReadWrite.All";
const PHOTO_READ = ["ProfilePhoto.Read.All", PHOTO_WRITE];
const USER_READ = ["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const GROUP_READ = ["Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const OWN_READ = ["User.Read", "User.ReadWrite"];

/** The permission tables of the API reference, such as that of "Delete profilePhoto". */
const RULES: Readonly<Record<Operation, Rule>> = {
  "user.read": {
    app: USER_READ,
    user: [...USER_READ, "User.ReadBasic.All"],
    own: OWN_READ,
    personal: OWN_READ,
    code: "Authorization_RequestDenied",
  },
  "user.photo.read": {
    app: [...PHOTO_READ, "User.Read.All", "User.ReadWrite.All"],
    user: [...PHOTO_READ, "User.Read.All", "User.ReadWrite.All", "User.ReadBasic.All"],
    own: OWN_READ,
    personal: OWN_READ,
    code: "ErrorAccessDenied",
  },
  "user.photo.write": {
    app: [PHOTO_WRITE, "User.ReadWrite.All"],
    user: [PHOTO_WRITE, "User.ReadWrite.All"],
    own: ["User.ReadWrite"],
    personal: ["User.ReadWrite"],
    adminForOthers: true,
    code: "ErrorAccessDenied",
  },
  "group.read": {
    app: GROUP_READ,
    user: GROUP_READ,
    own: [],
    personal: [],
    code: "Authorization_RequestDenied",
  },
  "group.photo.read": {
    app: [...PHOTO_READ, "Group.Read.All", "Group.ReadWrite.All"],
    user: [...PHOTO_READ, "Group.Read.All", "Group.ReadWrite.All"],
    own: [],
    personal: [],
    code: "Authorization_RequestDenied",
  },
  "group.photo.write": {
    app: [PHOTO_WRITE, "Group.ReadWrite.All"],
    user: [PHOTO_WRITE, "Group.ReadWrite.All"],
    own: [],
    personal: [],
    code: "Authorization_RequestDenied",
  },
};

const MESSAGES = {
  ErrorAccessDenied: "Access is denied. Check credentials and try again.",
  Authorization_RequestDenied: "Insufficient privileges to complete the operation.",
};

function isAllowed(rule: Rule, caller: Caller, own: boolean, admin: boolean): boolean {
  const hasOneOf = (permissions: readonly string[]) =>
    permissions.some((permission) => caller.granted.includes(permission));
  if (caller.kind === "app") return hasOneOf(rule.app);
  if (caller.kind === "personal") return own && hasOneOf(rule.personal);
  if (own) return hasOneOf([...rule.own, ...rule.user]);
  return hasOneOf(rule.user) && (admin || !rule.adminForOthers);
}

/**
 * Checks that the caller may perform the operation.
 *
 * @param own Whether the operation concerns the signed-in user.
 * @param admin Whether the signed-in user has an administrator role.
 * @throws {GraphHttpError} 403 if not.
 */
export function requirePermission(operation: Operation, caller: Caller, own: boolean, admin: boolean): void {
  const rule = RULES[operation];
  if (!isAllowed(rule, caller, own, admin)) throw new GraphHttpError(403, rule.code, MESSAGES[rule.code]);
}
