import { describeValue } from "../describe_value.ts";
import { openFolderBackup } from "../backup/folder_backup.ts";
import { checkAccess } from "../check_access.ts";
import { describeFileError } from "../host/files.ts";
import { type RestoreOptions, restoreProfilePhotos } from "../restore_profile_photos.ts";
import { type Target, targetKey, toKindAndId, unwrapId } from "../target.ts";
import type { Arguments } from "./arguments.ts";
import { checkAsking, openQuestions } from "./ask.ts";
import { PROGRAM } from "./commands.ts";
import { connect, type Connection, readsTokenFromStdin } from "./connection.ts";
import { toUsageError, UsageError } from "./errors.ts";
import type { Host } from "./host.ts";
import { openBackup } from "./open_backup.ts";
import { announce, runCommand, runOptions, showAll } from "./run.ts";
import { formatCount, formatCountOf, printable, quotePath } from "./text.ts";

/** What a backup folder contains. */
interface SavedPhotos {
  /** The targets, each of them once. */
  targets: Target[];
  /** Ids of the users whose photos were saved as `me`; `undefined` for an entry without one. */
  owners: ReadonlySet<string | undefined>;
  /** Lines of the manifest that are not entries. */
  badLines: readonly number[];
}

const manifestOf = (folder: string) => quotePath(`${folder}/manifest.ndjson`);

/**
 * Reads what a backup contains.
 *
 * @throws {UsageError} If it cannot be read, or none of its lines is an entry.
 */
async function readSavedPhotos(
  folder: string,
  { since, before }: Pick<RestoreOptions, "since" | "before">,
): Promise<SavedPhotos> {
  const targets = new Map<string, Target>();
  const owners = new Set<string | undefined>();
  const badLines: number[] = [];
  let entries = 0;
  const backup = await openFolderBackup(folder, {
    readOnly: true,
    onInvalidLine: (line) => badLines.push(line),
  });
  try {
    for await (const { target, userId, time } of backup.entries()) {
      entries++;
      if (since && new Date(time) < since || before && new Date(time) >= before) continue;
      targets.set(targetKey(target), target);
      if (target === "me") owners.add(userId);
    }
  } catch (cause) {
    const why = describeFileError(cause, "--allow-read");
    throw new UsageError(`Cannot read the backup in ${quotePath(folder)}: ${why}`, null, { cause });
  }
  if (entries === 0 && badLines.length > 0) {
    const message = `Cannot restore: ${manifestOf(folder)} has no valid entry`;
    throw new UsageError(message, "Is this the folder that was given to --backup?");
  }
  return { targets: [...targets.values()], owners, badLines };
}

/** Returns a warning if the manifest has no entries, or lines that are not entries. */
function warnAboutManifest(folder: string, { targets, badLines }: SavedPhotos): string | undefined {
  if (badLines.length === 0) {
    return targets.length === 0 ? `${manifestOf(folder)} has no photos to restore.` : undefined;
  }
  const lines = formatCountOf(badLines.length, "line");
  const shown = badLines.slice(0, 5).map(formatCount).join(", ") + (badLines.length > 5 ? ", …" : "");
  const are = badLines.length === 1 ? "that is not an entry" : "that are not entries";
  return `Skipping ${lines} of ${manifestOf(folder)} ${are}: ${shown}`;
}

/** Returns a warning if the owner of the saved `me` photo is unknown. */
async function warnAboutOwner(
  { owners }: SavedPhotos,
  { credential, cloud }: Connection,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!owners.has(undefined)) return undefined;
  const { claims } = await checkAccess({ credential, cloud, signal });
  if (claims?.kind === "application") return undefined; // which fails for another reason
  const who = claims?.user ?? "the signed-in user";
  return `It is not known whether the saved photo of me belongs to ${who}: the backup does not say.`;
}

/** Returns a time that was typed; throws a {@linkcode UsageError} if it is none. Without a zone it is local, a date alone UTC. */
function parseTime({ values }: Arguments, name: "since" | "before"): Date | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(time.getTime())) return time;
  throw new UsageError(
    `--${name} must be a time, not ${JSON.stringify(text)}`,
    `For example: --${name} 2026-01-31T12:00Z`,
  );
}

/** Returns a target as it is named on the command line, in lower case. */
const nameOf = (target: Target): string => (toKindAndId(target).id ?? "me").toLowerCase();

/** Returns the names of the photos to restore: those given, or all; throws if one is not in the backup. */
function chooseNames(folder: string, ids: readonly string[], { targets }: SavedPhotos): Set<string> {
  const saved = new Set(targets.map(nameOf));
  const missing = ids.find((id) => !saved.has(id.toLowerCase()));
  if (missing !== undefined) {
    throw new UsageError(
      `The backup in ${quotePath(folder)} has no photo of ${describeValue(missing, "id")}`,
    );
  }
  return ids.length ? new Set(ids.map((id) => id.toLowerCase())) : saved;
}

/** The command restore. */
export function restore(args: Arguments, host: Host): Promise<number> {
  return runCommand(args, host, async (run, host) => {
    const warn = async (warning: string | undefined) => {
      if (warning !== undefined && !args.flags.quiet) await host.writeError(`${printable(warning)}\n`);
    };
    const [folder, ...words] = args.operands;
    const ids = words.map(unwrapId);
    if (folder === undefined) {
      throw new UsageError(
        "Say which folder to restore from",
        `For example: ${PROGRAM} restore photos --what-if`,
      );
    }
    const { overwrite = false, "what-if": whatIf } = args.flags;
    const period = { since: parseTime(args, "since"), before: parseTime(args, "before") };
    const saved = await readSavedPhotos(folder, period);
    await warn(warnAboutManifest(folder, saved));
    const names = chooseNames(folder, ids, saved);
    const only = (target: Target) => names.has(nameOf(target));
    const total = saved.targets.filter(only).length;
    const asking = checkAsking(args.flags, ids.length === 0);
    const options = runOptions(args, run);
    await using connection = await connect(args, host, run.stopSignal);
    await announce(args, host, connection);
    if (names.has("me")) await warn(await warnAboutOwner(saved, connection, run.stopSignal));
    using questions = await openQuestions(asking, readsTokenFromStdin(args), host, run.stopSignal);
    await run.identify(connection);
    const { credential, cloud } = connection;
    if (questions && asking === "once") {
      const replace = overwrite ? ", and replace those that they have now," : "";
      const question = `Restore the photos of ${
        formatCountOf(total, "target")
      }${replace} through ${cloud.graph}?`;
      const yes = overwrite
        ? "restore them; each photo that is there now is saved to the same folder first"
        : "restore them; who has a photo now keeps it";
      const no = "restore nothing; --what-if looks first, --confirm asks about each";
      if (!await questions.once(question, { yes, no })) return run.decline("Nothing was restored.");
    }
    await using backup =
      await (overwrite && !whatIf ? openBackup(folder) : openFolderBackup(folder, { readOnly: true }));
    const results = toUsageError(() =>
      restoreProfilePhotos(backup, {
        ...options,
        credential,
        cloud,
        confirm: asking === "each" ? questions?.each("Restore", run, total) : undefined,
        only,
        ...period,
        overwrite,
      })
    );
    await showAll(results, args, host, run, { total, asking, connection, questions });
  });
}
