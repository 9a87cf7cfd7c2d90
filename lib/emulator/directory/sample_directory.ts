import { Directory, type Group, type User } from "./directory.ts";

const guid = (prefix: string, number: number) =>
  `${prefix}-0000-4000-8000-${String(number).padStart(12, "0")}`;

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

/** Department by user name. Who is not listed has none. */
const DEPARTMENTS: Readonly<Record<string, string>> = {
  adele: "Retail",
  alex: "Marketing",
  diego: "Finance",
  grady: "Engineering",
  henrietta: "Engineering",
  johanna: "Engineering",
  joni: "Finance",
  lidia: "Engineering",
  lynne: "Retail",
  megan: "Marketing",
  "miriam.o'neil": "Retail",
};

const DISABLED = ["grady", "johanna", "lee", "lynne"];
const SYNCHRONIZED = ["alex", "joni", "lynne", "megan"];

/** Groups by display name: Operations contains Marketing, which contains Retail. */
const GROUPS: Readonly<Record<string, Pick<Group, "members" | "visibility">>> = {
  Marketing: {
    members: ["alex@contoso.com", "johanna@contoso.com", "megan@contoso.com", guid("0c000000", 2)],
  },
  Retail: {
    members: [
      "adele@contoso.com",
      "alex@contoso.com",
      "lynne@contoso.com",
      "pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com",
    ],
  },
  Operations: {
    members: ["lee@contoso.com", "$servicedesk@contoso.com", guid("0c000000", 1)],
    visibility: "HiddenMembership",
  },
};

function member([name, displayName]: [string, string], index: number): User {
  const userPrincipalName = `${name}@contoso.com`;
  const mail = `${MAIL_NAMES[name] ?? name}@contoso.com`;
  const id = guid("0a000000", index + 1);
  return {
    ...{ id, userPrincipalName, mail, displayName, userType: "Member", isAdmin: name === "adele" },
    accountEnabled: !DISABLED.includes(name),
    companyName: "Contoso",
    department: DEPARTMENTS[name],
    onPremisesSyncEnabled: SYNCHRONIZED.includes(name) ? true : null,
  };
}

function guest([mail, displayName]: [string, string], index: number): User {
  const userPrincipalName = `${mail.replace("@", "_")}#EXT#@contoso.onmicrosoft.com`;
  const id = guid("0a000000", index + 101);
  const createdDateTime = "2024-06-01T08:00:00Z";
  return { id, userPrincipalName, mail, displayName, userType: "Guest", isAdmin: false, createdDateTime };
}

function group([displayName, details]: [string, typeof GROUPS[string]], index: number): Group {
  const mail = `${displayName.toLowerCase()}@contoso.com`;
  return { id: guid("0c000000", index + 1), displayName, mail, ...details };
}

/** Options of `sampleDirectory()`. */
export interface SampleDirectoryOptions {
  /** Number of generated users in addition to the named ones; see `DirectoryOptions.generatedUsers`. Default: 0. */
  readonly users?: number;
}

/**
 * Creates the directory of Contoso, a small organization with 16 members, 2 guests and 3 groups. Every call
 * returns a new copy. The signed-in user is Adele Vance (`adele@contoso.com`), an administrator. All users
 * and groups have a photo, except Lee Gu (`lee@contoso.com`) and the group Operations. The mail addresses of Isaiah
 * Langer and Nestor Wilke are each other's sign-in names, so that whoever mistakes one for the other is seen.
 *
 * Four members are disabled (Grady Archie, Johanna Lorenz, Lee Gu, Lynne Robbins), and four are synchronized from
 * on-premises (Alex Wilber, Joni Sherman, Lynne Robbins, Megan Bowen). The group Marketing contains the group Retail.
 * Operations, whose membership is hidden, contains Marketing.
 */
export function sampleDirectory(options?: SampleDirectoryOptions): Directory {
  const groups = Object.entries(GROUPS).map(group);
  return new Directory({
    users: [...Object.entries(MEMBERS).map(member), ...Object.entries(GUESTS).map(guest)],
    groups,
    signedInUser: "adele@contoso.com",
    generatedUsers: options?.users,
    withoutPhoto: ["lee@contoso.com", groups.at(-1)!.id],
  });
}
