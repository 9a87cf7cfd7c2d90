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
}

/** A group of the directory. */
export interface Group {
  /** Object id, a GUID. */
  readonly id: string;
  /** Display name. */
  readonly displayName: string;
  /** Mail address. */
  readonly mail: string;
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
  /** Number of generated users (`user00001@contoso.com`, …) in addition to the named ones. Default: 0. */
  readonly generatedUsers?: number;
  /**
   * Object ids or user principal names of users and groups without a photo. All others have a generated one.
   * Default: none.
   */
  readonly withoutPhoto?: readonly string[];
}

/** The users of a directory: first the named ones, then the generated ones. */
export interface UserCollection extends Iterable<User> {
  /** Number of users. */
  readonly size: number;
  /** Returns the user with this object id or `userPrincipalName`, in any case. */
  get(idOrName: string): User | undefined;
  /** Returns the users from position `start` up to, but not including, `end`. */
  slice(start: number, end: number): User[];
}
