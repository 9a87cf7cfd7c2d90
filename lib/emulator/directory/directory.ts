import { generatedPhoto } from "./generated_photo.ts";
import { parseImageHeader } from "./image_header.ts";

/** A user of the directory. */
export interface User {
  /** Object id, a GUID. */
  readonly id: string;
  /** Sign-in name, such as `adele@contoso.com`; that of a guest contains `#EXT#`. */
  readonly userPrincipalName: string;
  /** Mail address, or `null`. Users are not found by it, only by `id` and `userPrincipalName`. */
  readonly mail: string | null;
  /** Display name. */
  readonly displayName: string;
  /** Whether the user is a member or a guest of the organization. */
  readonly userType: "Member" | "Guest";
  /** Whether the user is an administrator. Only administrators may change other users' photos. */
  readonly isAdmin: boolean;
  /** Whether the user can sign in. Default: `true`. */
  readonly accountEnabled?: boolean;
  /** Age group. Default: `null`. */
  readonly ageGroup?: "Minor" | "NotAdult" | "Adult" | null;
  /** Company. Default: `null`. */
  readonly companyName?: string | null;
  /** When the user was created, as ISO 8601 in UTC. Default: `2020-01-01T00:00:00Z`. */
  readonly createdDateTime?: string;
  /** Department. Default: `null`. */
  readonly department?: string | null;
  /** Whether the user is synchronized from an on-premises directory; `null` if it never was. Default: `null`. */
  readonly onPremisesSyncEnabled?: boolean | null;
}

/** A group of the directory. */
export interface Group {
  /** Object id, a GUID. */
  readonly id: string;
  /** Display name. */
  readonly displayName: string;
  /** Mail address. */
  readonly mail: string;
  /** Direct members: users and groups, by object id or `userPrincipalName`. Default: none. */
  readonly members?: readonly string[];
  /** `HiddenMembership` shows members only to callers with `Member.Read.Hidden`. Default: `null`. */
  readonly visibility?: "Private" | "Public" | "HiddenMembership" | null;
}

/** A profile photo. */
export interface Photo {
  /** Media type. */
  readonly contentType: "image/png" | "image/jpeg";
  /** Contents of the image file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Width in pixels. */
  readonly width: number;
  /** Height in pixels. */
  readonly height: number;
}

/** Contents of a new directory. */
export interface DirectoryOptions {
  /** Named users. */
  readonly users: readonly User[];
  /** Groups. Default: none. */
  readonly groups?: readonly Group[];
  /** Object id or `userPrincipalName` of the user of delegated tokens by default. */
  readonly signedInUser: string;
  /**
   * Number of generated users (`user00001@contoso.com`, …) in addition to the named ones. Of every ten, those
   * whose number ends in 0, 3 or 6 are disabled (30 %), and those in 4 or 9 synchronized from on-premises
   * (20 %). Departments take turns: Sales, Engineering, Finance, none. Default: 0.
   */
  readonly generatedUsers?: number;
  /** Users and groups without a photo, by id or `userPrincipalName`; others get one. Default: none. */
  readonly withoutPhoto?: readonly string[];
}

/** Which members of a group to list. */
export interface MemberOptions {
  /** Whether to include the members of nested groups. Default: `false`. */
  readonly transitive?: boolean;
  /** Whether to include the members of groups with hidden membership. Default: `true`. */
  readonly hidden?: boolean;
  /** What members to include. Default: both. */
  readonly kinds?: readonly ("user" | "group")[];
}

/** Members of a group. */
export interface MemberCollection {
  /** Number of members. */
  readonly size: number;
  /** Returns the member at a position, counted from 0; `undefined` after the last. */
  at(position: number): User | Group | undefined;
}

/** The users of a directory: first the named ones, then the generated ones. */
export interface UserCollection extends Iterable<User> {
  /** Number of users. */
  readonly size: number;
  /** Returns the user with this object id or `userPrincipalName`, in any case. */
  get(idOrName: string): User | undefined;
  /** Returns the user at a position, counted from 0; `undefined` after the last. */
  at(position: number): User | undefined;
  /** Returns the users from position `start` up to, but not including, `end`. */
  slice(start: number, end: number): User[];
}

const generatedId = (number: number) => `0b000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
const generatedName = (number: number) => `user${String(number).padStart(5, "0")}@contoso.com`;

const DEPARTMENTS = [null, "Sales", "Engineering", "Finance"];

/** Returns the generated user with this number, counted from 1. */
function generatedUser(number: number): User {
  const name = generatedName(number);
  return {
    id: generatedId(number),
    userPrincipalName: name,
    mail: name,
    displayName: `User ${String(number).padStart(5, "0")}`,
    userType: "Member",
    isAdmin: false,
    accountEnabled: ![0, 3, 6].includes(number % 10),
    department: DEPARTMENTS[number % DEPARTMENTS.length],
    onPremisesSyncEnabled: number % 5 === 4 ? true : null,
  };
}

/** Returns the number of the generated user with this lowercase id or name; `NaN` for other keys. */
function generatedUserNumber(key: string): number {
  const [, name, id] = /^(?:user(\d+)@contoso\.com|0b000000-0000-4000-8000-([0-9a-f]{12}))$/.exec(key) ?? [];
  const number = id ? parseInt(id, 16) : Number(name);
  return generatedId(number) === key || generatedName(number) === key ? number : NaN;
}

function toPhoto(bytes: Uint8Array<ArrayBuffer>): Photo {
  const header = parseImageHeader(bytes);
  if (!header) throw new TypeError("Cannot set photo as it is neither PNG nor JPEG");
  return { ...header, bytes };
}

/**
 * Users, groups and their photos. Generated users and photos are computed on demand, so 200,000 generated
 * users take 200 kB of memory.
 */
export class Directory {
  /** All users, named and generated. */
  readonly users: UserCollection;
  /** All groups. */
  readonly groups: readonly Group[];
  /** The user of delegated tokens by default. */
  readonly signedInUser: User;

  readonly #named: readonly User[];
  /** Positions of named users and groups by lowercase id and name; groups come after all users. */
  readonly #positions = new Map<string, number>();
  /** 1 for each position with a photo, otherwise 0. */
  readonly #hasPhoto: Uint8Array;
  /** Photos other than the generated ones, by position. */
  readonly #uploads = new Map<number, Photo>();
  /** Positions of the members of groups, by group and options. */
  readonly #members = new Map<string, readonly number[]>();

  /**
   * Creates a directory.
   *
   * @throws {RangeError} If `signedInUser`, a member of a group or an entry of `withoutPhoto` does not exist.
   */
  constructor(options: DirectoryOptions) {
    const { users, groups = [], generatedUsers = 0, withoutPhoto = [] } = options;
    this.#named = users;
    this.groups = groups;
    this.users = this.#userCollection(users.length + generatedUsers);
    users.forEach(({ id, userPrincipalName }, index) => {
      this.#positions.set(id.toLowerCase(), index).set(userPrincipalName.toLowerCase(), index);
    });
    groups.forEach(({ id }, index) => this.#positions.set(id.toLowerCase(), this.users.size + index));
    this.#hasPhoto = new Uint8Array(this.users.size + groups.length).fill(1);
    const signedIn = this.users.get(options.signedInUser);
    if (!signedIn) throw new RangeError(`The signed-in user does not exist: "${options.signedInUser}"`);
    this.signedInUser = signedIn;
    for (const key of withoutPhoto) this.#hasPhoto[this.#position(key)] = 0;
    for (const { members = [] } of groups) members.forEach((key) => this.#position(key));
  }

  /** Returns the group with this object id, in any case. */
  group(id: string): Group | undefined {
    const position = this.#positions.get(id.toLowerCase());
    return position === undefined ? undefined : this.groups[position - this.users.size];
  }

  /**
   * Returns the members of the group with this object id, each once. A group is not its own member, even if a
   * nested group contains it.
   *
   * @throws {RangeError} If the group does not exist.
   */
  members(id: string, options?: MemberOptions): MemberCollection {
    const { transitive = false, hidden = true, kinds = ["user", "group"] } = options ?? {};
    const key = `${id.toLowerCase()} ${transitive} ${hidden} ${kinds}`;
    const isIncluded = (position: number) => kinds.includes(position < this.users.size ? "user" : "group");
    const positions = this.#members.get(key) ??
      [...this.#memberPositions(this.#position(id), transitive, hidden)].filter(isIncluded);
    this.#members.set(key, positions);
    const entityAt = (position: number) => this.#userAt(position) ?? this.groups[position - this.users.size];
    return { size: positions.length, at: (position) => entityAt(positions[position] ?? Infinity) };
  }

  /** Number of users and groups that have a photo. */
  get photoCount(): number {
    return this.#hasPhoto.reduce((count, hasPhoto) => count + hasPhoto, 0);
  }

  /**
   * Whether a user or group has a photo. Here and below, `key` is an object id or `userPrincipalName`, in any
   * case.
   *
   * @throws {RangeError} If the user or group does not exist.
   */
  hasPhoto(key: string): boolean {
    return this.#hasPhoto[this.#position(key)] === 1;
  }

  /**
   * Returns the photo of a user or group, or `undefined` if it has none.
   *
   * @throws {RangeError} If the user or group does not exist.
   */
  photo(key: string): Photo | undefined {
    const position = this.#position(key);
    if (!this.#hasPhoto[position]) return undefined;
    const { id } = this.#userAt(position) ?? this.groups[position - this.users.size]!;
    return this.#uploads.get(position) ?? toPhoto(generatedPhoto(id));
  }

  /**
   * Sets the photo of a user or group.
   *
   * @throws {RangeError} If the user or group does not exist.
   * @throws {TypeError} If the bytes are neither PNG nor JPEG.
   */
  setPhoto(key: string, bytes: Uint8Array<ArrayBuffer>): void {
    const position = this.#position(key);
    this.#uploads.set(position, toPhoto(bytes));
    this.#hasPhoto[position] = 1;
  }

  /**
   * Removes the photo of a user or group; returns whether there was one.
   *
   * @throws {RangeError} If the user or group does not exist.
   */
  removePhoto(key: string): boolean {
    const position = this.#position(key);
    const hadPhoto = this.#hasPhoto[position] === 1;
    this.#hasPhoto[position] = 0;
    this.#uploads.delete(position);
    return hadPhoto;
  }

  #findPosition(key: string): number | undefined {
    const lower = key.toLowerCase();
    const position = this.#positions.get(lower);
    if (position !== undefined) return position;
    const number = generatedUserNumber(lower);
    const last = this.users.size - this.#named.length;
    return number >= 1 && number <= last ? this.#named.length + number - 1 : undefined;
  }

  #position(key: string): number {
    const position = this.#findPosition(key);
    if (position === undefined) throw new RangeError(`The user or group does not exist: "${key}"`);
    return position;
  }

  #memberPositions(start: number, transitive: boolean, hidden: boolean): Set<number> {
    const found = new Set<number>();
    const queue = [start];
    for (const position of queue) {
      const { members = [], visibility } = this.groups[position - this.users.size] ?? {};
      if (visibility === "HiddenMembership" && !hidden) continue;
      for (const member of members.map((key) => this.#position(key))) {
        if (transitive && member >= this.users.size && !found.has(member)) queue.push(member);
        found.add(member);
      }
    }
    found.delete(start);
    return found;
  }

  #userAt(position: number): User | undefined {
    if (position >= this.users.size) return undefined;
    return this.#named[position] ?? generatedUser(position - this.#named.length + 1);
  }

  #userCollection(size: number): UserCollection {
    const userAt = (position: number) => this.#userAt(position)!;
    return {
      size,
      get: (key) => {
        const position = this.#findPosition(key);
        return position === undefined ? undefined : this.#userAt(position);
      },
      at: (position) => this.#userAt(position),
      slice: (start, end) => {
        const from = Math.max(0, start);
        const count = Math.max(0, Math.min(end, size) - from);
        return Array.from({ length: count }, (_, offset) => userAt(from + offset));
      },
      *[Symbol.iterator]() {
        for (let position = 0; position < size; position++) yield userAt(position);
      },
    };
  }
}
