import { type AppendLog, openAppendLog } from "../host/append_log.ts";
import { makeFolder, readLines, readPlainFile, writeFile } from "../host/deno.ts";
import { type BackupStore, sha256 } from "./backup_store.ts";
import { fileName, formatEntry, parseEntry } from "./manifest.ts";

const MANIFEST = "manifest.ndjson";

/** A backup in a folder; disposing of it closes the manifest. */
export interface FolderBackup extends BackupStore, AsyncDisposable {
  /** Makes the folder, and throws when photos cannot be saved there; `save` does so by itself. */
  open(): Promise<void>;
}

/** How to read a backup in a folder. */
export interface FolderBackupOptions {
  /** Told of each line of the manifest, from 1, that is no entry: torn by a power cut, or changed by somebody. */
  onBadLine?: (line: number) => void;
}

/**
 * A backup in a folder: a file for each photo, and `manifest.ndjson`, a line for each. The folder is made when the
 * first photo is saved; all of it is readable by its owner alone. A photo is safe when its file and its line are on
 * disk.
 *
 * @example Save photos before they are removed, then put them back
 * ```ts
 * import { folderBackup, removeProfilePhotos, restoreProfilePhotos } from "@graph-admin/remove-profile-photo";
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using tenant = await startEmulator(); // a tenant to try it on
 * const connection = { credential: await tenant.issueToken(), cloud: tenant.cloud };
 * await using backup = folderBackup(await Deno.makeTempDir());
 *
 * const targets = [{ user: "alex@contoso.com" }];
 * for await (const { outcome } of removeProfilePhotos(targets, { ...connection, backup })) console.log(outcome);
 * for await (const { outcome } of restoreProfilePhotos(backup, connection)) console.log(outcome);
 * ```
 *
 * @param path The folder.
 * @param options Who is told of what cannot be read.
 */
export function folderBackup(path: string, options: FolderBackupOptions = {}): FolderBackup {
  let opening: Promise<AppendLog> | undefined;
  const open = async () => {
    await makeFolder(path);
    return await openAppendLog(`${path}/${MANIFEST}`, "refuse");
  };
  const openOnce = () =>
    opening ??= open().catch((error) => {
      opening = undefined;
      throw error;
    });

  return {
    async open() {
      await openOnce();
    },
    async save(entry, bytes) {
      const manifest = await openOnce();
      const owner = JSON.stringify(entry.target).toLowerCase(); // a userPrincipalName has no case
      const name = fileName(entry, await sha256(new TextEncoder().encode(owner)));
      await writeFile(`${path}/${name}`, bytes); // what the name holds of hashes makes it this very photo's
      await manifest.append(formatEntry({ ...entry, file: name }));
      return name;
    },
    async *entries() {
      let number = 0;
      for await (const line of readLines(`${path}/${MANIFEST}`, "refuse")) {
        number++;
        const entry = parseEntry(line);
        if (entry) yield entry;
        else if (line.trim() !== "") options.onBadLine?.(number);
      }
    },
    read: ({ file, size }) => readPlainFile(path, file, size),
    async [Symbol.asyncDispose]() {
      const manifest = await opening?.catch(() => undefined);
      await manifest?.[Symbol.asyncDispose]();
      opening = undefined;
    },
  };
}
