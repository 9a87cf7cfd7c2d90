import { Directory } from "./directory.ts";
import type { Group, User } from "./directory_types.ts";

const MEMBERS: readonly (readonly [displayName: string, name: string])[] = [
  ["Adele Vance", "adele"],
  ["Alex Wilber", "alex"],
  ["Diego Siciliani", "diego"],
  ["Grady Archie", "grady"],
  ["Henrietta Mueller", "henrietta"],
  ["Isaiah Langer", "isaiah"],
  ["Johanna Lorenz", "johanna"],
  ["Joni Sherman", "joni"],
  ["Lee Gu", "lee"],
  ["Lidia Holloway", "lidia"],
  ["Lynne Robbins", "lynne"],
  ["Megan Bowen", "megan"],
  ["Miriam O'Neil", "miriam.o'neil"],
  ["Nestor Wilke", "nestor"],
  ["Patti Fernandez", "patti"],
  ["Service Desk", "$servicedesk"],
];

const GUESTS: readonly (readonly [displayName: string, name: string, domain: string])[] = [
  ["Pradeep Gupta", "pradeep", "fabrikam.com"],
  ["Rene Magi", "rene", "northwindtraders.com"],
];

const GROUPS: readonly (readonly [displayName: string, name: string])[] = [
  ["Marketing", "marketing"],
  ["Retail", "retail"],
  ["Operations", "operations"],
];

const guid = (prefix: string, number: number) =>
  `${prefix}-0000-4000-8000-${String(number).padStart(12, "0")}`;

function member([displayName, name]: typeof MEMBERS[number], index: number): User {
  const userPrincipalName = `${name}@contoso.com`;
  return {
    id: guid("0a000000", index + 1),
    userPrincipalName,
    mail: userPrincipalName,
    displayName,
    userType: "Member",
    isAdmin: name === "adele",
  };
}

function guest([displayName, name, domain]: typeof GUESTS[number], index: number): User {
  return {
    id: guid("0a000000", 101 + index),
    userPrincipalName: `${name}_${domain}#EXT#@contoso.onmicrosoft.com`,
    mail: `${name}@${domain}`,
    displayName,
    userType: "Guest",
    isAdmin: false,
  };
}

function group([displayName, name]: typeof GROUPS[number], index: number): Group {
  return { id: guid("0c000000", index + 1), displayName, mail: `${name}@contoso.com` };
}

/** Options of `sampleDirectory()`. */
export interface SampleDirectoryOptions {
  /** Number of generated users (`user00001@contoso.com`, …) in addition to the named ones. Default: 0. */
  readonly users?: number;
}

/**
 * Creates the directory of Contoso, a small organization with 16 members, 2 guests and 3 groups. Every call
 * returns a new copy. The signed-in user is Adele Vance (`adele@contoso.com`), an administrator. All users
 * and groups have a photo, except Lee Gu (`lee@contoso.com`) and the group Operations.
 */
export function sampleDirectory(options?: SampleDirectoryOptions): Directory {
  const groups = GROUPS.map(group);
  const operations = groups.filter(({ displayName }) => displayName === "Operations").map(({ id }) => id);
  return new Directory({
    users: [...MEMBERS.map(member), ...GUESTS.map(guest)],
    groups,
    signedInUser: "adele@contoso.com",
    generatedUsers: options?.users,
    withoutPhoto: ["lee@contoso.com", ...operations],
  });
}
