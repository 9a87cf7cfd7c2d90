/**
 * A run in a process of its own, whose memory and end can be told: `run_process.ts TARGETS` reads how to reach its
 * tenant from standard input, and prints what came of it. Run it with `--v8-flags=--expose-gc`.
 */
import { clientSecretCredential, removeProfilePhotos } from "../../mod.ts";
import { userName } from "../support/users.ts";
import { PHOTOLESS, type Reach } from "./tenant_process.ts";

/** So many targets, beside the others, do not exist. */
export const UNKNOWN = 20;

export interface Came {
  /** Targets by outcome. */
  outcomes: Record<string, number>;
  /** Targets that came out never, or more than once; that should have come out otherwise. */
  lost: number;
  twice: number;
  wrong: string[];
  retries: number;
  seconds: number;
  /** Bytes of objects after garbage collection: when a tenth of the targets was out, and the most after that. */
  heap: { first: number; most: number };
  /** Sockets that are open at the end and were not at the beginning. */
  sockets: number | null;
}

declare const gc: () => void;

/** What a target that is there may come to: after an attempt that may have worked, "absent" is "removed". */
function isRight(number: number, targets: number, outcome: string, code: string | null): boolean {
  if (number > targets) return code === "TargetNotFound";
  return outcome === "removed" || (outcome === "absent" && number % PHOTOLESS === 0);
}

/** The sockets of this process, where they can be told. */
function openSockets(): Set<string> | undefined {
  if (Deno.build.os !== "linux") return undefined;
  const links = [...Deno.readDirSync("/proc/self/fd")].flatMap(({ name }) => {
    try {
      return [Deno.readLinkSync(`/proc/self/fd/${name}`)];
    } catch {
      return []; // it was the one that this list is read by
    }
  });
  return new Set(links.filter((link) => link.startsWith("socket:")));
}

async function run(targets: number, { cloud, ...app }: Reach): Promise<Came> {
  const all = targets + UNKNOWN;
  const times = new Uint8Array(all + 1);
  const came: Came = {
    outcomes: {},
    lost: 0,
    twice: 0,
    wrong: [],
    retries: 0,
    seconds: 0,
    heap: { first: 0, most: 0 },
    sockets: null,
  };
  const look = (isFirst: boolean) => {
    gc();
    const { heapUsed } = Deno.memoryUsage();
    if (isFirst) came.heap.first = heapUsed;
    came.heap.most = Math.max(came.heap.most, heapUsed);
  };
  function* users() {
    for (let number = 1; number <= all; number++) yield { user: userName(number) };
  }
  const before = openSockets();
  const startedAt = performance.now();
  const results = removeProfilePhotos(users(), {
    cloud,
    credential: clientSecretCredential(app),
    timeout: 1000,
    retry: { maxAttempts: 40, baseDelay: 5, maxDelay: 2000 },
    onRetry: () => void came.retries++,
  });
  let out = 0;
  const tenth = Math.floor(all / 10);
  for await (const { target, outcome, code, message } of results) {
    const number = parseInt((target as { user: string }).user.slice("user".length), 10);
    times[number]!++;
    came.outcomes[outcome] = (came.outcomes[outcome] ?? 0) + 1;
    if (!isRight(number, targets, outcome, code) && came.wrong.length < 10) {
      came.wrong.push(`${userName(number)} ${outcome} ${message ?? ""}`);
    }
    if (++out % tenth === 0) look(out === tenth);
  }
  came.seconds = (performance.now() - startedAt) / 1000;
  for (let number = 1; number <= all; number++) {
    if (times[number] === 0) came.lost++;
    if (times[number]! > 1) came.twice++;
  }
  if (before) came.sockets = openSockets()!.difference(before).size;
  return came;
}

if (import.meta.main) {
  const reach: Reach = await new Response(Deno.stdin.readable).json();
  console.log(JSON.stringify(await run(Number(Deno.args[0]), reach)));
  // Nothing ends this process but that nothing is left to do.
}
