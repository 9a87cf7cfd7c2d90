import type { InvalidTarget, Target } from "../target.ts";
import type { BackupStore } from "../backup/backup_store.ts";
import { removeProfilePhotos } from "../remove_profile_photos.ts";
import { isTerminal } from "../host/deno.ts";
import { describeFileError } from "../host/files.ts";
import type { Arguments } from "./arguments.ts";
import { connect, type Connection, toUsageError } from "./connection.ts";
import { UsageError } from "./errors.ts";
import { openSource, type Source } from "./input/targets.ts";
import {
  announce,
  type Asking,
  checkAsking,
  openQuestions,
  type Run,
  runCommand,
  runOptions,
  showAll,
} from "./run.ts";
import { formatCount, quotePath } from "./text.ts";

/** Reads what an earlier run has finished, from its report. */
async function readFinished(path: string | undefined): Promise<((target: Target) => boolean) | undefined> {
  if (path === undefined) return undefined;
  const { readFinishedTargets } = await import("../report.ts");
  try {
    return await readFinishedTargets(path);
  } catch (cause) {
    const why = describeFileError(cause, "--allow-read");
    throw new UsageError(`Cannot read the report ${quotePath(path)}: ${why}`, null, { cause });
  }
}

/** Opens the folder for photos, so that one that cannot be used is noticed before anything is removed. */
async function openBackup(path: string | undefined): Promise<(BackupStore & AsyncDisposable) | undefined> {
  if (path === undefined) return undefined;
  const { openFolderBackup } = await import("../backup/folder_backup.ts");
  try {
    return await openFolderBackup(path);
  } catch (cause) {
    const why = describeFileError(cause, "--allow-read --allow-write");
    const hint = "The folder is made where it is missing; manifest.ndjson in it must be a plain file.";
    throw new UsageError(`Cannot save photos in ${quotePath(path)}: ${why}`, hint, { cause });
  }
}

/** The targets that are left to do. */
async function* unfinished(source: Source, isFinished: (target: Target) => boolean, { tally }: Run) {
  for await (const item of source.targets) {
    const known = typeof item === "object" && "problem" in item ? false : isFinished(item);
    if (known) tally.finishedBefore++;
    else yield item satisfies Target | InvalidTarget;
  }
}

/** The question that is asked once for all, with as much as is known of their number. */
async function questionFor(
  { count, finished, more }: Source,
  kind: string,
  { credential, cloud }: Connection,
): Promise<string> {
  const { checkAccess } = await import("../check_access.ts");
  const { claims } = await checkAccess({ credential, cloud });
  const tenant = claims?.tenantId ? `tenant ${claims.tenantId}` : cloud.graph;
  const left = count - finished;
  const many = more
    ? `at least ${formatCount(left)} ${kind}s (the input goes on)`
    : left === 1
    ? `one ${kind}`
    : `${formatCount(left)} ${kind}s`;
  const before = finished ? ` (${formatCount(finished)} more are done by the report)` : "";
  return `Remove the photos of ${many} in ${tenant}?${before}`;
}

/** The commands me, user and group. */
export async function remove(args: Arguments): Promise<number> {
  const { flags, values } = args;
  const isFinished = await readFinished(values.resume); // before a missing report is created
  return await runCommand(args, async (run) => {
    const inputIsStdin = values.from === "-" || args.operands.includes("-");
    const fromInput = inputIsStdin || values.from !== undefined;
    const wanted = checkAsking(flags, fromInput);
    const counted = fromInput && (wanted === "once" || isTerminal("stderr"));
    const options = runOptions(args, run);
    const source = await openSource(args, run.stop, counted, isFinished);
    const isDone = source.finished > 0 && source.finished === source.count && !source.more;
    const asking: Asking = wanted === "once" && isDone ? "never" : wanted;
    await using connection = await connect(args);
    await announce(args, connection);
    using questions = await openQuestions(asking, inputIsStdin, run.stop);
    await using backup = await openBackup(flags["what-if"] ? undefined : values.backup);
    if (questions && asking === "once") {
      const question = await questionFor(source, args.command!, connection);
      if (!await questions.once(question)) return run.decline("Nothing was removed.");
    }
    const { credential, cloud } = connection;
    const results = toUsageError(() =>
      removeProfilePhotos(isFinished ? unfinished(source, isFinished, run) : source.targets, {
        ...options,
        credential,
        cloud,
        confirm: asking === "each" ? questions?.each("Remove") : undefined,
        backup,
        verify: flags.verify,
      })
    );
    await showAll(results, args, run, { total: source.more ? undefined : source.count, asking });
  });
}
