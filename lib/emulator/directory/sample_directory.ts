import { Directory, type Group, type User } from "./directory.ts";

/** Display names of the members by user name. */
const MEMBERS = {
  adele: "Adele Vance",
  alex: "Alex Wilber",
  diego: "Diego Siciliani",
  grady: "Grady Archie",
  henrietta: "Henrietta Mueller",
  isaiah: "Isaiah Langer",
  johanna: "Johanna Lorenz",
  joni: "Joni Sherman",
  lee: "Lee Gu",
  lidia: "Lidia Holloway",
  lynne: "Lynne Robbins",
  megan: "Megan Bowen",
  "miriam.o'neil": "Miriam O'Neil",
  nestor: "Nestor Wilke",
  patti: "Patti Fernandez",
  $servicedesk: "Service Desk",
};

/** Mail names that differ from the user name: one is nobody's user name, two are each other's. */
const MAIL_NAMES: Readonly<Record<string, string>> = {
  megan: "megan.bowen",
  isaiah: "nestor",
  nestor: "isaiah",
};

/** Display names of the guests by mail address. */
const GUESTS = { "pradeep@fabrikam.com": "Pradeep Gupta", "rene@northwindtraders.com": "Rene Magi" };

const GROUPS = ["Marketing", "Retail", "Operations"];

const guid = (prefix: string, number: number) =>
  `${prefix}-0000-4000-8000-${String(number).padStart(12, "0")}`;

function member([name, displayName]: [string, string], index: number): User {
  const userPrincipalName = `${name}@contoso.com`;
  const mail = `${MAIL_NAMES[name] ?? name}@contoso.com`;
  const id = guid("0a000000", index + 1);
  return { id, userPrincipalName, mail, displayName, userType: "Member", isAdmin: name === "adele" };
}

function guest([mail, displayName]: [string, string], index: number): User {
  const userPrincipalName = `${mail.replace("@", "_")}#EXT#@contoso.onmicrosoft.com`;
  const id = guid("0a000000", index + 101);
  return { id, userPrincipalName, mail, displayName, userType: "Guest", isAdmin: false };
}

function group(displayName: string, index: number): Group {
  return { id: guid("0c000000", index + 1), displayName, mail: `${displayName.toLowerCase()}@contoso.com` };
}

/** Options of `sampleDirectory()`. */
export interface SampleDirectoryOptions {
  /** Number of generated users (`user00001@contoso.com`, …) in addition to the named ones. Default: 0. */
  readonly users?: number;
}

/**
 * Creates the directory of Contoso, a small organization with 16 members, 2 guests and 3 groups. Every call
 * returns a new copy. The signed-in user is Adele Vance (`adele@contoso.com`), an administrator. All users
 * and groups have a photo, except Lee Gu (`lee@contoso.com`) and the group Operations. The mail addresses of Isaiah
 * Langer and Nestor Wilke are each other's sign-in names, so that whoever mistakes one for the other is seen.
 */
export function sampleDirectory(options?: SampleDirectoryOptions): Directory {
  const groups = GROUPS.map(group);
  return new Directory({
    users: [...Object.entries(MEMBERS).map(member), ...Object.entries(GUESTS).map(guest)],
    groups,
    signedInUser: "adele@contoso.com",
    generatedUsers: options?.users,
    withoutPhoto: ["lee@contoso.com", groups.at(-1)!.id],
  });
}
