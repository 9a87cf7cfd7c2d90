import { assert, assertEquals } from "../deps/assert.ts";
import { measure, startEmulator } from "./bulk_runs.ts";

/** How many bytes a run may retain per finished target. Counts do not vary from run to run, as times do. */
const BYTES_HELD = 60;
/** A busy machine can have more in flight when memory is looked at; what is retained, each run retains. */
const RUNS = 3;

Deno.test("a run sends one request for 20 targets, and retains nothing of finished ones", {
  permissions: "inherit",
}, async () => {
  const [few, many] = [1000, 21_000];
  await using emulator = await startEmulator({ users: few + 80 + RUNS * (many + 80), latency: 0 });
  const task = { how: "removal", ...emulator, looks: true } as const;
  const short = await measure({ ...task, from: 1, count: few });
  let held = Infinity;
  for (let run = 0; run < RUNS && held >= BYTES_HELD; run++) {
    const long = await measure({ ...task, from: few + 81 + run * (many + 80), count: many });
    assertEquals([short.requests, long.requests], [few / 20, many / 20]);
    held = (long.heap - short.heap) / (many - few);
  }
  assert(held < BYTES_HELD, `${held.toFixed(0)} bytes per target`);
});
