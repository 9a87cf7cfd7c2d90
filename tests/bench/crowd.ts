/**
 * Many removals, by this tool and by what admins write on Microsoft's client, each as a process of its own against the
 * same emulator, by https: as that client demands it.
 */
import type { Admission } from "../../lib/emulator/mod.ts";
import { environment } from "../support/run_cli.ts";
import type { Task, Took } from "./bulk_process.ts";
import { startEmulator } from "./bulk_runs.ts";
import { measure } from "./measure.ts";
import type { Rivals } from "./rivals.ts";
import type { Ratio, Row } from "./row.ts";

const LATENCY = 50;
const PROCESS = new URL("./bulk_process.ts", import.meta.url).href;

/** A way to remove many photos. */
interface Way {
  name: string;
  theirs?: boolean;
  concurrency: number;
  batchSize: number;
}

type Emulator = Awaited<ReturnType<typeof startEmulator>>;
type Measured = Pick<Took, "ms" | "cpu" | "requests" | "removed" | "attempts"> & { peak: number | null };

const ours = (concurrency: number, batchSize: number): Way => ({
  name: `this tool, concurrency ${concurrency}, batches of ${batchSize}`,
  concurrency,
  batchSize,
});
const LOOP: Way = { name: "Microsoft's client in a loop", theirs: true, concurrency: 1, batchSize: 1 };
const POOL: Way = { name: "Microsoft's client, concurrency 4", theirs: true, concurrency: 4, batchSize: 1 };
const BATCHES: Way = {
  name: "Microsoft's client, concurrency 4, batch helper",
  theirs: true,
  concurrency: 4,
  batchSize: 20,
};

/** Removes the photos of the users whose numbers begin with `from`. */
async function run(way: Way, emulator: Emulator, rivals: Rivals, count: number, flags: Partial<Task> = {}) {
  const { concurrency, batchSize } = way;
  const ca = await Deno.makeTempFile({ suffix: ".pem" });
  try {
    await Deno.writeTextFile(ca, emulator.certificate!);
    const { cloud, token } = emulator;
    const task: Task = { how: "removal", cloud, token, from: 1, count, concurrency, batchSize, ...flags };
    const env = { ...environment(), GRAPH_ENDPOINT: cloud.graph, GRAPH_ACCESS_TOKEN: token };
    const { stdout, peak } = way.theirs
      ? await measure(
        [...rivals.graphClient, "bulk", count, concurrency, batchSize].map(String),
        { ...env, NODE_EXTRA_CA_CERTS: ca },
      )
      : await measure(
        [
          Deno.execPath(),
          "run",
          "--quiet",
          "--allow-all",
          "--v8-flags=--expose-gc",
          PROCESS,
          JSON.stringify(task),
        ],
        { ...env, DENO_CERT: ca },
      );
    return { ...JSON.parse(stdout), peak } as Measured;
  } finally {
    await Deno.remove(ca);
  }
}

function toRow(group: string, name: string, count: number, took: Measured, ratios: Ratio[]): Row {
  const { ms, cpu, requests, peak } = took;
  return { group, name, count, ms, cpuMs: cpu, peakBytes: peak, requests, ratios };
}

/** How many targets each way has: those that would take minutes have fewer, as the time a target is the same. */
const BULK: readonly (readonly [Way, readonly number[]])[] = [
  [ours(1, 1), [400]],
  [ours(4, 1), [2000]],
  [ours(8, 1), [2000]],
  [ours(1, 20), [2000]],
  [ours(4, 20), [2000, 20_000]],
  [ours(8, 20), [2000, 20_000]],
  [LOOP, [400]],
  [POOL, [2000]],
  [BATCHES, [2000, 20_000]],
];

/** Many removals where each answer takes 50 ms. */
export async function measureBulk(rivals: Rivals): Promise<Row[]> {
  const runs: { way: Way; count: number; took: Measured }[] = [];
  for (const [way, counts] of BULK) {
    for (const count of counts) {
      await using emulator = await startEmulator({ users: count, latency: LATENCY, secure: true });
      const took = await run(way, emulator, rivals, count, { cold: true });
      if (took.removed !== count) throw new Error(`${way.name} removed ${took.removed} of ${count}`);
      runs.push({ way, count, took });
    }
  }
  const a = ({ took, count }: (typeof runs)[number], part: "ms" | "cpu") => took[part] / count;
  const of = (way: Way, count: number) => runs.find((run) => run.way === way && run.count === count)!;
  return runs.map((each) => {
    const { way: { name, theirs, concurrency, batchSize }, count, took } = each;
    const ideal = Math.ceil(count / batchSize / concurrency) * LATENCY;
    const isDefault = !theirs && concurrency === 4 && batchSize === 20;
    return toRow(`Many removals, ${LATENCY} ms latency`, name, count, took, [
      { to: "the ideal", ratio: took.ms / ideal, below: isDefault ? 1.1 : undefined },
      ...isDefault
        ? [
          { to: POOL.name, ratio: a(each, "ms") / a(of(POOL, 2000), "ms"), below: 1 / 15 },
          { to: BATCHES.name, ratio: took.ms / of(BATCHES, count).took.ms, below: 1.05 },
          { to: `processor of ${BATCHES.name}`, ratio: took.cpu / of(BATCHES, count).took.cpu, below: 1 },
        ]
        : [],
    ]);
  });
}

/** How time and memory grow with the number of targets. */
export async function measureGrowth(rivals: Rivals): Promise<Row[]> {
  const rows: Row[] = [];
  for (const count of [1000, 10_000, 100_000]) {
    await using emulator = await startEmulator({ users: count, latency: 0, secure: true });
    const took = await run(ours(4, 20), emulator, rivals, count, { cold: true });
    const first = rows[0];
    rows.push(toRow("Growth, no latency", "this tool", count, took, [
      ...first ? [{ to: "time a target of 1,000", ratio: took.ms / count / (first.ms / first.count!) }] : [],
      ...first?.peakBytes ? [{ to: "memory at the most of 1,000", ratio: took.peak! / first.peakBytes }] : [],
    ]));
  }
  return rows;
}

const EXECUTABLE = new URL("../../dist/remove-profile-photo", import.meta.url).pathname;

/** How the memory of the command grows, from a list in a file, as an admin runs it. */
export async function measureMemory(): Promise<Row[]> {
  const source = [Deno.execPath(), "run", "--quiet", "--allow-all"];
  const cli = new URL("../../cli.ts", import.meta.url).href;
  const ways: readonly { name: string; words: readonly string[]; below?: number }[] = [
    { name: "the executable", words: [EXECUTABLE], below: 1.5 },
    { name: "from source", words: [...source, cli] },
    { name: "from source, as cli.ts says it", words: [...source, "--v8-flags=--max-semi-space-size=4", cli] },
  ];
  const counts = [2000, 200_000];
  const rows: Row[] = [];
  const list = await Deno.makeTempFile({ suffix: ".txt" });
  try {
    for (const { name, words, below } of ways) {
      let first: Row | undefined;
      for (const count of counts) {
        await using emulator = await startEmulator({ users: count, latency: 0 });
        const names = Array.from(
          { length: count },
          (_, at) => `user${String(at + 1).padStart(5, "0")}@contoso.com\n`,
        );
        await Deno.writeTextFile(list, names.join(""));
        const args = ["user", "--from", list, "--yes", "--output", "none"];
        const { wall, cpu, peak } = await measure([...words, ...args], {
          ...environment(),
          GRAPH_ENDPOINT: emulator.cloud.graph,
          GRAPH_ACCESS_TOKEN: emulator.token,
        });
        const ratios = first && peak
          ? [{ to: `memory at the most of ${counts[0]} targets`, ratio: peak / first.peakBytes!, below }]
          : [];
        const row = {
          group: "Memory of the command",
          name,
          count,
          ms: wall,
          cpuMs: cpu,
          peakBytes: peak,
          ratios,
        };
        rows.push(row);
        first ??= row;
      }
    }
  } finally {
    await Deno.remove(list);
  }
  return rows;
}

/** Where Graph admits so many a second, and throttles what is beyond. */
export async function measureThrottled(rivals: Rivals): Promise<Row[]> {
  const admission: Admission = { perSecond: 200, window: "fixed" };
  const [seconds, count] = [20, 4000];
  const rows: Row[] = [];
  for (const way of [ours(4, 20), POOL, BATCHES]) {
    await using emulator = await startEmulator({ users: count, latency: LATENCY, admission, secure: true });
    const took = await run(way, emulator, rivals, count, { cold: true });
    const { removed, ms, attempts } = took;
    const admitted = removed / admission.perSecond / (Math.max(ms / 1000, seconds * removed / count));
    rows.push(toRow(`Throttled above ${admission.perSecond} a second`, way.name, count, took, [
      { to: "the time that Graph admits", ratio: 1 / admitted, below: way.theirs ? undefined : 1 / 0.95 },
      { to: "all: throttled", ratio: (attempts - removed) / attempts, below: way.theirs ? undefined : 0.1 },
      { to: "all: left undone", ratio: (count - removed) / count },
    ]));
  }
  return rows;
}
