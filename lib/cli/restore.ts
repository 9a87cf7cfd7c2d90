import { openFolderBackup } from "../backup/folder_backup.ts";
import { restoreProfilePhotos } from "../restore_profile_photos.ts";
import { type Target, toKindAndId } from "../target.ts";
import { writeError } from "../host/files.ts";
import type { Arguments } from "./arguments.ts";
import { connect, toUsageError } from "./connection.ts";
import { UsageError } from "./errors.ts";
import { noteOnManifest, noteOnOwner, readHeldPhotos } from "./held_photos.ts";
import { announce, checkAsking, openQuestions, runCommand, runOptions, showAll } from "./run.ts";
import { printable } from "./style.ts";
import { formatCount, quotePath } from "./text.ts";

/** A target as people name it. */
const nameOf = (target: Target): string => (toKindAndId(target).id ?? "me").toLowerCase();

/** The command restore. */
export function restore(args: Arguments): Promise<number> {
  return runCommand(args, async (run) => {
    const [folder, ...ids] = args.operands;
    if (folder === undefined) {
      throw new UsageError(
        "Say which folder to restore from",
        "For example: remove-profile-photo restore photos --what-if",
      );
    }
    const held = await readHeldPhotos(folder);
    const say = async (note: string | undefined) => {
      if (note !== undefined && !args.flags.quiet) await writeError(`${printable(note)}\n`);
    };
    await say(noteOnManifest(folder, held));
    const names = new Set(held.targets.map(nameOf));
    const missing = ids.find((id) => !names.has(id.toLowerCase()));
    if (missing !== undefined) {
      throw new UsageError(`The backup in ${quotePath(folder)} holds no photo of ${missing}`);
    }
    const wanted = ids.length ? new Set(ids.map((id) => id.toLowerCase())) : names;
    const only = (target: Target) => wanted.has(nameOf(target));
    const chosen = held.targets.filter(only);
    const total = chosen.length;
    const asking = checkAsking(args.flags, ids.length === 0);
    const options = runOptions(args, run);
    await using connection = await connect(args);
    await announce(args, connection);
    if (chosen.includes("me")) await say(await noteOnOwner(held, connection));
    using questions = await openQuestions(asking, false, run.stop);
    if (questions && asking === "once") {
      const question = `Put back the photos of ${formatCount(total)} target(s) by ${connection.cloud.graph}?`;
      if (!await questions.once(question)) return run.decline("Nothing was put back.");
    }
    const { credential, cloud } = connection;
    const backup = await openFolderBackup(folder, { readOnly: true });
    const results = toUsageError(() =>
      restoreProfilePhotos(backup, {
        ...options,
        credential,
        cloud,
        confirm: asking === "each" ? questions?.each("Put back") : undefined,
        only,
      })
    );
    await showAll(results, args, run, { total, asking });
  });
}
