/**
 * Runs against a Graph that admits so many requests a second, and throttles the others:
 * `deno run --allow-all tests/bench/throttling.ts`. Exit code 1 when a bound is broken.
 */
import type { RateLimit } from "../../lib/emulator/mod.ts";
import { measure, report, type Row, startEmulator } from "./bulk_runs.ts";

const LATENCY = 50;
/** The part of the admitted rate that is to be reached, and of the requests that may be throttled. */
const REACHED = 0.95;
const WASTED = 0.1;

/** What is admitted, and how many seconds' worth of targets there are. */
const RUNS: readonly (readonly [RateLimit, seconds: number])[] = [
  [{ perSecond: 100, window: "fixed" }, 30],
  [{ perSecond: 100, window: "sliding" }, 60], // a moment without a request is lost for good
  [{ perSecond: 400, window: "bucket" }, 30],
  [{ perSecond: 1000, window: "fixed" }, 30],
];

const rows: Row[] = [];
for (const [admission, seconds] of RUNS) {
  const { perSecond, window } = admission;
  const count = perSecond * seconds;
  await using emulator = await startEmulator({ users: count, latency: LATENCY, admission });
  const { ms, attempts } = await measure({ how: "removal", ...emulator, from: 1, count, cold: true });
  rows.push({
    what: `time for ${count} targets, ${perSecond} admitted a second (${window}), to the ideal`,
    figure: `${(ms / 1000).toFixed(1)} to ${seconds} s`,
    ratio: ms / 1000 / seconds,
    below: Math.round(1000 / REACHED) / 1000,
  }, {
    what: "  requests throttled, of all",
    figure: `${attempts - count} of ${attempts}`,
    ratio: (attempts - count) / attempts,
    below: WASTED,
  });
}
Deno.exit(report(rows) ? 0 : 1);
