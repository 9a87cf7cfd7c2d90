import { BackupError } from "../errors.ts";
import { type AppendLog, openAppendLog } from "../host/append_log.ts";
import { makeFolder, readFolder, refusalOf } from "../host/deno.ts";
import { isPartial, readLines, readPlainFile, removeQuietly, writeFile } from "../host/files.ts";
import { targetKey } from "../target.ts";
import { type BackupStore, sha256 } from "./backup_store.ts";
import { fileName, formatEntry, isPhotoFile, parseEntry } from "./manifest.ts";

const MANIFEST = "manifest.ndjson";

/** Removes the files that a crash left half-written. */
async function removePartialFiles(folder: string): Promise<void> {
  const names = await readFolder(folder);
  const left = names.filter((name) => isPartial(name) && isPhotoFile(name.split(".", 2).join(".")));
  await Promise.all(left.map((name) => removeQuietly(`${folder}/${name}`)));
}

/** Throws a {@linkcode BackupError} if the manifest is no longer in its folder. */
async function checkInPlace(manifest: AppendLog, folder: string): Promise<void> {
  if (await manifest.isInPlace()) return;
  throw new BackupError(
    "BackupMoved",
    `${folder}/${MANIFEST} was moved, removed or replaced during the run`,
    {
      hint: "Leave the folder as it is until the run has ended, then run the command again.",
    },
  );
}

/** Writes a photo's file. Begins again if another run has taken the unfinished file for one that a crash left. */
async function writePhoto(path: string, bytes: Uint8Array): Promise<void> {
  await writeFile(path, bytes).catch(async (error) => {
    if (refusalOf(error) !== "notFound") throw error;
    await writeFile(path, bytes);
  });
}

/**
 * Opens a backup in a folder: one file for each photo, and `manifest.ndjson` with one line for each. Creates the
 * folder if it does not exist. Only its owner can read it. `save()` resolves when the photo and its line are on disk,
 * and rejects once the folder or the manifest was moved, removed or replaced: photos would be in one folder, and their
 * lines in another. Removes what a crash left half-written.
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
  if (!readOnly) await removePartialFiles(path);
  return {
    async save(entry, bytes) {
      if (!manifest) throw new TypeError("Cannot save a photo as the backup was opened with readOnly");
      const owner = await sha256(new TextEncoder().encode(targetKey(entry.target)));
      const name = fileName(entry, owner);
      try {
        await writePhoto(`${path}/${name}`, bytes); // the hashes in its name make it this very photo's
        await manifest.append(formatEntry({ ...entry, file: name }));
      } finally {
        await checkInPlace(manifest, path);
      }
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
