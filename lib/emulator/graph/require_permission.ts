import { GraphHttpError, insufficientPrivileges } from "./graph_http_error.ts";

/** Who sends a request, according to the access token. */
export type Caller =
  | { readonly kind: "app"; readonly granted: readonly string[] }
  | { readonly kind: "user" | "personal"; readonly granted: readonly string[]; readonly userId: string };

/** What a request does. */
export type Operation = `${"user" | "group"}.${"read" | "photo.read" | "photo.write"}` | "photoSettings.read";

/** Which properties a caller can read: all, those of `User.ReadBasic.All`, or the object id. */
export type Readable = "all" | "basic" | "id";

interface Rule {
  /** Application or delegated permissions for any user or group. One of those that apply is enough. */
  readonly any: readonly string[];
  /** More delegated permissions for any user. */
  readonly delegated?: readonly string[];
  /** More delegated permissions for the signed-in user; a personal account has only these. */
  readonly own?: readonly string[];
  /** Whether it takes an administrator role, too, unless it concerns the signed-in user. */
  readonly adminForOthers?: true;
}

const PHOTO_WRITE = "ProfilePhoto.ReadWrite.All";
const PHOTO_READ = ["ProfilePhoto.Read.All", PHOTO_WRITE];
const USER_READ = ["User.Read.All", "User.ReadWrite.All"];
const GROUP_READ = ["Group.Read.All", "Group.ReadWrite.All"];
const MEMBERSHIP_READ = ["GroupMember.Read.All", "GroupMember.ReadWrite.All"];
const DIRECTORY_READ = ["Directory.Read.All", "Directory.ReadWrite.All"];
const BASIC_READ = ["User.ReadBasic.All"];
const OWN_READ = ["User.Read", "User.ReadWrite"];

/** The permission tables of the API reference, such as that of "Delete profilePhoto". */
const RULES: Readonly<Record<Operation, Rule>> = {
  "user.read": { any: [...USER_READ, ...DIRECTORY_READ], delegated: BASIC_READ, own: OWN_READ },
  "user.photo.read": { any: [...PHOTO_READ, ...USER_READ], delegated: BASIC_READ, own: OWN_READ },
  "user.photo.write": {
    any: [PHOTO_WRITE, "User.ReadWrite.All"],
    own: ["User.ReadWrite"],
    adminForOthers: true,
  },
  "group.read": { any: [...MEMBERSHIP_READ, ...GROUP_READ, ...DIRECTORY_READ] },
  "group.photo.read": { any: [...PHOTO_READ, ...GROUP_READ] },
  "group.photo.write": { any: [PHOTO_WRITE, "Group.ReadWrite.All"] },
  "photoSettings.read": {
    any: ["PeopleSettings.Read.All", "PeopleSettings.ReadWrite.All"],
    adminForOthers: true,
  },
};

function isAllowed(rule: Rule, { kind, granted }: Caller, isOwn: boolean, isAdmin: boolean): boolean {
  const { any, delegated = [], own = [] } = rule;
  const hasOneOf = (permissions: readonly string[]) => permissions.some((name) => granted.includes(name));
  if (kind === "app") return hasOneOf(any);
  if (kind === "personal") return isOwn && hasOneOf(own);
  if (isOwn) return hasOneOf([...own, ...any, ...delegated]);
  return hasOneOf([...any, ...delegated]) && (isAdmin || !rule.adminForOthers);
}

/**
 * Checks that the caller may perform the operation.
 *
 * @param isOwn Whether the operation concerns the signed-in user.
 * @param isAdmin Whether the signed-in user has an administrator role.
 * @throws {GraphHttpError} 403 if not.
 */
export function requirePermission(
  operation: Operation,
  caller: Caller,
  isOwn: boolean = false,
  isAdmin: boolean = false,
): void {
  if (isAllowed(RULES[operation], caller, isOwn, isAdmin)) return;
  if (operation.startsWith("user.photo.")) {
    throw new GraphHttpError(403, "Access is denied. Check credentials and try again.");
  }
  throw insufficientPrivileges();
}

/**
 * Returns which properties of users, and of groups that are members of a group, the caller can read.
 *
 * @param isOwn Whether the signed-in user is read.
 */
export function readableProperties(
  { kind, granted }: Caller,
  isOwn: boolean = false,
): Readonly<Record<"user" | "group", Readable>> {
  const hasOneOf = (...permissions: string[]) => permissions.some((name) => granted.includes(name));
  const isBasic = kind === "user" && hasOneOf(...BASIC_READ);
  const isAll = hasOneOf(...USER_READ, ...DIRECTORY_READ) || (isOwn && hasOneOf(...OWN_READ));
  return {
    user: isAll ? "all" : isBasic ? "basic" : "id",
    group: hasOneOf(...GROUP_READ, ...DIRECTORY_READ) ? "all" : "id",
  };
}

/** Whether the caller can read the members of groups with hidden membership. */
export function canReadHiddenMembers({ granted }: Caller): boolean {
  return granted.includes("Member.Read.Hidden");
}
