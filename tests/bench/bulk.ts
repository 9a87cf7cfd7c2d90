/**
 * Ratios of bulk runs, all in one go: `deno run --allow-all tests/bench/bulk.ts`. Exit code 1 when a bound is broken.
 */
import { measure, report, type Row, SMALL_YOUNG_SPACE, startEmulator } from "./bulk_runs.ts";
import type { Task, Took } from "./bulk_process.ts";

const RUNS = 5;

const mb = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
const least = (runs: readonly Took[], part: "ms" | "cpu") => Math.min(...runs.map((took) => took[part]));

/** How long a run takes against an ideal one, where each answer takes 50 ms and four are in flight. */
async function timeRows(): Promise<Row[]> {
  const [count, latency, perRound] = [4000, 50, 80];
  const runs: Record<Task["how"], Took[]> = { removal: [], fetch: [] };
  for (let run = 0; run < RUNS; run++) {
    for (const how of ["removal", "fetch"] as const) {
      await using emulator = await startEmulator({ users: count + perRound, latency });
      runs[how].push(await measure({ how, ...emulator, from: 1, count }));
    }
  }
  const ideal = count / perRound * latency;
  const time = (what: string, how: Task["how"], below?: number): Row => {
    const ms = least(runs[how], "ms");
    return { what, figure: `${ms.toFixed(0)} ms`, ratio: ms / ideal, below };
  };
  const [cpu, bareCpu] = [least(runs.removal, "cpu"), least(runs.fetch, "cpu")];
  return [
    time(`time for ${count} targets, to the ideal of ${ideal} ms`, "removal", 1.1),
    time("  the same requests by bare fetch", "fetch"),
    {
      what: "processor time for 1000 targets, to bare fetch of the same",
      figure: `${(cpu * 1000 / count).toFixed(0)} to ${(bareCpu * 1000 / count).toFixed(0)} ms`,
      ratio: cpu / bareCpu,
    },
    {
      what: `requests for ${count} targets, to one for 20`,
      figure: String(runs.removal[0]!.requests),
      ratio: runs.removal[0]!.requests / (count / 20),
      below: 1.1,
    },
  ];
}

/** What a long run holds in memory against a short one, next to the same requests by bare fetch. */
async function memoryRows(): Promise<Row[]> {
  const [few, many] = [2000, 200_000];
  const took = async (how: Task["how"], count: number, v8Flags: string[] = []) => {
    await using emulator = await startEmulator({ users: count + 80, latency: 0 });
    return await measure({ how, ...emulator, from: 1, count, looks: true }, v8Flags);
  };
  const both = async (how: Task["how"], v8Flags?: string[]) => ({
    few: await took(how, few, v8Flags),
    many: await took(how, many, v8Flags),
  });
  const [removal, fetching] = [await both("removal"), await both("fetch")];
  const small = await both("removal", [SMALL_YOUNG_SPACE]);
  const compare = (
    what: string,
    part: "heap" | "rss",
    { few, many }: typeof removal,
    below?: number,
  ): Row => ({
    what,
    figure: `${mb(many[part])} to ${mb(few[part])}`,
    ratio: many[part] / few[part],
    below,
  });
  const counts = `${many} targets to ${few}`;
  return [
    compare(`heap after collection at its most, ${counts}`, "heap", removal, 1.5),
    compare("  the same requests by bare fetch", "heap", fetching),
    compare(`process at its most, ${counts}`, "rss", removal),
    compare("  the same requests by bare fetch", "rss", fetching),
    compare(`  with ${SMALL_YOUNG_SPACE}`, "rss", small, 1.5),
    {
      what: `requests for ${many} targets, to one for 20`,
      figure: String(removal.many.requests),
      ratio: removal.many.requests / (many / 20),
      below: 1.1,
    },
    {
      what: `time for ${many} targets, to bare fetch of the same`,
      figure: `${(removal.many.ms / 1000).toFixed(1)} to ${(fetching.many.ms / 1000).toFixed(1)} s`,
      ratio: removal.many.ms / fetching.many.ms,
    },
  ];
}

Deno.exit(report([...await timeRows(), ...await memoryRows()]) ? 0 : 1);
