import { describeValue } from "../describe_value.ts";
import { refusalOf, type Signal } from "../host/deno.ts";
import { describeFileError } from "../host/files.ts";
import { isThrottled } from "../http/retry.ts";
import { type PhotoResult, toRecord } from "../result.ts";
import type { RunOptions } from "../run_targets.ts";
import { targetKey, toKindAndId } from "../target.ts";
import { type Arguments, formatArguments } from "./arguments.ts";
import type { Asking, Questions } from "./ask.ts";
import { commandSpec, CONNECTION_OPTIONS } from "./commands.ts";
import { type Connection, describeConnection } from "./connection.ts";
import { EXIT, RunError, UsageError } from "./errors.ts";
import type { Host } from "./host.ts";
import { isList, isSelection, isStdinList } from "./input/targets.ts";
import type { RunReport } from "./open_report.ts";
import type { OptionName } from "./options.ts";
import { createRecordWriter, gatherWrites, outputFormat, photoRecordShape, tableWrapper } from "./output.ts";
import type { InFlight, Progress, Work } from "./progress.ts";
import { countResult, emptyTally, summarize, type Tally } from "./summary.ts";
import { createPaint, formatCount, freshLine, messageText, printable } from "./text.ts";

function parseNumber({ values }: Arguments, name: OptionName): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0) return Number(text);
  throw new UsageError(`--${name} must be a number greater than 0, not ${describeValue(text, "number")}`);
}

/**
 * Returns the options of the API that the command line sets.
 *
 * @throws {UsageError} If one that should be a number is not.
 */
export function runOptions(
  args: Arguments,
  { stopSignal, inFlight, onResult, tally }:
    & Pick<Run, "stopSignal" | "tally" | "inFlight">
    & Partial<Pick<Run, "onResult">>,
): RunOptions {
  const timeout = parseNumber(args, "timeout");
  const maxWait = parseNumber(args, "max-wait");
  return {
    whatIf: args.flags["what-if"],
    errorAction: args.values["error-action"] as RunOptions["errorAction"],
    concurrency: parseNumber(args, "concurrency"),
    batchSize: parseNumber(args, "batch-size"),
    timeout: timeout === undefined ? undefined : timeout * 1000,
    retry: {
      maxAttempts: parseNumber(args, "max-attempts"),
      maxDelay: maxWait === undefined ? undefined : maxWait * 1000,
    },
    stopSignal,
    onStart: (target) => void inFlight.set(targetKey(target), undefined),
    onResult,
    onRetry({ target, delay, status }) {
      tally.throttled += isThrottled(status) ? 1 : 0;
      inFlight.set(targetKey(target), { until: performance.now() + delay, status });
    },
  };
}

/** A run without a report. */
const NO_REPORT: RunReport = {
  async identify() {},
  async add() {},
  async discardIfUnused() {},
  async [Symbol.asyncDispose]() {},
};

/** Standard output of a run, which may be closed by its reader before the run ends. */
interface Output {
  write(text: string): Promise<void>;
  isClosed(): boolean;
  /** Throws a {@linkcode RunError} if something could not be written for another reason. */
  check(): void;
}

/** Opens standard output; `onClosed` is called once nothing more can be written. */
export function openOutput(host: Host, onClosed: () => void): Output {
  let isClosed = false;
  let error: RunError | undefined;
  return {
    async write(text) {
      if (isClosed) return;
      try {
        await host.write(text);
      } catch (cause) {
        isClosed = true;
        onClosed();
        if (refusalOf(cause) === "brokenPipe") return; // as with `| head`
        const why = describeFileError(cause, "");
        const message = `Cannot write the records to standard output: ${why}`;
        error = new RunError(message, "No further targets were started.", { cause });
      }
    },
    isClosed: () => isClosed,
    check() {
      if (error) throw error;
    },
  };
}

/** What ends the process after the first signal. */
const SECOND_SIGNAL: Readonly<Record<Signal, string>> = {
  SIGINT: "Ctrl-C again",
  SIGBREAK: "Ctrl-Break again",
  SIGTERM: "SIGTERM again",
  SIGHUP: "SIGTERM", // as one that comes again does not count
};

/** Returns what is said at the first signal. */
function describeStop(inFlight: number, signal: Signal): string {
  const what = inFlight === 0
    ? "nothing is in flight"
    : `${formatCount(inFlight)} in flight ${inFlight === 1 ? "finishes" : "finish"}`;
  return `Stopping: ${what}; ${SECOND_SIGNAL[signal]} ends now\n`;
}

/** The host of a run: what is written to its terminal, or asked there, makes the progress line give way. */
export interface SharedHost extends Host {
  /** The progress line, if there is one. */
  progress?: Progress;
  /** Shows the progress of work at a terminal until it is disposed of. */
  showProgress(work: Work): Promise<AsyncDisposable>;
}

/** How long a single target may take before its progress line is loaded, in ms. Most are done by then. */
const LATE = 750;

/** Returns the host of a run. */
export function shareTerminal(host: Host): SharedHost {
  const aside = <T>(write: () => Promise<T>) => shared.progress?.aside(write) ?? write();
  const isShared = host.isTerminal("stdout");
  const shared: SharedHost = {
    ...host,
    write: (text) => isShared ? aside(() => host.write(text)) : host.write(text),
    writeError: (text) => aside(() => host.writeError(text)),
    async openTerminal(isStdinFree) {
      const terminal = await host.openTerminal(isStdinFree);
      if (typeof terminal === "string") return terminal;
      return { ...terminal, ask: (question) => aside(() => terminal.ask(question)) };
    },
    async showProgress(work) {
      const startedAt = performance.now();
      let isOver = !host.isTerminal("stderr") || host.isDumb();
      const start = async () => {
        const { startProgress } = await import("./progress.ts");
        const columns = () => host.columns("stderr");
        if (!isOver) shared.progress = startProgress(work, startedAt, host.writeError, columns);
      };
      const late = work.total === 1 && !isOver ? AbortSignal.timeout(LATE) : undefined; // setTimeout() takes 10 ms
      late?.addEventListener("abort", start);
      if (!late && !isOver) await start();
      return {
        async [Symbol.asyncDispose]() {
          isOver = true;
          late?.removeEventListener("abort", start); // with it, the process would wait for the timeout
          await shared.progress?.end();
        },
      };
    },
  };
  return shared;
}

/**
 * Stops the run at the first interrupt and says so, and ends the process at the second. Returns a function that
 * returns whether there was one, once that has been said.
 */
export function stopOnInterrupt(
  host: SharedHost,
  { stop, inFlight }: Pick<Run, "stop" | "inFlight">,
): () => Promise<boolean> {
  let said: Promise<void> | undefined;
  const say = async (signal: Signal) => {
    await new Promise((resolve) => setTimeout(resolve, 0)); // those that were waiting are given up by then
    const hadLine = await host.progress?.end();
    if (!hadLine) await host.writeError(freshLine(host)); // as the terminal shows ^C
    await host.writeError(describeStop(inFlight.size, signal));
  };
  void host.onInterrupt((signal) => { // not awaited, so that the run need not wait for a file to be read
    if (said) host.exit(EXIT.interrupted);
    stop();
    said = say(signal);
  });
  return async () => {
    await said;
    return said !== undefined;
  };
}

/** What a command does its work with. */
export interface Run {
  /** Aborts at the first Ctrl-C, and when standard output is closed. */
  stopSignal: AbortSignal;
  /** What has happened so far. */
  tally: Tally;
  /** A line for the summary. */
  note?: string;
  /** Returns the name of a target that was chosen in the directory. */
  nameOf?: (id: string | null) => string | null;
  /** Notes where the run removes photos, for the report; with `earlier`, checks that it is where those runs did. */
  identify: RunReport["identify"];
  /** The targets in flight. */
  inFlight: InFlight;
  /** Adds a result to the report. */
  onResult: (result: PhotoResult) => Promise<void>;
  /** Writes the record of a result to standard output. */
  show: (result: PhotoResult) => Promise<void>;
  /** Starts no further targets; those are counted, and have no records. */
  stop: () => void;
  /** Notes that the question for all targets was answered with no. */
  decline: (message: string) => Promise<void>;
}

/** Returns whether there are targets that the same command could still do something for. */
const isUnfinished = ({ outcomes, notBegun, input }: Tally) =>
  outcomes.has("failed") || outcomes.has("notAttempted") || notBegun > 0 || input?.isCutShort() === true;

/**
 * Returns the command line that puts back what a run removed or replaced; `undefined` if that is not possible.
 *
 * @param startedAt Milliseconds since 1970.
 */
function undoLine(
  { command, operands, values }: Arguments,
  tally: Tally,
  startedAt: number,
): string | undefined {
  const { count, targets } = tally.saved;
  const folder = command === "restore" ? operands[0] : values.backup;
  if (count === 0 || folder === undefined || values.cloud === "emulator") return undefined; // which is gone by then
  const connection = CONNECTION_OPTIONS.map((name) => [name, values[name]]);
  return formatArguments({
    command: "restore",
    operands: [
      folder,
      ...count > targets.length ? [] : targets.map((target) => toKindAndId(target).id ?? "me"),
    ],
    flags: { overwrite: command === "restore" },
    values: {
      ...Object.fromEntries(connection),
      ...(count > targets.length ? { since: new Date(startedAt).toISOString() } : {}),
    },
  });
}

/** Writes the summary, how to undo the run, and how to resume it if something is left to do. */
async function writeSummary(
  args: Arguments,
  host: Host,
  tally: Tally,
  startedAt: number,
  durationMs: number,
  isStopped: boolean,
): Promise<void> {
  const { command, flags, values: { report, "contact-sheet": _, ...values } } = args; // which exists now
  if (flags.quiet || tally.outcomes.size + tally.finishedBefore + tally.notBegun === 0) return;
  const paint = createPaint(host.isTerminal("stderr") && !flags["no-color"] && !host.noColor());
  await host.writeError(summarize(tally, durationMs, flags["what-if"] ?? false, paint));
  const undo = undoLine(args, tally, startedAt);
  if (undo) await host.writeError(`To undo: ${printable(undo)}\n`);
  const resume = report ?? values.resume;
  const canResume = command !== undefined && commandSpec(command).options.includes("resume");
  if (!isUnfinished(tally)) return;
  if (canResume && resume !== undefined) {
    const line = formatArguments({ ...args, values: { ...values, resume } });
    const withInput = isStdinList(args) ? ", with the same input" : "";
    await host.writeError(`To resume${withInput}: ${printable(line)}\n`);
  } else if (isStopped || isList(args) || isSelection(args) || command === "restore") {
    const isRepeated = flags["what-if"] || flags.overwrite;
    const done = command === "restore" ? "back are kept" : "gone are reported as absent";
    const what = isRepeated ? "" : `; photos that are already ${done}`;
    await host.writeError(`To go on: run the same command again${what}\n`);
  }
}

/**
 * Runs a command on targets: opens the report and listens for Ctrl-C before the `work` begins, and writes the summary
 * when it has ended.
 *
 * @returns The exit code.
 */
export async function runCommand(
  args: Arguments,
  host: Host,
  work: (run: Run, host: SharedHost) => Promise<void>,
): Promise<number> {
  const { flags, values } = args;
  const shared = shareTerminal(host);
  const stopping = new AbortController();
  const reportPath = values.report ?? values.resume;
  await using report = reportPath === undefined
    ? NO_REPORT
    : await (await import("./open_report.ts")).openReport(reportPath, stopping.signal);
  const output = openOutput(shared, () => stopping.abort());
  const gathered = gatherWrites(output.write);
  const isTerminal = host.isTerminal("stdout");
  const shape = photoRecordShape({
    paint: createPaint(isTerminal && !flags["no-color"] && !host.noColor()),
    wrap: await tableWrapper(host),
    isVerbose: flags.verbose ?? false,
    isRestore: args.command === "restore",
  });
  const format = outputFormat(args, host);
  const records = createRecordWriter(format, shape, gathered.write);
  const areHintsShown = (format === "table" || format === "failures") && isTerminal &&
    host.isTerminal("stderr");
  const tally = emptyTally();
  const inFlight: InFlight = new Map();
  const isNotBegun = ({ outcome }: PhotoResult) => outcome === "notAttempted" && stopping.signal.aborted;
  let isDeclined = false;
  const run: Run = {
    stopSignal: stopping.signal,
    tally,
    identify: report.identify,
    inFlight,
    async onResult(result) {
      inFlight.delete(targetKey(result.target));
      if (!isNotBegun(result)) await report.add(result);
    },
    async show(result) {
      if (isNotBegun(result)) return void tally.notBegun++;
      const record = toRecord(result, run.nameOf);
      countResult(tally, result, areHintsShown);
      await records.write(record);
      if (isTerminal || flags.confirm) await gathered.flush(); // so that prompts appear after the record
    },
    stop: () => stopping.abort(),
    async decline(message) {
      isDeclined = true;
      await wasInterrupted(); // which ends the line of ^C
      await host.writeError(`${message}\n`);
    },
  };
  const wasInterrupted = stopOnInterrupt(shared, run);
  const startedAt = Date.now(); // creating the first Date takes half a millisecond
  const start = performance.now();
  try {
    await work(run, shared);
    await records.end();
    if (isDeclined) await report.discardIfUnused();
  } catch (error) {
    await report.discardIfUnused();
    if (!await wasInterrupted() || error !== stopping.signal.reason) throw error; // such as a sign-in that was waited for
  } finally {
    await gathered.flush();
    await wasInterrupted();
    await writeSummary(args, host, tally, startedAt, performance.now() - start, stopping.signal.aborted);
    if (run.note && !flags.quiet) await host.writeError(run.note);
  }
  if (await wasInterrupted()) return EXIT.interrupted;
  output.check();
  if (tally.failures.has("DelegatedTokenRequired")) return EXIT.credential;
  const isIncomplete = isUnfinished(tally) || tally.input?.isIncomplete() === true;
  return output.isClosed() || isDeclined || isIncomplete ? EXIT.failed : EXIT.ok;
}

/** Stops a run that cannot succeed; asks first if there is a terminal to ask at. */
async function stopUnlessWanted(
  why: string,
  questions: Questions | undefined,
  host: Host,
  run: Run,
): Promise<void> {
  const help = { yes: "try the others, too", no: "start no others" };
  if (await questions?.once(`${why}\nGo on with the others?`, help)) return;
  run.stop();
  if (!questions) await host.writeError(`${why}\nStopping: no further targets are started.\n`);
}

/** Shows results as they arrive, with a progress line at a terminal; stops if none can succeed. */
export async function showAll(
  results: AsyncIterable<PhotoResult>,
  { flags }: Arguments,
  host: SharedHost,
  run: Run,
  { total, asking, connection, questions }: {
    total: number | undefined;
    asking: Asking;
    connection: Connection;
    questions: Questions | undefined;
  },
): Promise<void> {
  await using _progress = flags.quiet
    ? undefined
    : await host.showProgress({ ...run, total, isEach: asking === "each" });
  const { createRefusalWatch } = total === 1 ? {} : await import("./refusals.ts");
  const whyHopeless = createRefusalWatch?.(connection);
  for await (const result of results) {
    await run.show(result);
    const why = await whyHopeless?.(result);
    if (why !== undefined) await stopUnlessWanted(messageText(why), questions, host, run);
  }
}

/** Says with `--verbose` what is used, and where each value came from. */
export async function announce(
  { flags }: Arguments,
  host: Host,
  connection: Connection,
): Promise<void> {
  if (flags.verbose) await host.writeError(`${printable(describeConnection(connection))}\n`);
}
