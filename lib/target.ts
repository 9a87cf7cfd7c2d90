/**
 * Whose photo: the signed-in user's, a user's by object id or userPrincipalName, a group's by object id.
 *
 * @see https://learn.microsoft.com/graph/api/profilephoto-delete
 */
export type Target = "me" | { user: string } | { group: string };

/** A row of input that names no target; it comes out as a failure, in its place. */
export interface InvalidTarget {
  /** As much of a target as it shows. */
  target: Target;
  /** What is wrong with it. */
  problem: string;
}

/** The three kinds of target. */
export type TargetKind = "me" | "user" | "group";

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Photos that exist in Microsoft 365 but that Graph's delete does not cover, with the page's reason. */
const UNSUPPORTED: Record<string, string> = {
  contact: "Microsoft Graph can delete user and group photos, not Outlook contact photos",
  team: "Microsoft Graph can delete user and group photos, not Teams photos; " +
    "a team shows the photo of its group, which can be removed",
};

/** Why no object id or userPrincipalName looks like this; what is not listed travels percent-encoded. */
const NEVER_IN_AN_ID: readonly [RegExp, string][] = [
  [/^$/, "must not be empty"],
  // deno-lint-ignore no-control-regex
  [/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/, "must not contain control characters"],
  [/\s/, "must not contain white space"],
  [/[/\\?%]/, "must not contain any of / \\ ? %"],
  [/^\.{1,2}$/, "must not be a relative path"],
  [/[\ud800-\udfff]/u, "must be well-formed Unicode"],
];

/** The kind of a target. */
export function targetKind(target: Target): TargetKind {
  return target === "me" ? "me" : "user" in target ? "user" : "group";
}

/** The id of a target, `null` for me. */
export function targetId(target: Target): string | null {
  return target === "me" ? null : "user" in target ? target.user : target.group;
}

/** Whether a text is a GUID, the form of every object id. */
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

/** Why a reason for refusing an unsupported kind of photo exists, or `undefined`. */
export function unsupportedKind(kind: string): string | undefined {
  return Object.hasOwn(UNSUPPORTED, kind) ? UNSUPPORTED[kind] : undefined;
}

/**
 * Checks a target, whatever a caller without types passed.
 *
 * @throws {TypeError} If it is not one of the three forms, or its id cannot be one.
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
      `Cannot remove the photo of a group as its id must be a GUID, a group has no other name in this request: ` +
        `current value is ${show(id)}`,
    );
  }
  return kind === "user" ? { user: id } : { group: id };
}

/** Percent-encodes one path segment; `@` and `$` may stand in one (RFC 3986, section 3.3). */
function encodeSegment(text: string): string {
  return encodeURIComponent(text).replaceAll("%40", "@").replaceAll("%24", "$");
}

/**
 * The path of a target's photo below the API version.
 *
 * A userPrincipalName that begins with `$` only works as a quoted OData key, in which an apostrophe is doubled.
 *
 * @see https://learn.microsoft.com/graph/api/user-get
 */
export function photoPath(target: Target): string {
  if (target === "me") return "/me/photo";
  if ("group" in target) return `/groups/${encodeSegment(target.group)}/photo`;
  return target.user.startsWith("$")
    ? `/users('${encodeSegment(target.user.replaceAll("'", "''"))}')/photo`
    : `/users/${encodeSegment(target.user)}/photo`;
}
