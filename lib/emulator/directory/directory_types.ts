/** A user of the emulated directory. */
export interface User {
  /** Object id, a GUID. */
  readonly id: string;
  /** Sign-in name. */
  readonly userPrincipalName: string;
  /** Mail address; `null` for a user without one. It is not a key: Graph looks up by id and by name alone. */
  readonly mail: string | null;
  /** Name to show. */
  readonly displayName: string;
  /** A guest's `userPrincipalName` contains `#EXT#`. */
  readonly userType: "Member" | "Guest";
  /** Whether the user holds an administrator role, which lets a delegated token change other users' photos. */
  readonly isAdmin: boolean;
}

/** A group of the emulated directory. */
export interface Group {
  /** Object id, a GUID. */
  readonly id: string;
  /** Name to show. */
  readonly displayName: string;
  /** Mail address. */
  readonly mail: string;
}

/** A profile photo. */
export interface Photo {
  /** Media type. */
  readonly contentType: "image/png" | "image/jpeg";
  /** The image file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
}

/** What a directory is made of. */
export interface DirectoryOptions {
  /** Users with a name. */
  readonly users: readonly User[];
  /** Groups; none by default. */
  readonly groups?: readonly Group[];
  /** Id or `userPrincipalName` of the one that a delegated token stands for by default. */
  readonly signedInUser: string;
  /** How many of `user00001@contoso.com`, `user00002@contoso.com`, … exist as well; 0 by default. */
  readonly generatedUsers?: number;
  /** Ids or names of users and groups that have no photo; all others have a generated one. */
  readonly withoutPhoto?: readonly string[];
}

/** The users of a directory: named ones first, then generated ones. */
export interface UserCollection extends Iterable<User> {
  /** Number of users. */
  readonly size: number;
  /** The user with this object id or `userPrincipalName`, in any case. */
  get(idOrName: string): User | undefined;
  /** The users from position `start` up to but not including `end`. */
  slice(start: number, end: number): User[];
}
