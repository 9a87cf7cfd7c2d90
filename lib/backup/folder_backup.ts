import { openAppendLog } from "../host/append_log.ts";
import { makeFolder } from "../host/deno.ts";
import { readLines, readPlainFile, writeFile } from "../host/files.ts";
import { targetKey } from "../target.ts";
import { type BackupStore, sha256 } from "./backup_store.ts";
import { fileName, formatEntry, parseEntry } from "./manifest.ts";

const MANIFEST = "manifest.ndjson";

/**
 * Opens a backup in a folder: one file for each photo, and `manifest.ndjson` with one line for each. Creates the
 * folder if it does not exist. Only its owner can read it. `save()` resolves when the photo and its line are on disk.
 *
 * @example Save photos before they are removed
 * ```ts
 * import { openFolderBackup, removeProfilePhotos } from "@graph-admin/remove-profile-photo";
 * import { startEmulator } from "@graph-admin/remove-profile-photo/emulator";
 *
 * await using tenant = await startEmulator(); // a tenant to try it on
 * const connection = { credential: await tenant.issueToken(), cloud: tenant.cloud };
 * await using backup = await openFolderBackup(await Deno.makeTempDir());
 *
 * const targets = [{ user: "alex@contoso.com" }];
 * for await (const result of removeProfilePhotos(targets, { ...connection, backup })) {
 *   console.log(result.outcome, result.backup);
 * }
 * ```
 *
 * @param path The folder.
 * @param options `readOnly` (default: false): photos are only read, as for restoring, and nothing is created.
 * `onInvalidLine`: called with the number, from 1, of each manifest line that is not an entry: cut short or edited.
 * @returns The backup. Disposing of it closes the manifest.
 * @throws If photos cannot be saved there; with `readOnly`, never: `entries()` throws if there is no backup.
 */
export async function openFolderBackup(
  path: string,
  options?: { readOnly?: boolean; onInvalidLine?: (line: number) => void },
): Promise<BackupStore & AsyncDisposable> {
  const { readOnly = false, onInvalidLine } = options ?? {};
  if (!readOnly) await makeFolder(path);
  const manifest = readOnly ? undefined : await openAppendLog(`${path}/${MANIFEST}`, "refuse");
  return {
    async save(entry, bytes) {
      if (!manifest) throw new TypeError("Cannot save a photo as the backup was opened with readOnly");
      const owner = await sha256(new TextEncoder().encode(targetKey(entry.target)));
      const name = fileName(entry, owner);
      await writeFile(`${path}/${name}`, bytes); // the hashes in its name make it this very photo's
      await manifest.append(formatEntry({ ...entry, file: name }));
      return name;
    },
    async *entries() {
      let number = 0;
      for await (const line of readLines(`${path}/${MANIFEST}`, "refuse")) {
        number++;
        const entry = parseEntry(line);
        if (entry) yield entry;
        else if (line.trim() !== "") onInvalidLine?.(number);
      }
    },
    read: ({ file, size }) => readPlainFile(path, file, size),
    async [Symbol.asyncDispose]() {
      await manifest?.[Symbol.asyncDispose]();
    },
  };
}
