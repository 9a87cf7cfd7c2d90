import { assert, assertEquals } from "../deps/assert.ts";
import { SHARE } from "./faults.ts";
import { describeSoak, soak } from "./soak.ts";

Deno.test("every target has one correct result while every fifth answer is faulty", {
  permissions: { run: true },
}, async () => {
  const shown = await soak(2000, 20_250_101);
  assertEquals(shown.problems, [], describeSoak(shown));
  assert(shown.faults > shown.seen.answers * SHARE / 2, describeSoak(shown));
});
