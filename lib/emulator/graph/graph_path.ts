import { badRequest, unknownSegment } from "./graph_http_error.ts";

/** The user or group that a path names; `key` is an object id or `userPrincipalName`. */
export type Owner =
  | { readonly kind: "me" }
  | { readonly kind: "user"; readonly key: string }
  | { readonly kind: "group"; readonly key: string };

/** What a Graph path identifies: a collection, `$batch`, an entity or its photo. */
export type GraphPath =
  | { readonly kind: "users" | "groups" | "batch" }
  | { readonly kind: "entity" | "photo" | "photoValue"; readonly owner: Owner };

const QUOTED_KEY = /^(users|groups)\('((?:[^']|'')*)'\)$/;
const OWNER_KINDS = { users: "user", groups: "group" } as const;

/** What may follow an owner. */
const OWNED_PATHS = [
  { kind: "entity", segments: [] },
  { kind: "photo", segments: ["photo"] },
  { kind: "photoValue", segments: ["photo", "$value"] },
] as const;

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest(`The request URI is not valid: '${segment}' is not percent-encoded.`);
  }
}

/** Checks the key in `/users/{key}`: OData reserves a leading `$` for system query options. */
function checkKey(key: string): string {
  if (key === "") throw unknownSegment(key);
  if (key.startsWith("$")) {
    throw badRequest(`The request URI is not valid: the segment '${key}' begins with '$'.`);
  }
  return key;
}

function splitOwner(segments: readonly string[]): { owner: Owner; rest: readonly string[] } {
  const [first = "", second] = segments;
  if (first === "me") return { owner: { kind: "me" }, rest: segments.slice(1) };
  const quoted = QUOTED_KEY.exec(first);
  if (quoted) {
    const kind = OWNER_KINDS[quoted[1] as keyof typeof OWNER_KINDS];
    return { owner: { kind, key: quoted[2]!.replaceAll("''", "'") }, rest: segments.slice(1) };
  }
  if (first !== "users" && first !== "groups") throw unknownSegment(first);
  return { owner: { kind: OWNER_KINDS[first], key: checkKey(second ?? "") }, rest: segments.slice(2) };
}

/**
 * Parses a path without its API version, such as `/users/adele%40contoso.com/photo/$value`. Splits the path
 * before decoding each segment once, so `%2F` stays part of its segment.
 *
 * @throws {GraphHttpError} 400 if Graph does not know the path.
 */
export function parseGraphPath(path: string): GraphPath {
  const segments = path.replace(/^\//, "").split("/").map(decodeSegment);
  if (segments.length === 1) {
    if (segments[0] === "users" || segments[0] === "groups") return { kind: segments[0] };
    if (segments[0] === "$batch") return { kind: "batch" };
  }
  const { owner, rest } = splitOwner(segments);
  const found = OWNED_PATHS.find(({ segments }) =>
    segments.length === rest.length && segments.every((segment, index) => segment === rest[index])
  );
  if (!found) throw unknownSegment(rest.find((segment) => segment !== "photo") ?? "photo");
  return { kind: found.kind, owner };
}
