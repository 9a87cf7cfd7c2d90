import { GraphError, unknownSegment } from "./graph_error.ts";

/** Whose thing is asked for. */
export type Owner =
  | { readonly kind: "me" }
  | { readonly kind: "user"; readonly key: string }
  | { readonly kind: "group"; readonly key: string };

/** What a Graph path points at. */
export type GraphPath =
  | { readonly shape: "users" | "groups" | "batch" }
  | { readonly shape: "entity" | "photo" | "photoValue"; readonly owner: Owner };

const QUOTED_KEY = /^(users|groups)\('((?:[^']|'')*)'\)$/;
const OWNED_SHAPES = [
  { name: "entity", path: [] },
  { name: "photo", path: ["photo"] },
  { name: "photoValue", path: ["photo", "$value"] },
] as const;

const OWNER_KINDS = { users: "user", groups: "group" } as const;

function decodeSegment(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch {
    throw new GraphError(400, "BadRequest", `The request URI is not valid: '${raw}' is not percent-encoded.`);
  }
}

/** The key in a plain segment; OData expects only system query options to begin with `$`. */
function plainKey(key: string): string {
  if (key === "") throw unknownSegment(key);
  if (key.startsWith("$")) {
    throw new GraphError(
      400,
      "BadRequest",
      `The request URI is not valid: the segment '${key}' begins with '$'.`,
    );
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
  return { owner: { kind: OWNER_KINDS[first], key: plainKey(second ?? "") }, rest: segments.slice(2) };
}

/**
 * Reads a path relative to the version, such as `/users/adele%40contoso.com/photo/$value`. Each segment is decoded
 * once, after the path was split: `%2F` stays inside its segment.
 */
export function parseGraphPath(path: string): GraphPath {
  const segments = path.replace(/^\//, "").split("/").map(decodeSegment);
  if (segments.length === 1) {
    if (segments[0] === "users" || segments[0] === "groups") return { shape: segments[0] };
    if (segments[0] === "$batch") return { shape: "batch" };
  }
  const { owner, rest } = splitOwner(segments);
  const shape = OWNED_SHAPES.find(({ path }) =>
    path.length === rest.length && path.every((segment, at) => segment === rest[at])
  );
  if (!shape) throw unknownSegment(rest.find((segment) => segment !== "photo") ?? "photo");
  return { shape: shape.name, owner };
}
