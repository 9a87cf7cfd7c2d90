/**
 * This tool beside a bare script, Microsoft's client and m365: `deno task bench:compare` prints a table, and writes
 * dist/bench.json and dist/bench.svg. Exit code 1 when a bound is broken.
 */
import { runDeno } from "../../lib/build/build.ts";
import { measureCold } from "./cold.ts";
import { measureBulk, measureGrowth, measureMemory, measureThrottled } from "./crowd.ts";
import { measureDistant } from "./distant.ts";
import { plot } from "./plot.ts";
import { installRivals } from "./rivals.ts";
import { isBroken, type Row } from "./row.ts";

const OUT = new URL("../../dist/", import.meta.url);

function print(rows: readonly Row[]): void {
  let group = "";
  for (const row of rows) {
    if (row.group !== group) {
      group = row.group;
      console.log(
        `\n${group}\n${"".padEnd(52)}${"targets".padStart(9)}${"ms".padStart(9)}${"CPU ms".padStart(9)}${
          "MB".padStart(7)
        }${"requests".padStart(10)}`,
      );
    }
    const figures = [
      [row.count, 9],
      [row.ms, 9],
      [row.cpuMs, 9],
      [row.peakBytes && row.peakBytes / 2 ** 20, 7],
      [row.requests, 10],
    ] as const;
    const columns = figures.map(([value, width]) => (value?.toFixed() ?? "").padStart(width));
    console.log(row.name.padEnd(52) + columns.join(""));
    for (const each of row.ratios) {
      const limit = each.below === undefined
        ? ""
        : `  < ${each.below.toFixed(2)}${isBroken(each) ? "  BROKEN" : ""}`;
      console.log(`    ${each.ratio.toFixed(3)} of ${each.to}${limit}`);
    }
  }
}

const rivals = await installRivals();
await runDeno("task", "--quiet", "bundle");
await runDeno("task", "--quiet", "compile:npm");

const rows: Row[] = [];
for (
  const part of [measureCold, measureDistant, measureBulk, measureGrowth, measureMemory, measureThrottled]
) {
  const measured = await part(rivals);
  print(measured);
  rows.push(...measured);
}
const machine = {
  system: Deno.build.target,
  processors: navigator.hardwareConcurrency,
  deno: Deno.version.deno,
};
await Deno.writeTextFile(new URL("bench.json", OUT), JSON.stringify({ machine, rows }, null, 2) + "\n");
await Deno.writeTextFile(new URL("bench.svg", OUT), plot(rows));
Deno.exit(rows.some(({ ratios }) => ratios.some(isBroken)) ? 1 : 0);
