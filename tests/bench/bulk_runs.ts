import type { Task, Took } from "./bulk_process.ts";
import type { Served } from "./emulator_process.ts";
import { type Bounded, isBroken } from "./row.ts";

/** V8's flag that bounds the memory for young objects, which else grows with the length of any run. */
export const SMALL_YOUNG_SPACE = "--max-semi-space-size=4";

function start(script: string, args: string[], flags: string[] = []): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", ...flags, new URL(script, import.meta.url).href, ...args],
    stdout: "piped",
  }).spawn();
}

export async function startEmulator(served: Served) {
  const child = start("./emulator_process.ts", [JSON.stringify(served)]);
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let line = "";
  while (!line.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) throw new Error("The emulator did not start");
    line += value;
  }
  const { cloud, token, certificate } = JSON.parse(line) as Pick<Task, "cloud" | "token"> & {
    certificate?: string;
  };
  return {
    cloud,
    token,
    certificate,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await reader.cancel();
      await child.status;
    },
  };
}

export async function measure(task: Task, v8Flags: readonly string[] = []): Promise<Took> {
  const flags = [`--v8-flags=${["--expose-gc", ...v8Flags].join(",")}`];
  const { stdout, success } = await start("./bulk_process.ts", [JSON.stringify(task)], flags).output();
  if (!success) throw new Error("The run failed");
  const took: Took = JSON.parse(new TextDecoder().decode(stdout));
  if (took.removed !== task.count) throw new Error(`${took.removed} of ${task.count} were removed`);
  return took;
}

/** A ratio, and what it is of. */
export interface Row extends Bounded {
  what: string;
  figure: string;
}

/** Prints a table; whether all is within its bounds. */
export function report(rows: readonly Row[]): boolean {
  for (const row of rows) {
    const limit = row.below === undefined ? "" : `< ${row.below}${isBroken(row) ? "  BROKEN" : ""}`;
    const ratio = row.ratio.toFixed(2).padStart(5);
    console.log(`${row.what.padEnd(66)} ${row.figure.padStart(22)}  ${ratio}  ${limit}`);
  }
  return !rows.some(isBroken);
}
