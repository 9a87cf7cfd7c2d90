/**
 * Ratios of bulk runs: `deno run --allow-all tests/bench/bulk.ts`. Exit code 1 when a bound is broken. For the time
 * without throttling see compare.ts.
 */
import type { RateLimit } from "../../lib/emulator/mod.ts";
import { measure, report, type Row, SMALL_YOUNG_SPACE, startEmulator } from "./bulk_runs.ts";

const mb = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;

/** What a long run holds in memory against a short one. */
async function memoryRows(): Promise<Row[]> {
  const [few, many] = [2000, 200_000];
  const took = async (count: number, v8Flags?: string[]) => {
    await using emulator = await startEmulator({ users: count + 80, latency: 0 });
    return await measure({ how: "removal", ...emulator, from: 1, count, looks: true }, v8Flags);
  };
  const compare = async (
    what: string,
    part: "heap" | "rss",
    v8Flags?: string[],
    below?: number,
  ): Promise<Row> => {
    const [short, long] = [await took(few, v8Flags), await took(many, v8Flags)];
    return {
      what: `${what}, ${many} targets to ${few}`,
      figure: `${mb(long[part])} to ${mb(short[part])}`,
      ratio: long[part] / short[part],
      below,
    };
  };
  return [
    await compare("heap after collection at its most", "heap", [], 1.5),
    await compare("process at its most", "rss"),
    await compare(`  with ${SMALL_YOUNG_SPACE}`, "rss", [SMALL_YOUNG_SPACE], 1.5),
  ];
}

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

/** How long runs take, and what they waste, if Graph throttles. */
async function throttledRows(): Promise<Row[]> {
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
  return rows;
}

Deno.exit(report([...await memoryRows(), ...await throttledRows()]) ? 0 : 1);
