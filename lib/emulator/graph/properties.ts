import type { Group, User } from "../directory/directory.ts";
import { GraphHttpError } from "./graph_http_error.ts";
import type { Readable } from "./require_permission.ts";

/** The types of directory objects. */
export type Kind = "user" | "group";

/** Operators of `$filter`, without `not`, which always requires an advanced query; `null` is `eq null`. */
export type Operator =
  | "eq"
  | "ne"
  | "gt"
  | "ge"
  | "lt"
  | "le"
  | "in"
  | "startsWith"
  | "endsWith"
  | "null";

/** A property of users or groups. */
export interface Property {
  readonly type: "string" | "boolean" | "dateTime";
  /** The value of users and groups without one. */
  readonly value: string | boolean | null;
  /** Whether `User.ReadBasic.All` is enough to read it. */
  readonly basic: boolean;
  /** The operators that Graph supports, and whether they require an advanced query. */
  readonly operators: ReadonlyMap<Operator, "default" | "advanced">;
}

const words = (text: string) => text.split(" ").filter(Boolean) as Operator[];

function property(
  type: Property["type"],
  byDefault: string,
  advanced: string,
  { value = null, basic = false }: Partial<Property> = {},
): Property {
  const operators = new Map([
    ...words(byDefault).map((name) => [name, "default"] as const),
    ...words(advanced).map((name) => [name, "advanced"] as const),
  ]);
  return { type, value, basic, operators };
}

const BASIC = { basic: true };

/** The table "Support for filter by properties" of "Advanced query capabilities on Microsoft Entra ID objects". */
export const PROPERTIES: Readonly<Record<Kind, Readonly<Record<string, Property>>>> = {
  user: {
    displayName: property("string", "eq in startsWith", "ne null", BASIC),
    mail: property("string", "eq ge le in startsWith", "ne endsWith null", BASIC),
    userPrincipalName: property("string", "eq ge le in startsWith", "ne endsWith", BASIC),
    userType: property("string", "eq in", "ne null"),
    accountEnabled: property("boolean", "eq in", "ne", { value: true }),
    ageGroup: property("string", "eq in", "ne null"),
    companyName: property("string", "", "eq ne ge le in startsWith null"),
    createdDateTime: property("dateTime", "eq ge le", "ne in", { value: "2020-01-01T00:00:00Z" }),
    department: property("string", "eq ge le in startsWith", "ne null"),
    onPremisesSyncEnabled: property("boolean", "eq in", "ne null"),
    id: property("string", "eq in", "ne", BASIC),
  },
  group: {
    displayName: property("string", "eq in startsWith", "ne"),
    mail: property("string", "eq in startsWith", "ne endsWith null"),
    onPremisesSyncEnabled: property("boolean", "eq in", "ne null"),
    visibility: property("string", "", ""),
    id: property("string", "eq in", "ne"),
  },
};

const DEFAULT_PROPERTIES = ["displayName", "mail", "userPrincipalName", "id"];

/** Returns what a directory object is. */
export function kindOf(entity: User | Group): Kind {
  return "userPrincipalName" in entity ? "user" : "group";
}

/** Returns the value of a property; `null` if there is none, or objects of that kind do not have the property. */
export function propertyValue(entity: User | Group, name: string): string | boolean | null {
  const value = entity[name as keyof (User | Group)] as string | boolean | null | undefined;
  return value ?? PROPERTIES[kindOf(entity)][name]?.value ?? null;
}

/** Whether a caller with such permissions can read the property of a kind, if objects of that kind have it. */
export function isReadable(kind: Kind, name: string, readable: Readable): boolean {
  const { basic } = PROPERTIES[kind][name] ?? {};
  return readable === "all" || name === "id" || basic === undefined || (basic && readable === "basic");
}

/**
 * Returns the names of the properties that the query selects from objects of these kinds.
 *
 * @throws {GraphHttpError} 400 if none of the kinds has such a property.
 */
export function selectedNames(query: URLSearchParams, kinds: readonly Kind[]): readonly string[] {
  const selected = query.get("$select")?.split(",").map((name) => name.trim()) ?? DEFAULT_PROPERTIES;
  const unknown = query.has("$select")
    ? selected.find((name) => !kinds.some((kind) => Object.hasOwn(PROPERTIES[kind], name)))
    : undefined;
  if (unknown === undefined) return selected;
  const type = kinds.length === 1 ? kinds[0] : "directoryObject";
  const message = `Could find a property named '${unknown}' on type 'microsoft.graph.${type}'.`;
  throw new GraphHttpError(400, message, "Request_BadRequest");
}

/** Returns those properties that the object has; `null` for what the caller cannot read. */
export function selectProperties(
  entity: User | Group,
  names: readonly string[],
  readable: Readable,
): Record<string, unknown> {
  const kind = kindOf(entity);
  return Object.fromEntries(
    Object.keys(PROPERTIES[kind]).filter((name) => names.includes(name)).map((name) => [
      name,
      isReadable(kind, name, readable) ? propertyValue(entity, name) : null,
    ]),
  );
}
