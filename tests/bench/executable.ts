/**
 * What the executable that carries Bun costs at its start: `--version` against an empty program, compiled by the same
 * Bun in the same way. The ratio counts, not the time; exits 1 when it is over the limit.
 */
import { compileWithBun } from "../../lib/build/compile_with_bun.ts";
import { runDeno } from "../../lib/build/build.ts";
import { PLATFORMS, THIS_PLATFORM } from "../../lib/build/platforms.ts";
import { median, ratioOf } from "./row.ts";

const RUNS = 101;
const WARM_UPS = 3;
/** The command takes less than this times the empty program. */
const LIMIT = 1.5;

async function time(program: string, args: readonly string[]): Promise<number> {
  const command = new Deno.Command(program, { args: [...args], clearEnv: true, stdin: "null" });
  const startedAt = performance.now();
  const { success } = await command.output();
  const took = performance.now() - startedAt;
  if (!success) throw new Error(`${program} failed`);
  return took;
}

const folder = await Deno.makeTempDir();
const [empty, command] = ["empty", "remove-profile-photo"].map((name) =>
  `${name}${PLATFORMS[THIS_PLATFORM!].suffix}`
);
await Deno.writeTextFile(`${folder}/empty.js`, "");
await compileWithBun(folder, "empty.js", { platform: THIS_PLATFORM!, file: empty! });
await runDeno("task", "--quiet", "compile:npm", `--outdir=${folder}`);

const programs: readonly (readonly [file: string, args: string[], took: number[]])[] = [
  [empty!, [], []],
  [command!, ["--version"], []],
];
for (let run = -WARM_UPS; run < RUNS; run++) {
  // Whatever comes second finds the machine a little slower.
  for (const [file, args, took] of run % 2 ? programs : programs.toReversed()) {
    const ms = await time(`${folder}/${file}`, args);
    if (run >= 0) took.push(ms);
  }
}
const [bare, ours] = programs.map(([, , took]) => took) as [number[], number[]];
for (const file of [empty, command]) {
  console.log(`${file}: ${((await Deno.stat(`${folder}/${file}`)).size / 1e6).toFixed(1)} MB`);
}
await Deno.remove(folder, { recursive: true });

const ratio = ratioOf(ours, bare);
console.log(`median of ${RUNS} runs     empty program    --version    ratio`);
console.log(
  `start${`${median(bare).toFixed(1)} ms`.padStart(27)}${`${median(ours).toFixed(1)} ms`.padStart(13)}${
    ratio.toFixed(2).padStart(9)
  }`,
);
if (ratio >= LIMIT) {
  console.error(`The executable's start takes ${LIMIT} times that of an empty program or more.`);
  Deno.exitCode = 1;
}
