import type { Emulator } from "../../lib/emulator/mod.ts";
import {
  type BackupEntry,
  type BackupStore,
  type BulkOptions,
  openFolderBackup,
  type PhotoResult,
  removeProfilePhotos,
  type RestoreOptions,
  restoreProfilePhotos,
  type Target,
} from "../../mod.ts";
import { collect, connect } from "../support/bulk.ts";

export const ALEX = { user: "alex@contoso.com" };
export const DIEGO = { user: "diego@contoso.com" };
const GUEST = { user: "pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com" };
export const MARKETING = { group: "0c000000-0000-4000-8000-000000000001" };

/** One of each kind that has a photo; Adele is who is signed in. */
export const TARGETS: readonly Target[] = [
  "me",
  ALEX,
  DIEGO,
  GUEST,
  { user: "$servicedesk@contoso.com" },
  MARKETING,
];

export const keyIn = (target: Target): string =>
  target === "me" ? "adele@contoso.com" : "user" in target ? target.user : target.group;

/** The photos of targets, as hexadecimal; `undefined` where there is none. */
export function photosOf(tenant: Emulator, targets: readonly Target[]): (string | undefined)[] {
  return targets.map((target) => tenant.directory.photo(keyIn(target))?.bytes.toHex());
}

async function asAdmin(tenant: Emulator) {
  return await connect(tenant, await tenant.issueToken({ user: "adele@contoso.com" }));
}

/** Removes photos with a backup in a store, or in a folder. */
export async function removeWith(
  tenant: Emulator,
  to: BackupStore | string,
  targets: readonly Target[],
  options: BulkOptions = {},
): Promise<PhotoResult[]> {
  await using folder = typeof to === "string" ? await openFolderBackup(to) : undefined;
  const backup = folder ?? to as BackupStore;
  return await collect(removeProfilePhotos(targets, { ...await asAdmin(tenant), ...options, backup }));
}

/** Puts back the photos of a store, or of a folder. */
export async function restoreFrom(
  tenant: Emulator,
  from: BackupStore | string,
  options: RestoreOptions = {},
): Promise<PhotoResult[]> {
  const store = typeof from === "string" ? await openFolderBackup(from, { readOnly: true }) : from;
  return await collect(restoreProfilePhotos(store, { ...await asAdmin(tenant), ...options }));
}

/** A backup in memory: what a caller may write. */
export function memoryBackup(): BackupStore & {
  kept: { entry: BackupEntry; bytes: Uint8Array<ArrayBuffer> }[];
} {
  const kept: { entry: BackupEntry; bytes: Uint8Array<ArrayBuffer> }[] = [];
  return {
    kept,
    save(entry, bytes) {
      const file = `photo${kept.length}`;
      kept.push({ entry: { ...entry, file }, bytes });
      return Promise.resolve(file);
    },
    async *entries() {
      for (const { entry } of kept) yield entry;
    },
    read: ({ file }) => {
      const found = kept.find(({ entry }) => entry.file === file);
      return found ? Promise.resolve(found.bytes) : Promise.reject(new Error("there is no such photo"));
    },
  };
}
