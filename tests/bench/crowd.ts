/**
 * Many removals, by this tool and by what admins write on Microsoft's client, each as a process of its own against the
 * same emulator, by https: as that client demands it.
 */
import type { RateLimit } from "../../lib/emulator/mod.ts";
import { userList } from "../support/users.ts";
import type { Task, Took as Run } from "./bulk_process.ts";
import { SMALL_YOUNG_SPACE, startEmulator } from "./bulk_runs.ts";
import type { Served } from "./emulator_process.ts";
import { measure, type Took } from "./measure.ts";
import type { Rivals } from "./rivals.ts";
import type { Ratio, Row } from "./row.ts";

const LATENCY = 50;
const DENO_RUN = [Deno.execPath(), "run", "--quiet", "--allow-all"];
const PROCESS = new URL("./bulk_process.ts", import.meta.url).href;

interface Way {
  name: string;
  by: Task["how"] | "Microsoft";
  concurrency: number;
  batchSize: number;
}

type Measured = Pick<Run, "ms" | "cpu" | "requests" | "removed" | "attempts"> & { peak: number | null };

const way = (name: string, by: Way["by"], concurrency: number, batchSize: number): Way => ({
  name,
  by,
  concurrency,
  batchSize,
});
const ours = (concurrency: number, batchSize: number): Way =>
  way(`this tool, concurrency ${concurrency}, batches of ${batchSize}`, "removal", concurrency, batchSize);
/** The same requests by bare fetch, as fast as client and emulator together can be. */
const BARE = way("bare fetch, concurrency 4, batches of 20", "fetch", 4, 20);
const LOOP = way("Microsoft's client in a loop", "Microsoft", 1, 1);
const POOL = way("Microsoft's client, concurrency 4", "Microsoft", 4, 1);
const BATCHES = way("Microsoft's client, concurrency 4, batch helper", "Microsoft", 4, 20);

async function run(way: Way, rivals: Rivals, served: Served): Promise<Measured> {
  const { by, concurrency, batchSize } = way;
  const { users: count } = served;
  await using emulator = await startEmulator({ ...served, secure: true });
  const { cloud, token, certificate } = emulator;
  const ca = await Deno.makeTempFile({ suffix: ".pem" });
  try {
    await Deno.writeTextFile(ca, certificate!);
    const task = { cloud, token, from: 1, count, concurrency, batchSize, cold: true };
    const { stdout, peak } = by === "Microsoft"
      ? await measure(
        [...rivals.graphClient, "bulk", count, concurrency, batchSize].map(String),
        { GRAPH_ENDPOINT: cloud.graph, GRAPH_ACCESS_TOKEN: token, NODE_EXTRA_CA_CERTS: ca },
      )
      : await measure(
        [...DENO_RUN, "--v8-flags=--expose-gc", PROCESS, JSON.stringify({ how: by, ...task } satisfies Task)],
        { DENO_CERT: ca },
      );
    return { ...JSON.parse(stdout), peak };
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
  [BARE, [2000, 20_000]],
  [LOOP, [400]],
  [POOL, [2000]],
  [BATCHES, [2000, 20_000]],
];

/** Many removals where each answer takes 50 ms. */
export async function measureBulk(rivals: Rivals): Promise<Row[]> {
  const runs: { way: Way; count: number; took: Measured }[] = [];
  for (const [way, counts] of BULK) {
    for (const count of counts) {
      const took = await run(way, rivals, { users: count, latency: LATENCY });
      if (took.removed !== count) throw new Error(`${way.name} removed ${took.removed} of ${count}`);
      runs.push({ way, count, took });
    }
  }
  const of = (way: Way, count: number) => runs.find((run) => run.way === way && run.count === count)!;
  return runs.map(({ way: { name, by, concurrency, batchSize }, count, took }) => {
    const ideal = Math.ceil(count / batchSize / concurrency) * LATENCY;
    const isDefault = by === "removal" && concurrency === 4 && batchSize === 20;
    return toRow(`Many removals, ${LATENCY} ms latency`, name, count, took, [
      { to: "the ideal", ratio: took.ms / ideal, below: isDefault ? 1.1 : undefined },
      ...isDefault
        ? [
          { to: BARE.name, ratio: took.ms / of(BARE, count).took.ms, below: 1.1 },
          { to: POOL.name, ratio: took.ms / count / (of(POOL, 2000).took.ms / 2000), below: 1 / 15 },
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
    const took = await run(ours(4, 20), rivals, { users: count, latency: 0 });
    const first = rows[0];
    rows.push(toRow("Growth, no latency", "this tool", count, took, [
      ...first ? [{ to: "time a target of 1,000", ratio: took.ms / count / (first.ms / first.count!) }] : [],
      ...first?.peakBytes ? [{ to: "memory at the most of 1,000", ratio: took.peak! / first.peakBytes }] : [],
    ]));
  }
  return rows;
}

const EXECUTABLE = new URL("../../dist/remove-profile-photo", import.meta.url).pathname;
const CLI = new URL("../../cli.ts", import.meta.url).href;

const COMMANDS: readonly { name: string; words: readonly string[]; below?: number }[] = [
  { name: "the executable", words: [EXECUTABLE], below: 1.5 },
  { name: "from source", words: [...DENO_RUN, CLI] },
  { name: "from source, as cli.ts says it", words: [...DENO_RUN, `--v8-flags=${SMALL_YOUNG_SPACE}`, CLI] },
];

/** What the command takes to remove the photos that a list in a file names, as an admin runs it. */
async function runCommand(words: readonly string[], count: number): Promise<Took> {
  await using emulator = await startEmulator({ users: count, latency: 0 });
  const list = await Deno.makeTempFile({ suffix: ".txt" });
  try {
    await Deno.writeTextFile(list, userList(count));
    const env = { GRAPH_ENDPOINT: emulator.cloud.graph, GRAPH_ACCESS_TOKEN: emulator.token };
    return await measure([...words, "user", "--from", list, "--yes", "--output", "none"], env);
  } finally {
    await Deno.remove(list);
  }
}

export async function measureMemory(): Promise<Row[]> {
  const [few, many] = [2000, 200_000];
  const rows: Row[] = [];
  for (const { name, words, below } of COMMANDS) {
    const toRow = (count: number, { wall, cpu, peak }: Took, ratios: Ratio[] = []): Row => ({
      group: "Memory of the command",
      name,
      count,
      ms: wall,
      cpuMs: cpu,
      peakBytes: peak,
      ratios,
    });
    const [short, long] = [await runCommand(words, few), await runCommand(words, many)];
    const ratios = short.peak && long.peak
      ? [{ to: `memory at the most of ${few} targets`, ratio: long.peak / short.peak, below }]
      : [];
    rows.push(toRow(few, short), toRow(many, long, ratios));
  }
  return rows;
}

/** Where Graph admits so many a second, and throttles what is beyond. */
export async function measureThrottled(rivals: Rivals): Promise<Row[]> {
  const admission: RateLimit = { perSecond: 200, window: "fixed" };
  const count = 20 * admission.perSecond;
  const rows: Row[] = [];
  for (const way of [ours(4, 20), POOL, BATCHES]) {
    const took = await run(way, rivals, { users: count, latency: LATENCY, admission });
    const { removed, ms, attempts } = took;
    const isOurs = way.by === "removal";
    const least = removed * 1000 / admission.perSecond;
    rows.push(toRow(`Throttled above ${admission.perSecond} a second`, way.name, count, took, [
      {
        to: "the time that Graph admits",
        ratio: Math.max(1, ms / least),
        below: isOurs ? 1 / 0.95 : undefined,
      },
      { to: "all: throttled", ratio: (attempts - removed) / attempts, below: isOurs ? 0.1 : undefined },
      { to: "all: left undone", ratio: (count - removed) / count },
    ]));
  }
  return rows;
}
