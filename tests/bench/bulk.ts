/**
 * Ratios of bulk runs, all in one go: `deno run --allow-all tests/bench/bulk.ts`. Exit code 1 when a bound is broken.
 */
import type { Task, Took } from "./bulk_process.ts";

const here = (name: string) => new URL(name, import.meta.url).href;

function start(script: string, args: string[], flags: string[] = []): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", ...flags, here(script), ...args],
    stdout: "piped",
  }).spawn();
}

/** Starts an emulator in a process of its own. */
async function startEmulator(users: number, latency: number) {
  const child = start("./emulator_process.ts", [String(users), String(latency)]);
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let line = "";
  while (!line.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) throw new Error("The emulator did not start");
    line += value;
  }
  const { cloud, token } = JSON.parse(line) as Pick<Task, "cloud" | "token">;
  return {
    cloud,
    token,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await reader.cancel();
      await child.status;
    },
  };
}

/** Runs a task in a process of its own. */
async function measure(task: Task): Promise<Took> {
  const child = start("./bulk_process.ts", [JSON.stringify(task)], ["--v8-flags=--expose-gc"]);
  const { stdout, success } = await child.output();
  if (!success) throw new Error("The run failed");
  const took: Took = JSON.parse(new TextDecoder().decode(stdout));
  if (took.removed !== task.count) throw new Error(`${took.removed} of ${task.count} were removed`);
  return took;
}

interface Row {
  what: string;
  figure: string;
  ratio?: number;
  bound?: number;
}

const rows: Row[] = [];
const mb = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;

/** How long a run takes against an ideal one, where each answer takes 50 ms and four are in flight. */
async function measureTime(): Promise<void> {
  const [count, latency, perRound] = [4000, 50, 80];
  await using emulator = await startEmulator(count + 80, latency);
  const { ms, requests } = await measure({ how: "removal", ...emulator, from: 1, count });
  const ideal = count / perRound * latency;
  rows.push(
    {
      what: `time for ${count} targets, to the ideal of ${ideal} ms`,
      figure: `${ms.toFixed(0)} ms`,
      ratio: ms / ideal,
      bound: 1.25,
    },
    {
      what: `requests for ${count} targets, to one for 20`,
      figure: String(requests),
      ratio: requests / (count / 20),
      bound: 1.1,
    },
  );
}

/** What a long run holds in memory against a short one, next to the same requests by bare fetch. */
async function measureMemory(): Promise<void> {
  const [few, many] = [2000, 200_000];
  const took = async (how: Task["how"], count: number) => {
    await using emulator = await startEmulator(count + 80, 0);
    return await measure({ how, ...emulator, from: 1, count });
  };
  const removal = { few: await took("removal", few), many: await took("removal", many) };
  const fetching = { few: await took("fetch", few), many: await took("fetch", many) };
  const compare = (what: string, part: "heap" | "rss", { few, many }: typeof removal, bound?: number) =>
    rows.push({
      what,
      figure: `${mb(many[part])} to ${mb(few[part])}`,
      ratio: many[part] / few[part],
      bound,
    });
  const counts = `${many} targets to ${few}`;
  compare(`heap after collection at its most, ${counts}`, "heap", removal, 1.5);
  compare("  the same requests by bare fetch", "heap", fetching);
  compare(`process at its most, ${counts}`, "rss", removal);
  compare("  the same requests by bare fetch", "rss", fetching);
  rows.push({
    what: `requests for ${many} targets, to one for 20`,
    figure: String(removal.many.requests),
    ratio: removal.many.requests / (many / 20),
    bound: 1.1,
  }, {
    what: `time for ${many} targets, to bare fetch of the same`,
    figure: `${(removal.many.ms / 1000).toFixed(1)} s to ${(fetching.many.ms / 1000).toFixed(1)} s`,
    ratio: removal.many.ms / fetching.many.ms,
  });
}

await measureTime();
await measureMemory();
let broken = false;
for (const { what, figure, ratio, bound } of rows) {
  const isBroken = bound !== undefined && ratio! >= bound + (what.startsWith("requests") ? 1e-9 : 0);
  broken ||= isBroken;
  const limit = bound === undefined ? "" : `< ${bound}${isBroken ? "  BROKEN" : ""}`;
  console.log(`${what.padEnd(62)} ${figure.padStart(20)}  ${ratio!.toFixed(2).padStart(5)}  ${limit}`);
}
Deno.exit(broken ? 1 : 0);
