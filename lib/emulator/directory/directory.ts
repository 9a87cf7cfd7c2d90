import type { DirectoryOptions, Group, Photo, User, UserCollection } from "./directory_types.ts";
import { generatedNumber, generatedUser } from "./generated_users.ts";
import { imageHeader } from "./image_size.ts";
import { photoImage } from "./photo_image.ts";

const NO_PHOTO = 0, GENERATED = 1, UPLOADED = 2;

/**
 * Users, groups and their photos. Generated users are computed from their number and a photo is drawn when it is
 * read, so that 200,000 users cost 200 kB.
 */
export class Directory {
  /** All users. */
  readonly users: UserCollection;
  /** All groups. */
  readonly groups: readonly Group[];
  /** The user that a delegated token stands for by default. */
  readonly signedInUser: User;

  readonly #named: readonly User[];
  readonly #generated: number;
  readonly #positions = new Map<string, number>();
  readonly #photos: Uint8Array;
  readonly #uploaded = new Map<number, Photo>();

  /**
   * Makes a directory.
   *
   * @throws {RangeError} If `signedInUser` or an entry of `withoutPhoto` is not in the directory.
   */
  constructor(options: DirectoryOptions) {
    this.#named = options.users;
    this.#generated = options.generatedUsers ?? 0;
    this.groups = options.groups ?? [];
    const firstGroup = this.#named.length + this.#generated;
    this.#named.forEach((user, at) => {
      this.#positions.set(user.id.toLowerCase(), at).set(user.userPrincipalName.toLowerCase(), at);
    });
    this.groups.forEach((group, at) => this.#positions.set(group.id.toLowerCase(), firstGroup + at));
    this.#photos = new Uint8Array(firstGroup + this.groups.length).fill(GENERATED);
    this.users = this.#userCollection();
    const signedIn = this.users.get(options.signedInUser);
    if (!signedIn) throw new RangeError(`Cannot find signed-in user: "${options.signedInUser}"`);
    this.signedInUser = signedIn;
    for (const key of options.withoutPhoto ?? []) this.#photos[this.#position(key)] = NO_PHOTO;
  }

  /** The group with this object id, in any case. */
  group(id: string): Group | undefined {
    const at = this.#positions.get(id.toLowerCase());
    return at === undefined ? undefined : this.groups[at - this.#named.length - this.#generated];
  }

  /** How many users and groups have a photo. */
  get photoCount(): number {
    return this.#photos.reduce((count, state) => state === NO_PHOTO ? count : count + 1, 0);
  }

  /**
   * Whether a user or group has a photo.
   *
   * @throws {RangeError} If there is no such user or group.
   */
  hasPhoto(key: string): boolean {
    return this.#photos[this.#position(key)] !== NO_PHOTO;
  }

  /**
   * The photo of a user or group; `undefined` where it has none.
   *
   * @throws {RangeError} If there is no such user or group.
   */
  photo(key: string): Photo | undefined {
    const at = this.#position(key);
    const state = this.#photos[at];
    if (state === UPLOADED) return this.#uploaded.get(at);
    return state === GENERATED ? photoFrom(photoImage(this.#idAt(at))) : undefined;
  }

  /**
   * Gives a user or group a photo.
   *
   * @throws {RangeError} If there is no such user or group.
   * @throws {TypeError} If the bytes are neither PNG nor JPEG.
   */
  setPhoto(key: string, bytes: Uint8Array<ArrayBuffer>): void {
    const at = this.#position(key);
    this.#uploaded.set(at, photoFrom(bytes));
    this.#photos[at] = UPLOADED;
  }

  /**
   * Removes a photo; `false` where there was none.
   *
   * @throws {RangeError} If there is no such user or group.
   */
  removePhoto(key: string): boolean {
    const at = this.#position(key);
    const had = this.#photos[at] !== NO_PHOTO;
    this.#photos[at] = NO_PHOTO;
    this.#uploaded.delete(at);
    return had;
  }

  #find(key: string): number | undefined {
    const lower = key.toLowerCase();
    const named = this.#positions.get(lower);
    if (named !== undefined) return named;
    const number = generatedNumber(lower);
    const exists = number !== undefined && number >= 1 && number <= this.#generated;
    return exists ? this.#named.length + number - 1 : undefined;
  }

  #position(key: string): number {
    const at = this.#find(key);
    if (at === undefined) throw new RangeError(`Cannot find user or group: "${key}"`);
    return at;
  }

  #userAt(at: number): User | undefined {
    const generated = at - this.#named.length;
    if (generated < 0) return this.#named[at];
    return generated < this.#generated ? generatedUser(generated + 1) : undefined;
  }

  #idAt(at: number): string {
    const user = this.#userAt(at);
    return user ? user.id : this.groups[at - this.users.size]!.id;
  }

  #userCollection(): UserCollection {
    const size = this.#named.length + this.#generated;
    const userAt = (at: number) => this.#userAt(at)!;
    return {
      size,
      get: (key) => {
        const at = this.#find(key);
        return at === undefined ? undefined : this.#userAt(at);
      },
      slice: (start, end) => {
        const from = Math.max(0, start);
        const count = Math.max(0, Math.min(end, size) - from);
        return Array.from({ length: count }, (_, offset) => userAt(from + offset));
      },
      *[Symbol.iterator]() {
        for (let at = 0; at < size; at++) yield userAt(at);
      },
    };
  }
}

function photoFrom(bytes: Uint8Array<ArrayBuffer>): Photo {
  const header = imageHeader(bytes);
  if (!header) throw new TypeError("Cannot use bytes as photo as they are neither PNG nor JPEG");
  return { ...header, bytes };
}
