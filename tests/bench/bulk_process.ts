/**
 * One run in a process of its own, so that its memory can be told: `bulk_process.ts JSON` removes the photos of
 * generated users, or sends as many batches by bare fetch, and prints what it took. Run it with
 * `--v8-flags=--expose-gc`.
 */
import { removeProfilePhotos } from "../../mod.ts";

export interface Task {
  /** Removal by this module, or bare fetch with as many requests. */
  how: "removal" | "fetch";
  cloud: { graph: string; authority: string };
  token: string;
  /** The first user's number. */
  from: number;
  count: number;
  /** Requests in flight; default: 4. */
  concurrency?: number;
  /** Targets in a request; default: 20. */
  batchSize?: number;
  /** Whether memory is looked at in the course of the run, which takes time. */
  looks?: boolean;
  /** Whether it begins without a few targets first, by which connections are open and code is compiled. */
  cold?: boolean;
}

export interface Took {
  ms: number;
  /** Milliseconds of processor time. */
  cpu: number;
  requests: number;
  removed: number;
  /** How often targets were sent, alone or in a batch. */
  attempts: number;
  /** Bytes of JavaScript objects after garbage collection: the most that was seen, from the first result on. */
  heap: number;
  /** Bytes of the process: the most that was seen. */
  rss: number;
}

/** How often memory is looked at in the course of a run. */
const LOOKS = 20;

declare const gc: () => void;

const task: Task = JSON.parse(Deno.args[0]!);
const { concurrency = 4, batchSize = 20 } = task;
const userName = (number: number) => `user${String(number).padStart(5, "0")}@contoso.com`;

const took: Took = { ms: 0, cpu: 0, requests: 0, removed: 0, attempts: 0, heap: 0, rss: 0 };
const every = Math.ceil(task.count / LOOKS);
function look() {
  took.rss = Math.max(took.rss, Deno.memoryUsage().rss);
  gc();
  took.heap = Math.max(took.heap, Deno.memoryUsage().heapUsed);
}

async function remove(from: number, count: number, onResult: (count: number) => void): Promise<void> {
  const counting: typeof fetch = (input, init) => {
    took.requests++;
    return fetch(input, init);
  };
  function* targets() {
    for (let number = from; number < from + count; number++) yield { user: userName(number) };
  }
  const options = { cloud: task.cloud, credential: task.token, concurrency, batchSize, fetch: counting };
  let seen = 0;
  for await (const { outcome, attempts } of removeProfilePhotos(targets(), options)) {
    took.attempts += attempts;
    if (outcome === "removed") took.removed++;
    onResult(++seen);
  }
}

async function fetchBare(from: number, count: number, onResult: (count: number) => void): Promise<void> {
  let next = from;
  let seen = 0;
  const worker = async () => {
    while (next < from + count) {
      const first = next;
      next += batchSize;
      const requests = Array.from({ length: batchSize }, (_, at) => ({
        id: String(at + 1),
        method: "DELETE",
        url: `/users/${userName(first + at)}/photo/$value`,
      }));
      took.requests++;
      const response = await fetch(`${task.cloud.graph}/v1.0/$batch`, {
        method: "POST",
        headers: { authorization: `Bearer ${task.token}`, "content-type": "application/json" },
        body: JSON.stringify({ requests }),
      });
      const { responses } = await response.json();
      for (const { status } of responses) {
        if (status === 200) took.removed++;
        onResult(++seen);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

const run = task.how === "removal" ? remove : fetchBare;
const warmUp = task.cold ? 0 : concurrency * batchSize;
await run(task.from, warmUp, () => {});
Object.assign(took, { requests: 0, removed: 0, attempts: 0 });
// What tells the processor time takes memory itself.
const cpuUsage = task.looks ? undefined : (await import("node:process")).default.cpuUsage;
const usedBefore = cpuUsage?.();
const startedAt = performance.now();
await run(task.from + warmUp, task.count, (count) => task.looks && count % every === 0 && look());
took.ms = performance.now() - startedAt;
const used = cpuUsage?.(usedBefore);
took.cpu = used ? (used.user + used.system) / 1000 : NaN;
look();
console.log(JSON.stringify(took));
