import { type InvalidTarget, parseTarget, type Target } from "../../target.ts";
import { describeFileError, isRegularFile, openInput } from "../../host/files.ts";
import type { Arguments } from "../arguments.ts";
import { toUsageError } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { COLUMN_NAMES, type Row } from "./row.ts";
import { quotePath } from "../text.ts";

/** Where the targets of a run come from. */
export interface Source {
  /** The targets, and the rows that name none. */
  targets: Iterable<Target | InvalidTarget> | AsyncIterable<Target | InvalidTarget>;
  /** Whether they were named on the command line. */
  named: boolean;
  /** How many there are, or have been read so far. */
  count: number;
  /** How many of these an earlier run has finished. */
  finished: number;
  /** Whether there can be more than that. */
  more: boolean;
}

/** How far a pipe is read ahead, in rows and in ms, to tell how many targets there are. */
const PEEK_ROWS = 1000;
const PEEK_TIME = 1000;

/**
 * An id without the quotes around it: cmd hands single ones on, PowerShell 7 those of a list, and Word makes them
 * curly. No id ends with one.
 */
const unquote = (id: string) => id.replace(/^(['"\u2018\u201c])(.*)['"\u2019\u201d]$/, "$2");

/** The targets that were named, each of which must be right before anything is sent. */
function namedTargets({ command, operands }: Arguments): Target[] {
  if (command === "me") {
    if (operands.length === 0) return ["me"];
    throw new UsageError(
      "The command me takes no ids",
      "To remove another user's photo: remove-profile-photo user ID",
    );
  }
  if (operands.length === 0) {
    throw new UsageError(
      `Say which ${command} to remove the photo of`,
      `See: remove-profile-photo ${command} --help`,
    );
  }
  const joined = operands.find((id) => id.includes(","));
  if (joined !== undefined) {
    throw new UsageError(
      `Cannot take ${JSON.stringify(joined)} as the id of one ${command}, as it holds a comma`,
      `Separate ids by blanks, or write -${command === "user" ? "UserId" : "GroupId"} a,b.`,
    );
  }
  return operands.map((id) => toUsageError(() => parseTarget({ [command!]: unquote(id.trim()) })));
}

/** The file that targets are read from, if any. */
function inputPath({ command, operands, values }: Arguments): string | undefined {
  const path = values.from ?? operands.find((id) => id === "-");
  if (path === undefined) {
    if (values.column !== undefined) throw new UsageError("--column goes with --from or -");
    return undefined;
  }
  if (command === "me") throw new UsageError("The command me takes no ids");
  if (operands.length > (values.from === undefined ? 1 : 0)) {
    throw new UsageError(
      "Ids go with neither --from nor -",
      "Name the targets, or read them from one file or pipe.",
    );
  }
  return path;
}

/** Ends when the run is to end: a pipe can be open for ever. */
async function* untilStopped<T>(items: AsyncIterable<T>, stop: AbortSignal): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  const stopped = new Promise<{ done: true }>((resolve) =>
    stop.addEventListener("abort", () => resolve({ done: true }))
  );
  for (;;) {
    const next = await Promise.race([iterator.next(), stopped]);
    if (next.done) return;
    yield next.value;
  }
}

/** Letters that were lost before they came here, and what to do about it. */
const LOST_LETTERS: readonly (readonly [RegExp, string])[] = [
  [/\ufffd/, "a letter in it is neither UTF-8 nor UTF-16: save the file as UTF-8"],
  [/\?/, "a ? stands where Windows PowerShell could not pipe a letter: set $OutputEncoding to UTF-8 first"],
];

function toTarget(kind: "user" | "group", { where, id, problem }: Row): Target | InvalidTarget {
  const target = { [kind]: id } as Target;
  const lost = LOST_LETTERS.find(([letter]) => letter.test(id))?.[1];
  const wrong = problem ?? lost;
  if (wrong !== undefined) return { target, problem: `${where}: ${wrong}` };
  try {
    return parseTarget(target);
  } catch (error) {
    return { target, problem: `${where}: ${(error as TypeError).message}` };
  }
}

function cannotRead(path: string, cause: unknown): UsageError {
  const why = describeFileError(cause, "--allow-read");
  return new UsageError(`Cannot read the targets from ${quotePath(path)}: ${why}`, null, { cause });
}

async function* open(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* await openInput(path);
  } catch (cause) {
    throw cannotRead(path, cause);
  }
}

/** What was read ahead of a run. */
interface Ahead {
  rows: Row[];
  /** Whether there is nothing more. */
  ended: boolean;
  /** The row that was asked for and did not come in time. */
  pending?: Promise<IteratorResult<Row>>;
}

/** Reads ahead as far as rows come at once. The first is waited for: it shows what the input is. */
async function readAhead(source: AsyncIterator<Row>, most: number): Promise<Ahead> {
  const rows: Row[] = [];
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), PEEK_TIME);
  try {
    while (rows.length < most) {
      const pending = source.next();
      const next = rows.length === 0 ? await pending : await Promise.race([pending, late.promise]);
      if (!next) return { rows, ended: false, pending };
      if (next.done) return { rows, ended: true };
      rows.push(next.value);
    }
    return { rows, ended: false };
  } finally {
    clearTimeout(timer);
  }
}

/** All rows: those that were read ahead, and the rest. */
async function* allRows(source: AsyncGenerator<Row>, { rows, ended, pending }: Ahead): AsyncGenerator<Row> {
  yield* rows.splice(0);
  if (ended) return;
  const late = await pending;
  if (late?.done) return;
  if (late) yield late.value;
  yield* source;
}

/** How many rows there are, and how many of them name a target that is finished. */
async function countRows(
  rows: Iterable<Row> | AsyncIterable<Row>,
  isFinishedRow: (row: Row) => boolean,
): Promise<Pick<Source, "count" | "finished">> {
  let count = 0;
  let finished = 0;
  for await (const row of rows) {
    count++;
    if (isFinishedRow(row)) finished++;
  }
  return { count, finished };
}

/**
 * Finds the targets of a run. Input is looked into, so that one that cannot be used is noticed before anything else
 * is done; where they are to be `counted`, a file is read through, and a pipe as far as it gives rows at once.
 *
 * @param isFinished Whether an earlier run has finished a target, where there was one.
 * @throws {UsageError} If a target is wrong, or the input cannot be used.
 */
export async function openSource(
  args: Arguments,
  stop: AbortSignal,
  counted: boolean,
  isFinished: ((target: Target) => boolean) | undefined,
): Promise<Source> {
  const path = inputPath(args);
  if (path === undefined) {
    const named = namedTargets(args);
    const finished = isFinished ? named.filter(isFinished).length : 0;
    return { targets: named, named: true, count: named.length, finished, more: false };
  }
  const kind = args.command as "user" | "group";
  const { column } = args.values;
  const columns = { names: column ? [column] : COLUMN_NAMES[kind], chosen: column !== undefined };
  const bytes = open(path);
  const isFile = await isRegularFile(path).catch((cause) => {
    throw cannotRead(path, cause);
  });
  const { readRows } = await import("./rows.ts"); // a removal of named targets has no use for it
  const rows = readRows(isFile ? bytes : untilStopped(bytes, stop), columns);
  const ahead = await readAhead(rows, counted && !isFile ? PEEK_ROWS : 1);
  const exact = counted && isFile;
  const isFinishedRow = (row: Row) => {
    if (!isFinished) return false;
    const target = toTarget(kind, row);
    return typeof target === "object" && "problem" in target ? false : isFinished(target);
  };
  const counts = await countRows(exact ? readRows(open(path), columns) : ahead.rows, isFinishedRow);
  const targets = async function* () {
    for await (const row of allRows(rows, ahead)) yield toTarget(kind, row);
  };
  return { targets: targets(), named: false, ...counts, more: !exact && !ahead.ended };
}
