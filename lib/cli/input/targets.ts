import { isWindows } from "../../host/deno.ts";
import { describeFileError, isRegularFile, openInput } from "../../host/files.ts";
import { type InvalidTarget, isId, parseTarget, shownId, type Target } from "../../target.ts";
import type { Arguments } from "../arguments.ts";
import { PROGRAM } from "../commands.ts";
import { UsageError } from "../errors.ts";
import type { Host } from "../host.ts";
import { freshLine, quotePath } from "../text.ts";
import type { Row } from "./rows.ts";

/** What it takes to read standard input. */
export type StdinHost = Pick<Host, "readStdin" | "isTerminal" | "writeError" | "isDumb" | "columns">;

/** The targets of a run. Disposing of it closes the file. */
export interface TargetSource extends AsyncDisposable {
  /** The targets, and the rows from which none could be read. */
  targets: Iterable<Target | InvalidTarget> | AsyncIterable<Target | InvalidTarget>;
  /** How many there are, or have been read so far. */
  count: number;
  /** How many of those an earlier run has finished. */
  finished: number;
  /** Whether there may be more than have been counted. */
  hasMore: boolean;
  /** What there is to say about a list. */
  input?: InputSummary;
  /** Returns the name of a target that was chosen in the directory, where its id is a GUID. */
  nameOf?: (id: string | null) => string | null;
}

/** What there is to say about a list besides its targets. */
export interface InputSummary {
  /** Lines for the question: where the ids are. */
  question: readonly string[];
  /** Returns lines for the summary, when the last target has been read. */
  lines(): string[];
  /** Returns whether the list says of itself that there is more than has been read. */
  isIncomplete(): boolean;
  /** Returns whether it is a pipe whose end was not awaited. */
  isCutShort(): boolean;
}

/** How to read the targets of a run. */
export interface TargetSourceOptions {
  /** Ends a pipe that stays open. */
  stopSignal: AbortSignal;
  /** Whether to count: a file is read to its end, a pipe as far as its rows are there already. */
  isCounted: boolean;
  /** Returns whether an earlier run has finished a target. Default: none is finished. */
  isFinished?: (target: Target) => boolean;
}

/** Returns whether the targets are a list, from a file or standard input. */
export const isList = ({ operands, values }: Arguments): boolean =>
  values.from !== undefined || operands.includes("-");

/** Returns whether standard input is read for targets, or for those to leave out. */
export const isStdinList = ({ operands, values }: Arguments): boolean =>
  values.from === "-" || values.except === "-" || operands.includes("-");

/** Returns whether the targets are chosen in the directory. */
export const isSelection = ({ flags, values }: Arguments): boolean =>
  values.filter !== undefined || values["member-of"] !== undefined || flags.all === true;

/** Returns whether a row or target is invalid. */
export const isInvalid = (item: Target | InvalidTarget): item is InvalidTarget =>
  typeof item === "object" && "problem" in item;

/** Returns the targets that are named on the command line; throws a {@linkcode UsageError} if one is invalid. */
async function namedTargets({ command, operands }: Arguments, host: StdinHost): Promise<Target[]> {
  if (command === "me") {
    if (operands.length === 0) return ["me"];
    throw new UsageError("The command me takes no ids", `To remove another user's photo: ${PROGRAM} user ID`);
  }
  if (operands.length === 0) {
    const pipe = host.isTerminal("stdin")
      ? ""
      : `To read ids from a pipe, add -: ${PROGRAM} ${command} -; from a file: --from FILE. `;
    throw new UsageError(
      `Say which ${command} to remove the photo of`,
      `${pipe}See: ${PROGRAM} ${command} --help`,
    );
  }
  const kind = command as "user" | "group";
  const wrong = operands.find((word) => !isId(kind, word));
  if (wrong !== undefined) throw await (await import("../suggest.ts")).notAnId(kind, wrong);
  return operands.map((id) => parseTarget({ [kind]: id }));
}

/** Throws a {@linkcode UsageError} if the arguments contradict a list. */
function checkList({ command, operands, values }: Arguments): void {
  if (command === "me") throw new UsageError("The command me takes no ids");
  if (operands.length > (values.from === undefined ? 1 : 0)) {
    throw new UsageError(
      "Ids cannot be combined with --from or -",
      "Name the targets, or read them from one file or pipe.",
    );
  }
}

/** Yields items until the signal aborts, which calls `onStop`: a pipe may stay open without sending anything. */
export async function* untilStopped<T>(
  items: AsyncIterable<T>,
  stopSignal: AbortSignal,
  onStop: () => void,
): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  for (;;) {
    // Not Promise.race() with one promise for all, which would keep every item.
    const stopped = Promise.withResolvers<undefined>();
    const stop = () => stopped.resolve(undefined);
    stopSignal.addEventListener("abort", stop);
    if (stopSignal.aborted) stop();
    const next = await Promise.race([iterator.next(), stopped.promise]);
    stopSignal.removeEventListener("abort", stop);
    if (!next) return onStop();
    if (next.done) return;
    yield next.value;
  }
}

/** Signs of letters that were lost before the input got here, and what to do about it. */
const LOST_LETTERS: readonly (readonly [sign: RegExp, problem: string])[] = [
  [/\ufffd/, "it contains a letter that is neither UTF-8 nor UTF-16: save the file as UTF-8"],
  [/\?/, "it contains a ? where Windows PowerShell lost a letter: set $OutputEncoding to UTF-8 first"],
];

/** Returns the target of a row, or why there is none. */
function toTarget(kind: "user" | "group", { where, id, problem }: Row): Target | InvalidTarget {
  const wrong = problem ?? LOST_LETTERS.find(([sign]) => sign.test(id))?.[1];
  try {
    if (wrong === undefined) return parseTarget({ [kind]: id });
  } catch (error) {
    return {
      target: { [kind]: shownId(id) } as Target,
      problem: `${where}: ${(error as TypeError).message}`,
    };
  }
  return { target: { [kind]: shownId(id) } as Target, problem: `${where}: ${wrong}` };
}

function cannotRead(path: string, cause: unknown): UsageError {
  const why = describeFileError(cause, "--allow-read");
  return new UsageError(`Cannot read the targets from ${quotePath(path)}: ${why}`, null, { cause });
}

/** Yields standard input. At a keyboard, first says what to type and how to end it. */
export async function* readStdin(host: StdinHost, what: string): AsyncGenerator<Uint8Array> {
  const isKeyboard = host.isTerminal("stdin");
  const end = isWindows ? "Ctrl-Z and Enter end" : "Ctrl-D ends";
  if (isKeyboard) await host.writeError(`Reading ${what} from the keyboard; ${end}.\n`);
  yield* host.readStdin();
  if (isKeyboard) await host.writeError(freshLine(host));
}

async function* readBytes(path: string, host: StdinHost): AsyncGenerator<Uint8Array> {
  try {
    yield* path === "-" ? readStdin(host, "ids, one per line,") : await openInput(path);
  } catch (cause) {
    throw cannotRead(path, cause);
  }
}

/** How far a pipe is read ahead to count its rows: how many, and how long in ms. */
const MAX_ROWS_AHEAD = 1000;
const MAX_TIME_AHEAD = 1000;

/** The first rows of a list. */
interface FirstRows {
  rows: Row[];
  /** Whether there are no more. */
  isAll: boolean;
  /** A row that was requested, but did not arrive in time. */
  pending?: Promise<IteratorResult<Row>>;
}

/** Reads the first rows that arrive in time. The very first is always awaited: it shows whether the input is valid. */
async function readFirst(source: AsyncIterator<Row>, maxRows: number): Promise<FirstRows> {
  const rows: Row[] = [];
  const late = Promise.withResolvers<undefined>();
  const timer = maxRows === Infinity ? undefined : setTimeout(() => late.resolve(undefined), MAX_TIME_AHEAD);
  try {
    while (rows.length < maxRows) {
      const pending = source.next();
      const next = rows.length === 0 ? await pending : await Promise.race([pending, late.promise]);
      if (!next) return { rows, isAll: false, pending };
      if (next.done) return { rows, isAll: true };
      rows.push(next.value);
    }
    return { rows, isAll: false };
  } finally {
    clearTimeout(timer);
  }
}

/** Yields the rows that were read first, and then the rest. */
async function* withFirst(source: AsyncGenerator<Row>, { rows, isAll, pending }: FirstRows) {
  yield* rows.splice(0);
  if (isAll) return;
  const late = await pending;
  if (late?.done) return;
  if (late) yield late.value;
  yield* source;
}

/** Yields the bytes up to a position, which may become known while they are read. */
async function* upTo(end: () => number, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let position = 0;
  for await (const chunk of bytes) {
    yield chunk.subarray(0, end() - position);
    position += chunk.length;
    if (position >= end()) return;
  }
}

function namesNobody(path: string, passedOver: string): UsageError {
  return new UsageError(
    `The input names nobody${path === "-" ? "" : `: ${quotePath(path)}`}`,
    passedOver
      ? `It has ${passedOver}, and no ids.`
      : "It has no ids. If another command writes it, check that it did not fail.",
  );
}

/** Opens a list; reads its first row, so that an invalid input fails before anything is done. */
async function openList(
  args: Arguments,
  host: StdinHost,
  { stopSignal, isCounted, isFinished }: TargetSourceOptions,
): Promise<TargetSource> {
  checkList(args);
  const kind = args.command as "user" | "group";
  const { from: path = "-", column } = args.values;
  if (column !== undefined && isId(kind, column)) {
    throw new UsageError(
      "--column takes the name of a column, not an id",
      "If the input has no header, add one.",
    );
  }
  const isFile = await isRegularFile(path).catch((cause) => {
    throw cannotRead(path, cause);
  });
  const { readRows } = await import("./rows.ts"); // not needed for named targets
  const { describeNotes, describePassedOver, describeSource, emptyNotes } = await import("./notes.ts");
  const columns = { kind, chosen: column };
  let end = Infinity;
  const bytes = upTo(() => end, readBytes(path, host));
  const notes = emptyNotes();
  let isCutShort = false;
  const awaited = isFile ? bytes : untilStopped(bytes, stopSignal, () => isCutShort = true);
  const rows = readRows(awaited, columns, notes);
  // From the keyboard, all is read before anything else is written or asked there.
  const isKeyboard = path === "-" && host.isTerminal("stdin");
  const ahead = isKeyboard ? Infinity : isCounted && !isFile ? MAX_ROWS_AHEAD : 1;
  const first = await readFirst(rows, ahead);
  if (first.rows.length === 0 && !stopSignal.aborted) throw namesNobody(path, describePassedOver(notes));
  const isExact = isCounted && isFile;
  const counted = isExact ? emptyNotes() : notes;
  let size = 0;
  const measured = async function* () {
    for await (const chunk of readBytes(path, host)) {
      size += chunk.length;
      yield chunk;
    }
  };
  let count = 0;
  let finished = 0;
  for await (const row of isExact ? readRows(measured(), columns, counted) : first.rows) {
    count++;
    const target = toTarget(kind, row);
    if (isFinished && !isInvalid(target) && isFinished(target)) finished++;
  }
  if (isExact) end = size; // what is added to the file from now on was not counted
  const targets = async function* () {
    for await (const row of withFirst(rows, first)) yield toTarget(kind, row);
  };
  return {
    targets: targets(),
    count,
    finished,
    hasMore: !isExact && !first.isAll,
    input: {
      question: describeSource(counted),
      lines: () => [...describeNotes(notes), ...isCutShort ? ["the input was not read to its end"] : []],
      isIncomplete: () => notes.hasMorePages,
      isCutShort: () => isCutShort,
    },
    async [Symbol.asyncDispose]() {
      if (isFile) await rows.return(undefined); // a pipe could let it wait
    },
  };
}

/**
 * Opens the targets of a run: those named on the command line, or a list from a file or standard input.
 *
 * @throws {UsageError} If a named target is invalid, or the list cannot be read.
 */
export async function openTargets(
  args: Arguments,
  host: StdinHost,
  options: TargetSourceOptions,
): Promise<TargetSource> {
  if (isList(args)) return await openList(args, host, options);
  if (args.values.column !== undefined) throw new UsageError("--column requires --from or -");
  const targets = await namedTargets(args, host);
  const { isFinished } = options;
  const finished = isFinished ? targets.filter(isFinished).length : 0;
  return { targets, count: targets.length, finished, hasMore: false, async [Symbol.asyncDispose]() {} };
}
