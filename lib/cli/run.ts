import type { RunOptions } from "../run_targets.ts";
import type { Report } from "../report.ts";
import { type PhotoResult, toRecord } from "../result.ts";
import { exit, isTerminal, noColor, refusalOf, write } from "../host/deno.ts";
import { describeFileError, exists, onInterrupt, removeIfEmpty, writeError } from "../host/files.ts";
import type { Arguments } from "./arguments.ts";
import type { Questions } from "./ask.ts";
import type { Connection } from "./connection.ts";
import { EXIT, RunError, UsageError } from "./errors.ts";
import type { Format, OptionName } from "./options.ts";
import { gatherWrites, recordWriter } from "./output.ts";
import { makeStyle } from "./style.ts";
import { count, emptyTally, summarize, type Tally } from "./summary.ts";
import { quotePath } from "./text.ts";

function numberValue({ values }: Arguments, name: OptionName): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text);
  throw new UsageError(`--${name} must be a number above 0: current value is ${JSON.stringify(text)}`);
}

/** When to ask: before each target, once for all, or not at all. */
export type Asking = "each" | "once" | "never";

/**
 * When to ask. Targets that were named are not asked about, those from a file or a pipe once.
 *
 * @throws {UsageError} If the options contradict each other.
 */
export function checkAsking(flags: Arguments["flags"], fromInput: boolean): Asking {
  if (flags["what-if"]) return "never";
  if (flags.confirm && flags.yes) {
    throw new UsageError("--confirm and --yes contradict each other", "Give one of them.");
  }
  if (flags.confirm) return "each";
  return fromInput && !flags.yes ? "once" : "never";
}

/** The questions of a run; loaded where there is something to ask. */
export async function openQuestions(
  asking: Asking,
  inputIsStdin: boolean,
  stop: AbortSignal,
): Promise<Questions | undefined> {
  if (asking === "never") return undefined;
  return (await import("./ask.ts")).openQuestions(asking, inputIsStdin, stop);
}

/** The options of a run that come from numbers and words, as the API takes them. */
export function runOptions(args: Arguments, { stop, record, tally }: Run): RunOptions {
  const timeout = numberValue(args, "timeout");
  return {
    whatIf: args.flags["what-if"],
    errorAction: args.values["error-action"] as RunOptions["errorAction"],
    concurrency: numberValue(args, "concurrency"),
    batchSize: numberValue(args, "batch-size"),
    timeout: timeout === undefined ? undefined : timeout * 1000,
    retry: { maxAttempts: numberValue(args, "max-attempts") },
    stopSignal: stop,
    onResult: record,
    onRetry: ({ status }) => void (tally.throttled += status === 429 ? 1 : 0),
  };
}

const cannotWriteReport = (path: string, cause: unknown) =>
  `Cannot write the report ${quotePath(path)}: ${describeFileError(cause, "--allow-read --allow-write")}`;

async function openReportFile(path: string): Promise<Report> {
  const { openReport } = await import("../report.ts");
  try {
    return await openReport(path);
  } catch (cause) {
    const hint = "The file is made where it is missing, its folder is not.";
    throw new UsageError(cannotWriteReport(path, cause), hint, { cause });
  }
}

/** Keeps results in a report, where there is one. */
function recordTo(report: Report | undefined, path: string | undefined): Run["record"] {
  return async (result) => {
    try {
      await report?.add(result);
    } catch (cause) {
      const hint = "Nothing further was begun. What was removed and is not in it will come out as absent.";
      throw new RunError(cannotWriteReport(path!, cause), hint, { cause });
    }
  };
}

/** One run of a command on its targets: what it writes, and how it ends. */
export interface Run {
  /** Aborts at the first Ctrl-C, and when standard output takes no more. */
  stop: AbortSignal;
  tally: Tally;
  /** Keeps a result in the report. */
  record: (result: PhotoResult) => Promise<void>;
  /** Writes a result that is kept. */
  show: (result: PhotoResult) => Promise<void>;
  /** Ends a run that a person did not want. */
  decline: (message: string) => Promise<void>;
}

/** Prepares a run: the report is open, and Ctrl-C is heard, before anything is done. */
export async function runCommand(args: Arguments, work: (run: Run) => Promise<void>): Promise<number> {
  const { flags, values } = args;
  const reportPath = values.report ?? values.resume;
  const isNew = reportPath !== undefined && !await exists(reportPath);
  await using report = reportPath === undefined ? undefined : await openReportFile(reportPath);
  const keep = recordTo(report, reportPath);
  let recorded = false;
  const stopping = new AbortController();
  let interrupted = false;
  onInterrupt(() => {
    if (interrupted) exit(EXIT.interrupted);
    interrupted = true;
    stopping.abort();
  });
  const tally = emptyTally();
  const format = (values.output ?? (isTerminal("stdout") ? "table" : "ndjson")) as Format;
  const color = !flags["no-color"] && !noColor() && isTerminal("stdout");
  let unread = false;
  let unwritable: RunError | undefined;
  let declined = false;
  const toStdout = async (text: string) => {
    if (unread) return;
    try {
      await write("stdout", text);
    } catch (cause) {
      unread = true; // `| head`: what is in flight ends, and the report has it
      stopping.abort();
      if (refusalOf(cause) === "brokenPipe") return;
      const why = `Cannot write the records to standard output: ${describeFileError(cause, "")}`;
      unwritable = new RunError(why, "Nothing further was begun.", { cause });
    }
  };
  const output = gatherWrites(toStdout);
  const records = recordWriter(format, makeStyle(color), flags.verbose ?? false, output.write);
  const isWatched = isTerminal("stdout") || flags.confirm; // each record stands there before whatever comes next
  const startedAt = performance.now();
  try {
    await work({
      stop: stopping.signal,
      tally,
      async record(result) {
        recorded = true;
        await keep(result);
      },
      async show(result) {
        const record = toRecord(result);
        count(tally, record);
        await records.write(record);
        if (isWatched) await output.flush();
      },
      async decline(message) {
        declined = true;
        await writeError(`${message}\n`);
      },
    });
    await records.end();
    if (isNew && declined) await removeIfEmpty(reportPath);
  } catch (error) {
    if (isNew && !recorded) await removeIfEmpty(reportPath); // nothing was begun
    throw error;
  } finally {
    await output.flush();
    const note = flags["what-if"] ? " (what-if: nothing was changed)" : "";
    if (!flags.quiet && tally.outcomes.size + tally.finishedBefore > 0) {
      await writeError(summarize(tally, performance.now() - startedAt, note));
      if ((interrupted || unread || isUnfinished(tally)) && reportPath !== undefined) {
        await writeError(`To go on: the same command with --resume ${quotePath(reportPath)}\n`);
      }
    }
  }
  if (interrupted) return EXIT.interrupted;
  if (unwritable) throw unwritable;
  if (tally.failures.has("DelegatedTokenRequired")) return EXIT.credential;
  return unread || declined || isUnfinished(tally) ? EXIT.failed : EXIT.ok;
}

const isUnfinished = ({ outcomes }: Tally) => outcomes.has("failed") || outcomes.has("notAttempted");

/** Shows results as they come, with the progress at the foot of a terminal. */
export async function showAll(
  results: AsyncIterable<PhotoResult>,
  args: Arguments,
  run: Run,
  { total, asking }: { total: number | undefined; asking: Asking },
): Promise<void> {
  const wanted = isTerminal("stderr") && !args.flags.quiet && total !== 1 && asking !== "each";
  const { startProgress } = wanted ? await import("./progress.ts") : {};
  using progress = startProgress?.(run.tally, total, writeError);
  const sharesTerminal = isTerminal("stdout");
  for await (const result of results) {
    if (sharesTerminal) await progress?.clear();
    await run.show(result);
  }
  await progress?.clear();
}

/** The credential and the cloud in words, for those who want to know. */
export async function announce({ flags }: Arguments, { cloud, source }: Connection): Promise<void> {
  if (flags.verbose) await writeError(`${cloud.graph}, credential: ${source}\n`);
}
