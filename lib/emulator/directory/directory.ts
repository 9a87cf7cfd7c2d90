import type { DirectoryOptions, Group, Photo, User, UserCollection } from "./directory_types.ts";
import { generatedPhoto } from "./generated_photo.ts";
import { generatedUser, generatedUserNumber } from "./generated_user.ts";
import { parseImageHeader } from "./image_header.ts";

const NO_PHOTO = 0, GENERATED = 1, UPLOADED = 2;

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
  readonly #generatedCount: number;
  /** Positions of named users and groups by lowercase id and name; groups come after all users. */
  readonly #positions = new Map<string, number>();
  /** `NO_PHOTO`, `GENERATED` or `UPLOADED`, by position. */
  readonly #photoStates: Uint8Array;
  readonly #uploads = new Map<number, Photo>();

  /**
   * Creates a directory.
   *
   * @throws {RangeError} If `signedInUser` or an entry of `withoutPhoto` does not exist.
   */
  constructor(options: DirectoryOptions) {
    this.#named = options.users;
    this.#generatedCount = options.generatedUsers ?? 0;
    this.groups = options.groups ?? [];
    const firstGroup = this.#named.length + this.#generatedCount;
    this.#named.forEach(({ id, userPrincipalName }, index) => {
      this.#positions.set(id.toLowerCase(), index).set(userPrincipalName.toLowerCase(), index);
    });
    this.groups.forEach(({ id }, index) => this.#positions.set(id.toLowerCase(), firstGroup + index));
    this.#photoStates = new Uint8Array(firstGroup + this.groups.length).fill(GENERATED);
    this.users = this.#userCollection();
    const signedIn = this.users.get(options.signedInUser);
    if (!signedIn) throw new RangeError(`The signed-in user does not exist: "${options.signedInUser}"`);
    this.signedInUser = signedIn;
    for (const key of options.withoutPhoto ?? []) this.#photoStates[this.#position(key)] = NO_PHOTO;
  }

  /** Returns the group with this object id, in any case. */
  group(id: string): Group | undefined {
    const position = this.#positions.get(id.toLowerCase());
    return position === undefined
      ? undefined
      : this.groups[position - this.#named.length - this.#generatedCount];
  }

  /** Number of users and groups that have a photo. */
  get photoCount(): number {
    return this.#photoStates.reduce((count, state) => state === NO_PHOTO ? count : count + 1, 0);
  }

  /**
   * Whether a user or group has a photo. Here and below, `key` is an object id or `userPrincipalName`, in any
   * case.
   *
   * @throws {RangeError} If the user or group does not exist.
   */
  hasPhoto(key: string): boolean {
    return this.#photoStates[this.#position(key)] !== NO_PHOTO;
  }

  /**
   * Returns the photo of a user or group, or `undefined` if it has none.
   *
   * @throws {RangeError} If the user or group does not exist.
   */
  photo(key: string): Photo | undefined {
    const position = this.#position(key);
    const state = this.#photoStates[position];
    if (state === UPLOADED) return this.#uploads.get(position);
    return state === GENERATED ? toPhoto(generatedPhoto(this.#idAt(position))) : undefined;
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
    this.#photoStates[position] = UPLOADED;
  }

  /**
   * Removes the photo of a user or group; returns whether there was one.
   *
   * @throws {RangeError} If the user or group does not exist.
   */
  removePhoto(key: string): boolean {
    const position = this.#position(key);
    const hadPhoto = this.#photoStates[position] !== NO_PHOTO;
    this.#photoStates[position] = NO_PHOTO;
    this.#uploads.delete(position);
    return hadPhoto;
  }

  #findPosition(key: string): number | undefined {
    const lower = key.toLowerCase();
    const named = this.#positions.get(lower);
    if (named !== undefined) return named;
    const number = generatedUserNumber(lower);
    const exists = number !== undefined && number >= 1 && number <= this.#generatedCount;
    return exists ? this.#named.length + number - 1 : undefined;
  }

  #position(key: string): number {
    const position = this.#findPosition(key);
    if (position === undefined) throw new RangeError(`The user or group does not exist: "${key}"`);
    return position;
  }

  #userAt(position: number): User | undefined {
    const generated = position - this.#named.length;
    if (generated < 0) return this.#named[position];
    return generated < this.#generatedCount ? generatedUser(generated + 1) : undefined;
  }

  #idAt(position: number): string {
    const user = this.#userAt(position);
    return user ? user.id : this.groups[position - this.users.size]!.id;
  }

  #userCollection(): UserCollection {
    const size = this.#named.length + this.#generatedCount;
    const userAt = (position: number) => this.#userAt(position)!;
    return {
      size,
      get: (key) => {
        const position = this.#findPosition(key);
        return position === undefined ? undefined : this.#userAt(position);
      },
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

function toPhoto(bytes: Uint8Array<ArrayBuffer>): Photo {
  const header = parseImageHeader(bytes);
  if (!header) throw new TypeError("Cannot set photo as it is neither PNG nor JPEG");
  return { ...header, bytes };
}
