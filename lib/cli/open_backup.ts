import type { BackupStore } from "../backup/backup_store.ts";
import { openFolderBackup } from "../backup/folder_backup.ts";
import { describeFileError } from "../host/files.ts";
import { UsageError } from "./errors.ts";
import { quotePath } from "./text.ts";

/** Opens the folder of a backup to save photos in, so that an unusable one fails before anything is removed. */
export async function openBackup(path: string): Promise<BackupStore & AsyncDisposable> {
  try {
    return await openFolderBackup(path);
  } catch (cause) {
    const why = describeFileError(cause, "--allow-read --allow-write");
    const hint = "The folder is created if it does not exist; manifest.ndjson in it must be a plain file.";
    throw new UsageError(`Cannot save photos in ${quotePath(path)}: ${why}`, hint, { cause });
  }
}
