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

function member([displayName, name]: typeof MEMBERS[number], at: number): User {
  const userPrincipalName = `${name}@contoso.com`;
  return {
    id: guid("0a000000", at + 1),
    userPrincipalName,
    mail: userPrincipalName,
    displayName,
    userType: "Member",
    isAdmin: name === "adele",
  };
}

function guest([displayName, name, domain]: typeof GUESTS[number], at: number): User {
  return {
    id: guid("0a000000", 101 + at),
    userPrincipalName: `${name}_${domain}#EXT#@contoso.onmicrosoft.com`,
    mail: `${name}@${domain}`,
    displayName,
    userType: "Guest",
    isAdmin: false,
  };
}

function group([displayName, name]: typeof GROUPS[number], at: number): Group {
  return { id: guid("0c000000", at + 1), displayName, mail: `${name}@contoso.com` };
}

/** How large a sample directory is. */
export interface SampleDirectoryOptions {
  /** Number of generated users (`user00001@contoso.com`, …) beside the named ones; 0 by default. */
  readonly users?: number;
}

/**
 * A small organization called Contoso, the same at each call: 16 members, 2 guests and 3 groups. Adele Vance
 * (`adele@contoso.com`) is signed in and an administrator. Lee Gu (`lee@contoso.com`) and the group Operations
 * have no photo; everyone else has one.
 */
export function sampleDirectory(options: SampleDirectoryOptions = {}): Directory {
  const groups = GROUPS.map(group);
  const operations = groups.filter(({ displayName }) => displayName === "Operations").map(({ id }) => id);
  return new Directory({
    users: [...MEMBERS.map(member), ...GUESTS.map(guest)],
    groups,
    signedInUser: "adele@contoso.com",
    generatedUsers: options.users,
    withoutPhoto: ["lee@contoso.com", ...operations],
  });
}
