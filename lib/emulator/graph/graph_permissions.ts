import { GraphError } from "./graph_error.ts";

/** Who calls, as the access token says. */
export type Caller =
  | { readonly kind: "app"; readonly granted: readonly string[] }
  | { readonly kind: "user" | "personal"; readonly granted: readonly string[]; readonly userId: string };

/** What is about to happen. */
export type Operation =
  | "user.read"
  | "user.photo.read"
  | "user.photo.write"
  | "group.read"
  | GroupPhotoOperation;
type GroupPhotoOperation = "group.photo.read" | "group.photo.write";

interface Rule {
  /** Application permissions. */
  readonly app: readonly string[];
  /** Delegated permissions for anyone's. */
  readonly user: readonly string[];
  /** Delegated permissions that are enough for one's own, beside those for anyone's. */
  readonly own: readonly string[];
  /** Delegated permissions of a personal account, for one's own. */
  readonly personal: readonly string[];
  /** Whether a delegated caller needs an administrator role for somebody else's. */
  readonly adminForOthers?: true;
  readonly refusal: "ErrorAccessDenied" | "Authorization_RequestDenied";
}

const PHOTO_WRITE = "ProfilePhoto.ReadWrite.All";
const PHOTO_READ = ["ProfilePhoto.Read.All", PHOTO_WRITE];
const USER_READ = ["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const GROUP_READ = ["Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const OWN_READ = ["User.Read", "User.ReadWrite"];

/** The tables of the API pages; for writing photos see "Delete profilePhoto". */
const RULES: Readonly<Record<Operation, Rule>> = {
  "user.read": {
    app: USER_READ,
    user: [...USER_READ, "User.ReadBasic.All"],
    own: OWN_READ,
    personal: OWN_READ,
    refusal: "Authorization_RequestDenied",
  },
  "user.photo.read": {
    app: [...PHOTO_READ, "User.Read.All", "User.ReadWrite.All"],
    user: [...PHOTO_READ, "User.Read.All", "User.ReadWrite.All", "User.ReadBasic.All"],
    own: OWN_READ,
    personal: OWN_READ,
    refusal: "ErrorAccessDenied",
  },
  "user.photo.write": {
    app: [PHOTO_WRITE, "User.ReadWrite.All"],
    user: [PHOTO_WRITE, "User.ReadWrite.All"],
    own: ["User.ReadWrite"],
    personal: ["User.ReadWrite"],
    adminForOthers: true,
    refusal: "ErrorAccessDenied",
  },
  "group.read": {
    app: GROUP_READ,
    user: GROUP_READ,
    own: [],
    personal: [],
    refusal: "Authorization_RequestDenied",
  },
  "group.photo.read": {
    app: [...PHOTO_READ, "Group.Read.All", "Group.ReadWrite.All"],
    user: [...PHOTO_READ, "Group.Read.All", "Group.ReadWrite.All"],
    own: [],
    personal: [],
    refusal: "Authorization_RequestDenied",
  },
  "group.photo.write": {
    app: [PHOTO_WRITE, "Group.ReadWrite.All"],
    user: [PHOTO_WRITE, "Group.ReadWrite.All"],
    own: [],
    personal: [],
    refusal: "Authorization_RequestDenied",
  },
};

const REFUSALS = {
  ErrorAccessDenied: "Access is denied. Check credentials and try again.",
  Authorization_RequestDenied: "Insufficient privileges to complete the operation.",
};

function isAllowed(rule: Rule, caller: Caller, own: boolean, admin: boolean): boolean {
  const holds = (wanted: readonly string[]) =>
    wanted.some((permission) => caller.granted.includes(permission));
  if (caller.kind === "app") return holds(rule.app);
  if (caller.kind === "personal") return own && holds(rule.personal);
  if (own) return holds([...rule.own, ...rule.user]);
  return holds(rule.user) && (admin || !rule.adminForOthers);
}

/** Throws 403 where the caller may not do this; `own` says whether it concerns the caller. */
export function requirePermission(operation: Operation, caller: Caller, own: boolean, admin: boolean): void {
  const rule = RULES[operation];
  if (!isAllowed(rule, caller, own, admin)) throw new GraphError(403, rule.refusal, REFUSALS[rule.refusal]);
}
