/** Prints what a soak has shown: `main.ts [TARGETS] [SEED]`. Exit code 1 where something is not as it should be. */
import { describeSoak, soak } from "./soak.ts";

const [targets = 100_000, seed = 20_250_101] = Deno.args.map(Number);
const shown = await soak(targets, seed);
console.log(describeSoak(shown));
Deno.exit(shown.problems.length > 0 ? 1 : 0);
