import { isThrottled } from "../http/retry.ts";
import { countDone, type Tally } from "./summary.ts";
import { formatCount, formatDuration } from "./text.ts";

/** A wait before a request is repeated. */
export interface Wait {
  /** When it ends, by `performance.now()`. */
  until: number;
  /** HTTP status of the response that it follows; `null` if there was none. */
  status: number | null;
}

/** The targets in flight, by their keys, with their latest wait. */
export type InFlight = Map<string, Wait | undefined>;

/** What the progress line tells of. */
export interface Work {
  tally: Tally;
  inFlight: InFlight;
  /** How many targets there are; `undefined` if that is not known. */
  total: number | undefined;
  /** Whether each target is confirmed first. The line then shows only waits. */
  isEach?: boolean;
  /** The kind that is read from the directory before the first target is known. */
  reading?: "user" | "group";
}

/** The progress line below the output of a terminal. */
export interface Progress {
  /** Erases the line while something else is written to the terminal, or asked there. */
  aside<T>(write: () => Promise<T>): Promise<T>;
  /** Erases the line for good. Returns whether there was one. */
  end(): Promise<boolean>;
}

/** How often the line is drawn, in ms. */
const INTERVAL = 250;
/** How long the line waits for a result before it says what the run is waiting for, in ms. */
const IDLE = 1000;
const ERASE_LINE = "\r\x1b[K";

/** A part of a line with its rank: those of the highest are left out first where the terminal is narrow. */
type Part = readonly [text: string, rank: number];

function fit(parts: readonly Part[], width: number): string {
  for (let most = Math.max(...parts.map(([, rank]) => rank));; most--) {
    const line = parts.filter(([, rank]) => rank <= most).map(([text]) => text).join("");
    if (line.length <= width || most === 0) return line.slice(0, width);
  }
}

const seconds = (ms: number) => ms < 59_000 ? `${Math.ceil(ms / 1000)} s` : formatDuration(ms);

const soFar = (ms: number): Part => [`, ${seconds(ms)} so far`, 1];

/** Returns how long the next repetition is waited for, and why; `undefined` if nothing waits. */
function describeWait(inFlight: InFlight, now: number): [howLong: string, why: string] | undefined {
  let next: Wait | undefined;
  for (const wait of inFlight.values()) {
    if (wait && wait.until > now && (!next || wait.until < next.until)) next = wait;
  }
  if (!next) return undefined;
  const answer = next.status === null ? "no answer from Graph" : `Graph answered ${next.status}`;
  return [
    `waiting ${seconds(next.until - now)}`,
    isThrottled(next.status) ? " as Graph asks" : ` (${answer})`,
  ];
}

/**
 * Returns the progress of many targets, as in "1,234 of 20,000, 412/s, 45 s left, 3 failed, 12 throttled" or
 * "1,234 of 20,000, waiting 12 s as Graph asks" or "Reading the users of the directory, 3 s so far".
 *
 * @param now By `performance.now()`.
 * @param elapsed How long the work takes so far, in ms.
 * @param idle How long nothing has been done, in ms.
 */
export function describeProgress(
  { tally, inFlight, total, reading }: Work,
  { now, elapsed, idle }: { now: number; elapsed: number; idle: number },
  width = Infinity,
): string {
  const done = countDone(tally);
  if (done === 0 && reading) {
    return fit([[`Reading the ${reading}s of the directory`, 0], soFar(elapsed)], width);
  }
  const rate = (done - tally.finishedBefore) * 1000 / Math.max(1, elapsed);
  const left = total === undefined ? undefined : total - done;
  const failed = tally.outcomes.get("failed") ?? 0;
  const wait = idle < IDLE ? undefined : describeWait(inFlight, now);
  return fit([
    [total === undefined ? `${formatCount(done)} done` : `${formatCount(done)} of ${formatCount(total)}`, 0],
    ...(wait ? [[`, ${wait[0]}`, 1], [wait[1], 3]] as const : []),
    ...(!wait && rate > 0 ? [[`, ${rate.toFixed(rate < 10 ? 1 : 0)}/s`, 4]] as const : []),
    ...(!wait && left && rate > 0 ? [[`, ${formatDuration(left / rate * 1000)} left`, 1]] as const : []),
    ...(failed ? [[`, ${formatCount(failed)} failed`, 2]] as const : []),
    ...(!wait && tally.throttled ? [[`, ${formatCount(tally.throttled)} throttled`, 5]] as const : []),
  ], width);
}

/** Returns what a slow target is waiting for; an empty text if it is not slow. */
export function describeOne(
  { inFlight }: Work,
  { now, idle }: { now: number; idle: number },
  width = Infinity,
): string {
  if (inFlight.size === 0 || idle < IDLE) return "";
  const wait = describeWait(inFlight, now);
  if (wait) return fit([[wait[0].replace("w", "W"), 0], [wait[1], 1]], width);
  return fit([["Waiting for Graph", 0], [" to answer", 2], soFar(idle)], width);
}

/**
 * Draws the line regularly until its end.
 *
 * @param startedAt When the work began, by `performance.now()`.
 * @param columns Returns how wide the terminal is, if that is known.
 */
export function startProgress(
  work: Work,
  startedAt: number,
  write: (text: string) => Promise<void>,
  columns: () => number | undefined,
): Progress {
  let isDrawn = false;
  let isDue = false; // it must be drawn once nothing else is being written
  let drawn = "";
  let ended: Promise<boolean> | undefined;
  let asides = 0;
  let done = 0;
  let changedAt = startedAt;
  let written = Promise.resolve();
  const put = (text: string) => written = written.then(() => write(text)); // one after the other
  const erase = async () => {
    const wasDrawn = isDrawn;
    isDrawn = false;
    if (wasDrawn) void put(ERASE_LINE);
    await written; // also where another erases the line
    return wasDrawn;
  };
  const draw = () => {
    if (ended) return;
    if (asides > 0) return void (isDue = true);
    isDue = false;
    const now = performance.now();
    if (done !== (done = countDone(work.tally))) changedAt = now;
    const isOne = work.total === 1 || (work.isEach && work.inFlight.size < 2);
    const times = { now, elapsed: now - startedAt, idle: now - changedAt };
    const line = (isOne ? describeOne : describeProgress)(work, times, (columns() ?? Infinity) - 1);
    if (line === "") return void erase();
    if (isDrawn && line === drawn) return;
    isDrawn = true;
    drawn = line;
    void put(ERASE_LINE + line);
  };
  const timer = setInterval(draw, INTERVAL);
  return {
    async aside(write) {
      asides++;
      if (await erase()) isDue = true;
      try {
        return await write();
      } finally {
        changedAt = performance.now();
        if (--asides === 0 && isDue) draw();
      }
    },
    async end() {
      clearInterval(timer);
      return await (ended ??= erase());
    },
  };
}
