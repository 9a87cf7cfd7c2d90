/**
 * Whose photo: the signed-in user's, a user's by object id or userPrincipalName, a group's by object id.
 *
 * @see https://learn.microsoft.com/graph/api/profilephoto-delete
 */
export type Target = "me" | { user: string } | { group: string };

/** An input row from which no target could be read. It yields a failed result with the code `InvalidTarget`. */
export interface InvalidTarget {
  /** As much of a target as could be read, to recognize the row by. */
  target: Target;
  /** Why it is not a target. */
  problem: string;
}

/** The kinds of target. */
export type TargetKind = "me" | "user" | "group";

/** The kinds of target as a list; the record makes a new kind that is missing here a type error. */
export const TARGET_KINDS = Object.keys(
  { me: true, user: true, group: true } satisfies Record<TargetKind, true>,
) as TargetKind[];

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Photos that exist in Microsoft 365 but that Graph cannot delete, with the reason that Graph's page gives. */
const UNSUPPORTED: Record<string, string> = {
  contact: "Microsoft Graph can delete user and group photos, not Outlook contact photos",
  team: "Microsoft Graph can delete user and group photos, not Teams photos; " +
    "a team shows the photo of its group, which can be removed",
};

/** What no object id or userPrincipalName contains. All other characters are sent percent-encoded. */
const NEVER_IN_AN_ID: readonly [RegExp, string][] = [
  [/^$/, "must not be empty"],
  // deno-lint-ignore no-control-regex
  [/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/, "must not contain control characters"],
  [/\s/, "must not contain white space"],
  [/[/\\?%]/, "must not contain any of / \\ ? %"],
  [/^\.{1,2}$/, "must not be a relative path"],
  [/[\ud800-\udfff]/u, "must be well-formed Unicode"],
];

/** Returns the kind of a target, and its id (`null` for `me`). */
export function toKindAndId(target: Target): { kind: TargetKind; id: string | null } {
  if (target === "me") return { kind: "me", id: null };
  if ("user" in target) return { kind: "user", id: target.user };
  if ("group" in target) return { kind: "group", id: target.group };
  return target satisfies never;
}

/** Returns a key that two targets share exactly if they are the same: ids have no case. */
export function targetKey(target: Target): string {
  const { kind, id } = toKindAndId(target);
  return `${kind}:${id ?? ""}`.toLowerCase();
}

/** Describes a target in a sentence: "the signed-in user", "user adele@contoso.com". */
export function describeTarget(target: Target): string {
  const { kind, id } = toKindAndId(target);
  return id === null ? "the signed-in user" : `${kind} ${id}`;
}

/** Returns whether a text is a GUID, the form of every object id. */
export function isGuid(text: string): boolean {
  return GUID.test(text);
}

function show(value: unknown): string {
  if (typeof value === "function" || (typeof value === "object" && value !== null)) {
    return `of type ${typeof value}`;
  }
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

/** Returns why Graph cannot delete photos of this kind (`contact`, `team`); `undefined` for any other word. */
export function unsupportedKind(kind: string): string | undefined {
  return Object.hasOwn(UNSUPPORTED, kind) ? UNSUPPORTED[kind] : undefined;
}

/**
 * Validates a target, also one from code without types.
 *
 * @throws {TypeError} If it has none of the three forms, or its id cannot be an id.
 */
export function parseTarget(target: unknown): Target {
  if (target === "me") return target;
  const entries = typeof target === "object" && target !== null ? Object.entries(target) : [];
  const [kind, id] = entries[0] ?? [];
  if (kind !== undefined && unsupportedKind(kind) !== undefined) {
    throw new TypeError(`Cannot remove the photo of a ${kind}: ${unsupportedKind(kind)}`);
  }
  if (entries.length !== 1 || (kind !== "user" && kind !== "group")) {
    throw new TypeError(
      `Cannot remove a photo as the target must be "me", { user: id } or { group: id }: current value is ${
        entries.length ? `an object with ${entries.map(([name]) => name).join(", ")}` : show(target)
      }`,
    );
  }
  if (typeof id !== "string") {
    throw new TypeError(
      `Cannot remove the photo of a ${kind} as its id must be a string: current value is ${show(id)}`,
    );
  }
  const wrong = NEVER_IN_AN_ID.find(([pattern]) => pattern.test(id));
  if (wrong) {
    throw new TypeError(
      `Cannot remove the photo of a ${kind} as its id ${wrong[1]}: current value is ${show(id)}`,
    );
  }
  if (kind === "group" && !isGuid(id)) {
    throw new TypeError(
      `${show(id)} is not a group id. Groups are identified by their object id (a GUID)`,
    );
  }
  return kind === "user" ? { user: id } : { group: id };
}

/** Percent-encodes a path segment, in which `@` and `$` are allowed (RFC 3986, section 3.3). */
function encodeSegment(text: string): string {
  return encodeURIComponent(text).replaceAll("%40", "@").replaceAll("%24", "$");
}

/**
 * Returns the path of a target below the API version.
 *
 * A userPrincipalName that begins with `$` works only as a quoted OData key, where an apostrophe is doubled.
 *
 * @see https://learn.microsoft.com/graph/api/user-get
 */
export function targetPath(target: Target): string {
  if (target === "me") return "/me";
  if ("group" in target) return `/groups/${encodeSegment(target.group)}`;
  return target.user.startsWith("$")
    ? `/users('${encodeSegment(target.user.replaceAll("'", "''"))}')`
    : `/users/${encodeSegment(target.user)}`;
}

/** Returns the path of a target's photo below the API version. */
export const photoPath = (target: Target): string => `${targetPath(target)}/photo`;
