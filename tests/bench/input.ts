/**
 * The command's memory for many rows of a file and of a pipe, to that for few, and for a pipe, to that for a file:
 * `deno run --allow-all tests/bench/input.ts`. Exit code 1 when the bound is broken. Linux alone tells the memory.
 */
import { commandLine, environment } from "../support/run_cli.ts";
import { serve } from "../support/server.ts";
import { report, type Row, SMALL_YOUNG_SPACE } from "./bulk_runs.ts";

const BELOW = 1.3;
/** Without the second flag V8 leaves garbage for longer the longer a process runs, and that would be measured. */
const V8_FLAGS = `--v8-flags=${SMALL_YOUNG_SPACE},--optimize-for-size`;

/** A kind of list, and how many rows are few and many. */
interface List {
  name: string;
  few: number;
  many: number;
  header: string;
  row(user: string): string;
}

const LISTS: readonly List[] = [
  {
    name: "rows of CSV",
    few: 10_000,
    many: 1_000_000,
    header: "Name,userPrincipalName,Note\r\n",
    row: (user) => `"User, ${user}",${user}@contoso.com,x\r\n`,
  },
  {
    name: "rows of NDJSON with 8 KB",
    few: 9_400,
    many: 37_600,
    header: "",
    row: (user) =>
      JSON.stringify({ userPrincipalName: `${user}@contoso.com`, note: "x".repeat(8192) }) + "\n",
  },
];

/** The bytes of a list, a hundred rows at a time. */
function* bytesOf({ header, row }: List, rows: number): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  yield encoder.encode(header);
  const userOf = (number: number) => `user${String(number).padStart(7, "0")}`;
  for (let at = 0; at < rows; at += 100) {
    yield encoder.encode(Array.from({ length: 100 }, (_, index) => row(userOf(at + index))).join(""));
  }
}

/** A Graph that removes every photo, and does nothing else: an emulator would take longer than the command. */
function startGraph() {
  let removed = 0;
  const server = serve(({ body }) => {
    if (body === "") {
      removed++;
      return new Response(null, { status: 204 });
    }
    const { requests } = JSON.parse(body) as { requests: { id: string }[] };
    removed += requests.length;
    return Response.json({ responses: requests.map(({ id }) => ({ id, status: 204 })) });
  });
  return { server, removed: () => removed };
}

/** The memory of a process at its most, in bytes, until it ends. */
async function peakOf(child: Deno.ChildProcess): Promise<number> {
  let peak = 0;
  let isRunning = true;
  const ended = child.status.then(() => isRunning = false);
  while (isRunning) {
    const status = await Deno.readTextFile(`/proc/${child.pid}/status`).catch(() => "");
    peak = Math.max(peak, Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0) * 1024);
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 200))]);
  }
  return peak;
}

/** Removes the photos of a list, and returns the memory that this took at its most. */
async function run(list: List, rows: number, way: "file" | "pipe"): Promise<number> {
  const { server, removed } = startGraph();
  const path = await Deno.makeTempFile();
  try {
    if (way === "file") await Deno.writeFile(path, ReadableStream.from(bytesOf(list, rows)));
    const args = ["user", "--from", way === "file" ? path : "-", "--yes", "--output", "none"];
    const [program, ...words] = commandLine(args, { permissions: ["--allow-all"], denoFlags: [V8_FLAGS] });
    const child = new Deno.Command(program, {
      args: words,
      clearEnv: true,
      env: environment({ GRAPH_ENDPOINT: server.url, GRAPH_ACCESS_TOKEN: "token" }),
      stdin: way === "pipe" ? "piped" : "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const peak = peakOf(child);
    if (way === "pipe") await ReadableStream.from(bytesOf(list, rows)).pipeTo(child.stdin);
    const bytes = await peak;
    if (removed() < rows) throw new Error(`${removed()} of ${rows} were removed`);
    return bytes;
  } finally {
    await server[Symbol.asyncDispose]();
    await Deno.remove(path);
  }
}

const rows: Row[] = [];
function addRow(what: string, from: number, to: number): void {
  const figure = [from, to].map((bytes) => `${(bytes / 2 ** 20).toFixed(0)} MB`).join(" to ");
  rows.push({ what, figure, ratio: to / from, below: BELOW });
}
for (const list of LISTS) {
  const { name, few, many } = list;
  const most = { file: 0, pipe: 0 };
  for (const way of ["file", "pipe"] as const) {
    const least = await run(list, few, way);
    most[way] = await run(list, many, way);
    addRow(`memory for ${many} ${name}, a ${way}, to ${few}`, least, most[way]);
  }
  addRow(`memory for ${many} ${name}, a pipe, to a file`, most.file, most.pipe);
}
Deno.exit(report(rows) ? 0 : 1);
