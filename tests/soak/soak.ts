import { type Came, UNKNOWN } from "./run_process.ts";
import type { Reach, Seen } from "./tenant_process.ts";

export interface Soak {
  targets: number;
  came: Came;
  seen: Seen;
  /** Faults that struck. */
  faults: number;
  /** What is not as it should be. */
  problems: string[];
}

/** How much more memory the objects of a long run may take than those of its first tenth. */
const MOST_GROWTH = 1.5;
/** From so many targets on, memory tells of a growth. */
const LONG = 20_000;
/** How long a process may take to end, in ms, after its last word. */
const END = 10_000;
/** Connections that may wait to be used again. */
const CONCURRENCY = 4;

function start(script: string, args: (string | number)[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--allow-all",
      "--v8-flags=--expose-gc",
      new URL(script, import.meta.url).href,
      ...args.map(String),
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
}

/** The lines that a process prints, as JSON. */
async function* jsonLines(child: Deno.ChildProcess) {
  let rest = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    yield* lines.map((line) => JSON.parse(line));
  }
}

async function tell(child: Deno.ChildProcess, text: string): Promise<void> {
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
}

/** Whether a process ends by itself. */
async function endsByItself(child: Deno.ChildProcess): Promise<boolean> {
  let ended = true;
  const timer = setTimeout(() => {
    ended = false;
    child.kill("SIGKILL");
  }, END);
  const { success } = await child.status;
  clearTimeout(timer);
  return ended && success;
}

function problemsOf(targets: number, came: Came, seen: Seen, ended: boolean): string[] {
  const { outcomes, lost, twice, wrong, heap, sockets } = came;
  const growth = heap.most / heap.first;
  const checks: readonly [is: boolean, problem: string][] = [
    [lost > 0, `${lost} targets did not come out`],
    [twice > 0, `${twice} targets came out more than once`],
    [wrong.length > 0, `these came out wrong: ${wrong.join("; ")}`],
    [outcomes.failed !== UNKNOWN, `${outcomes.failed} failed, not ${UNKNOWN}`],
    [seen.photosLeft !== 0, `${seen.photosLeft} photos are left`],
    [seen.waits === 0, "nothing was asked to wait"],
    [seen.early > 0, `${seen.early} of ${seen.waits} waits were shorter than Retry-After`],
    [targets >= LONG && growth > MOST_GROWTH, `memory grew ${growth.toFixed(2)} times`],
    [(sockets ?? 0) > CONCURRENCY, `${sockets} sockets are open`],
    [!ended, "the process did not end by itself"],
  ];
  return checks.filter(([is]) => is).map(([, problem]) => problem);
}

/** Removes the photos of so many targets while every fifth answer is faulty, and looks at what came of it. */
export async function soak(targets: number, seed: number): Promise<Soak> {
  const tenant = start("./tenant_process.ts", [targets, seed]);
  const told = jsonLines(tenant);
  const reach: Reach = (await told.next()).value;
  const run = start("./run_process.ts", [targets]);
  await tell(run, JSON.stringify(reach));
  const said = jsonLines(run);
  const came: Came = (await said.next()).value;
  const ended = await endsByItself(run);
  await said.return();
  await tell(tenant, "");
  const seen: Seen = (await told.next()).value;
  await told.return();
  await tenant.status;
  const faults = Object.values(seen.struck).reduce((sum, count) => sum + count, 0);
  return { targets, came, seen, faults, problems: problemsOf(targets, came, seen, ended) };
}

export const describeSoak = (shown: Soak): string => JSON.stringify(shown, null, 2);

if (import.meta.main) {
  const [targets = 100_000, seed = 20_250_101] = Deno.args.map(Number);
  const shown = await soak(targets, seed);
  console.log(describeSoak(shown));
  Deno.exit(shown.problems.length > 0 ? 1 : 0);
}
