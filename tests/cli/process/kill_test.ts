import { assert, assertEquals } from "../../deps/assert.ts";
import { batches, processTest, run, start } from "../../support/command.ts";
import { doneIn } from "../../support/reports.ts";
import { writeUsers } from "../../support/users.ts";

const COUNT = 2000;
const KILLS = 6;
/** The targets of four batches in flight. */
const IN_FLIGHT = 80;

/** Returns a generator of random numbers that are the same in each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = Math.imul(state, 1664525) + 1013904223 | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

Deno.test(processTest(
  "after kill -9 at any point nothing is lost: --resume continues, and repeats at most what was in flight",
  { users: COUNT, latency: 10 },
  async (tenant, folder) => {
    const others = tenant.directory.photoCount - COUNT;
    const users = await writeUsers(folder, COUNT);
    const report = `${folder}/run.ndjson`;
    await Deno.writeTextFile(report, "");
    const args = ["user", "--from", users, "--yes", "--resume", report, "--backup", `${folder}/photos`];
    const random = seeded(7);
    for (let kill = 0; kill < KILLS; kill++) {
      const reached = batches(tenant, 1 + Math.floor(random() * 20));
      const child = start(tenant, args);
      await Promise.race([reached, child.status]);
      child.kill("SIGKILL");
      await child.output();
      tenant.clearFaults();
      for (const id of (await doneIn(report)).keys()) {
        assert(!tenant.directory.hasPhoto(id), `${id} is not done`);
      }
    }
    const done = await doneIn(report);
    assert(done.size > 0 && done.size < COUNT, `${done.size} were done before the last run`);

    const last = await run(tenant, args);
    assertEquals(last.code, 0, last.stderr);
    const all = await doneIn(report);
    assertEquals([all.size, [...all.values()].every((times) => times === 1)], [COUNT, true]);
    assertEquals(tenant.directory.photoCount, others);
    const deletes = tenant.requests.filter(({ method }) => method === "DELETE").length;
    assert(deletes >= COUNT && deletes <= COUNT + KILLS * IN_FLIGHT, `${deletes} removals were sent`);

    const back = await run(tenant, ["restore", `${folder}/photos`, "--yes", "--output", "none"]);
    assertEquals(back.code, 0, back.stderr);
    assertEquals(tenant.directory.photoCount, others + COUNT);
  },
));
