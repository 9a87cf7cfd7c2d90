import { describeFileError } from "../host/files.ts";
import { removeProfilePhotos } from "../remove_profile_photos.ts";
import type { EarlierReport } from "../report.ts";
import type { Arguments } from "./arguments.ts";
import { type Asking, checkAsking, openQuestions } from "./ask.ts";
import { PROGRAM } from "./commands.ts";
import { connect, type Connection, readsTokenFromStdin } from "./connection.ts";
import { toUsageError, UsageError } from "./errors.ts";
import type { Host } from "./host.ts";
import {
  type InputSummary,
  isInvalid,
  isList,
  isSelection,
  isStdinList,
  openTargets,
  type TargetSource,
} from "./input/targets.ts";
import { announce, type Run, runCommand, runOptions, showAll } from "./run.ts";
import { formatCount, formatCountOf, printable, quotePath } from "./text.ts";

/** Reads the report of earlier runs; says so if there is none yet. */
async function readEarlierReport(
  { flags, values }: Arguments,
  host: Host,
): Promise<EarlierReport | undefined> {
  const path = values.resume;
  if (path === undefined) return undefined;
  const { readReport } = await import("../report.ts");
  try {
    const earlier = await readReport(path);
    if (!earlier.exists && !flags.quiet) {
      await host.writeError(`There is no report ${quotePath(path)} yet: no target is skipped.\n`);
    }
    return earlier;
  } catch (cause) {
    const why = describeFileError(cause, "--allow-read");
    throw new UsageError(`Cannot read the report ${quotePath(path)}: ${why}`, null, { cause });
  }
}

/** Yields the targets that are not finished, and counts the others. */
async function* unfinished({ targets }: TargetSource, { isFinished }: EarlierReport, { tally }: Run) {
  for await (const item of targets) {
    if (!isInvalid(item) && isFinished(item)) tally.finishedBefore++;
    else yield item;
  }
}

/** Returns the question for all targets: where their ids are, their number as far as it is known, and the tenant. */
async function questionFor(
  { count, finished, hasMore, input }: TargetSource,
  kind: string,
  { credential, cloud }: Connection,
  signal: AbortSignal,
): Promise<string> {
  const { checkAccess } = await import("../check_access.ts");
  const access = await checkAccess({ credential, cloud, signal }).catch((error) => {
    if (!signal.aborted) throw error;
  });
  const { claims } = access ?? {};
  const tenant = claims?.tenantId ? `tenant ${claims.tenantId}` : cloud.graph;
  const left = formatCountOf(count - finished, kind);
  const targets = hasMore ? `at least ${left} (the input continues)` : left;
  const are = finished === 1 ? "is" : "are";
  const before = finished ? ` (${formatCount(finished)} ${are} already done, according to the report)` : "";
  const question = printable(`Remove the photos of ${targets} in ${tenant}?${before}`);
  return [...input?.question ?? [], question].join("\n");
}

/** Returns what there is left to say about a list after the question. */
const withoutQuestion = (input: InputSummary): InputSummary => ({
  ...input,
  lines: () => input.lines().filter((line) => !input.question.includes(line)),
});

/** The commands me, user and group. */
export async function remove(args: Arguments, host: Host): Promise<number> {
  const { flags, values } = args;
  const { "contact-sheet": sheetPath } = values;
  if (sheetPath !== undefined && !flags["what-if"]) {
    throw new UsageError(
      "--contact-sheet requires --what-if",
      `To look at photos before removing them, run the same with --what-if, or use: ${PROGRAM} find`,
    );
  }
  const isMany = isList(args) || isSelection(args);
  if (isSelection(args) || values.except !== undefined || values.limit !== undefined) {
    (await import("./input/selection.ts")).checkSelectionOptions(args);
  }
  if (isMany) await (await import("./input/distinct_files.ts")).checkDistinctFiles(args);
  const earlier = await readEarlierReport(args, host); // before opening the report creates it
  return await runCommand(args, host, async (run, host) => {
    const { stopSignal } = run;
    const wanted = checkAsking(flags, isMany);
    const isCounted = isList(args) && (wanted !== "never" || host.isTerminal("stderr"));
    const options = runOptions(args, run);
    const listing = { stopSignal, isFinished: earlier?.isFinished };
    await using listed = isSelection(args)
      ? undefined
      : await openTargets(args, host, { ...listing, isCounted });
    await using sheet = sheetPath === undefined
      ? undefined
      : await (await import("./contact_sheet/contact_sheet.ts")).openContactSheet(sheetPath);
    await using connection = await connect(args, host, stopSignal);
    await announce(args, host, connection);
    const source: TargetSource = listed ??
      await (await import("./input/selection.ts")).openSelection(args, host, connection, options, listing);
    run.tally.input = source.input;
    run.nameOf = source.nameOf;
    const isDone = source.finished > 0 && source.finished === source.count && !source.hasMore;
    const asking: Asking = wanted === "once" && isDone ? "never" : wanted;
    using questions = await openQuestions(
      asking,
      isStdinList(args) || readsTokenFromStdin(args),
      host,
      stopSignal,
    );
    const folder = flags["what-if"] ? undefined : values.backup;
    await using backup = folder === undefined
      ? undefined
      : await (await import("./open_backup.ts")).openBackup(folder);
    await run.identify(connection, earlier);
    if (questions && asking === "once") {
      const question = await questionFor(source, args.command!, connection, stopSignal);
      const yes = folder === undefined
        ? "remove them; without --backup, this cannot be undone"
        : `save each photo to ${quotePath(folder)}, and remove it`;
      const no = "remove nothing; --what-if looks first, --confirm asks about each";
      if (!await questions.once(question, { yes, no })) return run.decline("Nothing was removed.");
      run.tally.input = source.input && withoutQuestion(source.input);
    }
    const { credential, cloud } = connection;
    const targets = earlier ? unfinished(source, earlier, run) : source.targets;
    const total = source.hasMore ? undefined : source.count;
    const runsWith = {
      ...options,
      credential,
      cloud,
      confirm: asking === "each" ? questions?.each("Remove", run, total) : undefined,
    };
    await sheet?.begin(connection, { kind: args.command as "user" | "group", isPlan: true }, stopSignal);
    const results = toUsageError(() =>
      sheet
        ? sheet.plan(targets, runsWith, source.nameOf)
        : removeProfilePhotos(targets, { ...runsWith, backup, verify: flags.verify })
    );
    await showAll(results, args, host, run, { total, asking, connection, questions });
    run.note = await sheet?.end(stopSignal.aborted);
  });
}
