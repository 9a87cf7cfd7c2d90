import { describeValue, secretKind } from "./describe_value.ts";

/**
 * Whose photo: the signed-in user's, a user's by object id or userPrincipalName, a group's by object id.
 *
 * @see https://learn.microsoft.com/graph/api/profilephoto-delete
 */
export type Target = "me" | { user: string } | { group: string };

/** An input row from which no target could be read. It yields a failed result with the code `InvalidTarget`. */
export interface InvalidTarget {
  /** What stands in place of a target, to recognize the row by: up to a delimiter, and 40 characters at most. */
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

/** The longest userPrincipalName that is sent, in characters. */
const MAX_ID_LENGTH = 1024;
/** How much is shown of what is refused, in characters. */
const MAX_SHOWN = 40;

/** One pair of quotes around a text: straight, or both curly. */
const QUOTED = /^(['"])[^]*\1$|^[\u2018-\u201b][^]*[\u2018-\u201b]$|^[\u201c-\u201f][^]*[\u201c-\u201f]$/;

/** What mail programs, spreadsheets and shells put around an id. Each is taken off once. */
const WRAPPINGS: readonly (readonly [pattern: RegExp, takeOff: (text: string) => string])[] = [
  [QUOTED, (text) => text.slice(1, -1)],
  [/^<[^]*>$/, (text) => text.slice(1, -1)],
  [/^(mailto|smtp):/i, (text) => text.slice(text.indexOf(":") + 1)],
];

/** White space, and characters that nobody sees: zero-width spaces, direction marks, soft hyphens. */
const isBlank = (char: string): boolean => /[\s\p{Cf}\p{DI}]/u.test(char);

/** A userPrincipalName of plain ASCII; knowing that it is one takes no Unicode tables, which cost 2 ms to load. */
const PLAIN_NAME = /^[!#$&'*+.0-9=A-Z[\]^_`a-z{}~-]+@[!#$&'*+.0-9=A-Z[\]^_`a-z{}~-]+$/;
const ANY_NAME = /^[^@]+@[^@]+$/;

/** Why a text is not an id, in the words that follow "it". Created on use: `\p{Cf}` takes time to parse. */
const problems =
  (): readonly (readonly [pattern: RegExp, problem: string | ((found: string) => string)])[] => [
    [/^$/, "must not be empty"],
    [/\p{Cs}/u, "must be well-formed Unicode"],
    [/[\p{Cc}\u2028\u2029]/u, "must not contain control characters"],
    [/[\p{Cf}\p{DI}]/u, (char) => `must not contain invisible characters, such as ${codePoint(char)}`],
    [/\s/, "must not contain white space"],
    [/[,;:|<>"()\\/?%]/, 'must not contain any of , ; : | < > " ( ) \\ / ? %'],
    [QUOTED, "must not be quoted twice"],
  ];

/** The forms of an id, by kind. */
const FORMS = {
  user: "Users are identified by their object id (a GUID) or userPrincipalName (name@domain)",
  group: "Groups are identified by their object id (a GUID)",
} as const;

/** Returns whether a text is the id of a user, as most are: with nothing around it, and nothing to look up. */
function isPlain(text: string): boolean {
  return (isGuid(text) || PLAIN_NAME.test(text)) && !QUOTED.test(text);
}

function codePoint(char: string): string {
  return `U+${char.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** Returns a text without white space and invisible characters around it. */
function trimBlank(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text[start]!)) start++;
  while (end > start && isBlank(text[end - 1]!)) end--;
  return text.slice(start, end);
}

/**
 * Returns an id without what stands around it: white space, invisible characters, one pair of quotes, `<…>`, `mailto:`
 * or `smtp:`.
 */
export function unwrapId(text: string): string {
  if (isPlain(text)) return text;
  let id = trimBlank(text);
  const left = new Set(WRAPPINGS);
  for (;;) {
    const wrapping = [...left].find(([pattern]) => pattern.test(id));
    if (!wrapping) return id;
    left.delete(wrapping);
    id = trimBlank(wrapping[1](id));
  }
}

/** Returns why a text from {@linkcode unwrapId} is not an id, in the words that follow "is not a user id". */
function problemOf(kind: "user" | "group", id: string): string | undefined {
  if (isGuid(id)) return undefined;
  if (kind === "group" && id !== "") return `. ${FORMS[kind]}`;
  if (id.length > MAX_ID_LENGTH) return ": it must not have more than 1,024 characters";
  if (isPlain(id)) return undefined;
  const [pattern, problem] = problems().find(([pattern]) => pattern.test(id)) ?? [];
  if (!pattern || !problem) return ANY_NAME.test(id) ? undefined : `. ${FORMS[kind]}`;
  return `: it ${typeof problem === "string" ? problem : problem(pattern.exec(id)![0])}`;
}

/** Returns whether a text is an id of a user or group, also with wrappings around it. */
export function isId(kind: "user" | "group", text: string): boolean {
  return problemOf(kind, unwrapId(text)) === undefined;
}

/**
 * Returns as much of a refused id as may be shown: what looks like a row of a table can hold a password, so only the
 * part before the first delimiter is, 40 characters at most. What looks like a secret is described instead.
 */
export function shownId(text: string): string {
  if (secretKind(text)) return describeValue(text, "id");
  return unwrapId(text.split(/[,;|\t]/, 1)[0]!.slice(0, 2 * MAX_SHOWN)).slice(0, MAX_SHOWN).toWellFormed();
}

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

/** Quotes a text that is refused, as much of it as may be shown. */
function quote(text: string): string {
  if (secretKind(text)) return describeValue(text, "id");
  const shown = shownId(text);
  return JSON.stringify(shown === text ? text : `${shown}…`);
}

function show(value: unknown): string {
  if (typeof value === "function" || (typeof value === "object" && value !== null)) {
    return `of type ${typeof value}`;
  }
  return typeof value === "string" ? quote(value) : String(value).slice(0, MAX_SHOWN);
}

/** Returns why Graph cannot delete photos of this kind (`contact`, `team`); `undefined` for any other word. */
export function unsupportedKind(kind: string): string | undefined {
  return Object.hasOwn(UNSUPPORTED, kind) ? UNSUPPORTED[kind] : undefined;
}

/**
 * Validates a target, also one from code without types, and returns it without what stands around its id.
 *
 * @throws {TypeError} If it has none of the three forms, or its id is not an id.
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
        entries.length
          ? `an object with ${
            entries.map(([name]) => describeValue(name, "name").replaceAll('"', "")).join(", ")
          }`
          : show(target)
      }`,
    );
  }
  if (typeof id !== "string") {
    throw new TypeError(
      `Cannot remove the photo of a ${kind} as its id must be a string: current value is ${show(id)}`,
    );
  }
  const unwrapped = unwrapId(id);
  const problem = problemOf(kind, unwrapped);
  if (problem !== undefined) throw new TypeError(`${quote(unwrapped)} is not a ${kind} id${problem}`);
  return kind === "user" ? { user: unwrapped } : { group: unwrapped };
}

/** Returns what besides the spelling can be wrong with a target that does not exist; `undefined` for nothing special. */
export function explainNotFound(target: Target): string | undefined {
  const { kind, id } = toKindAndId(target);
  if (id === null) return undefined;
  if (/[\u2018\u2019\u02bc]/.test(id)) {
    return "Its apostrophe is curly (’): a userPrincipalName has a straight one (').";
  }
  if (!isGuid(id)) return undefined;
  return kind === "user" ? "It may be the id of a group." : "It may be the id of a user.";
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
