import { openFolderBackup } from "../backup/folder_backup.ts";
import { checkAccess } from "../check_access.ts";
import { describeFileError } from "../host/files.ts";
import { type Target, targetKey } from "../target.ts";
import type { Connection } from "./connection.ts";
import { UsageError } from "./errors.ts";
import { formatCount, quotePath } from "./text.ts";

/** What a backup in a folder holds. */
export interface HeldPhotos {
  /** The targets, once each. */
  targets: Target[];
  /** Whose photos those of the signed-in user are; `undefined` for one that does not tell. */
  owners: ReadonlySet<string | undefined>;
  /** The lines of the manifest that are no entries. */
  badLines: readonly number[];
}

const manifestOf = (folder: string) => quotePath(`${folder}/manifest.ndjson`);

/**
 * Reads what a backup holds.
 *
 * @throws {UsageError} If it cannot be read.
 */
export async function readHeldPhotos(folder: string): Promise<HeldPhotos> {
  const targets = new Map<string, Target>();
  const owners = new Set<string | undefined>();
  const badLines: number[] = [];
  const backup = await openFolderBackup(folder, {
    readOnly: true,
    onInvalidLine: (line) => badLines.push(line),
  });
  try {
    for await (const { target, userId } of backup.entries()) {
      targets.set(targetKey(target), target);
      if (target === "me") owners.add(userId);
    }
  } catch (cause) {
    const why = describeFileError(cause, "--allow-read");
    throw new UsageError(`Cannot read the backup in ${quotePath(folder)}: ${why}`, null, { cause });
  }
  return { targets: [...targets.values()], owners, badLines };
}

/**
 * What there is to say of a manifest before it is used.
 *
 * @throws {UsageError} If none of its lines can be used.
 */
export function noteOnManifest(folder: string, { targets, badLines }: HeldPhotos): string | undefined {
  if (badLines.length === 0) return targets.length ? undefined : `${manifestOf(folder)} holds no photo.`;
  const shown = badLines.slice(0, 5).join(", ") + (badLines.length > 5 ? ", …" : "");
  if (targets.length) {
    return `${formatCount(badLines.length)} line(s) of ${
      manifestOf(folder)
    } are no entries, and are passed over: ${shown}`;
  }
  const message = `Cannot restore as ${manifestOf(folder)} holds lines, and none of them is an entry`;
  throw new UsageError(message, "Is it the folder that --backup was given?");
}

/** What there is to say where it is not known whether the photo of me is one of who is signed in. */
export async function noteOnOwner(
  { owners }: HeldPhotos,
  { credential, cloud }: Connection,
): Promise<string | undefined> {
  const { claims } = await checkAccess({ credential, cloud });
  if (claims?.kind === "application") return undefined; // which is an error of its own
  const silent = owners.has(undefined) ? "the backup" : claims?.objectId ? undefined : "the token";
  const who = claims?.user ?? "the user who is signed in";
  return silent && `Whether the saved photo of me is one of ${who} is not known, as ${silent} does not say.`;
}
