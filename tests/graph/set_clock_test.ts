import { assertEquals } from "../deps/assert.ts";
import { tally } from "../support/bulk.ts";
import { removeManyByClock } from "../support/emulated.ts";
import { NONE } from "../support/test.ts";
import { users } from "../support/users.ts";
import { virtualClock } from "../support/virtual_clock.ts";

const HOUR = 3_600_000;
const COUNT = 200;

/** When Graph throttles: by the time since the run began, in ms, and by how many requests it admitted. */
const THROTTLING: Record<string, (at: number, admitted: number) => boolean> = {
  "for a second": (at) => at < 1000,
  "above 60 photos a second": (at, admitted) => admitted >= 60 * (1 + Math.floor(at / 1000)),
};

/** Removes photos while somebody sets the clock; returns what the run waited, what it took, and what came of it. */
async function runWhileSetting(by: number, name: string) {
  const isBusy = THROTTLING[name]!;
  const clock = virtualClock();
  let admitted = 0;
  let answers = 0;
  const answer = () => {
    if (++answers % 50 === 30) clock.adjust(by);
    if (isBusy(clock.monotonicNow(), admitted)) return { status: 429, headers: { "Retry-After": "1" } };
    admitted++;
    return { status: 204 };
  };
  const fetch = async (_url: unknown, { method, body }: RequestInit = {}) => {
    if (method === "DELETE") return new Response(null, answer());
    const release = clock.hold();
    const { requests } = await new Response(body).json();
    release();
    return Response.json({ responses: requests.map(({ id }: { id: string }) => ({ id, ...answer() })) });
  };
  const options = { credential: "token", fetch, retry: { maxAttempts: 20 } };
  const results = await Array.fromAsync(removeManyByClock(users(COUNT), options, clock));
  return {
    counts: tally(results),
    took: clock.monotonicNow(),
    waits: clock.sleeps.length,
    durations: results.map(({ durationMs }) => durationMs),
  };
}

for (const name of Object.keys(THROTTLING)) {
  Deno.test(`a clock set back or forward changes nothing while Graph throttles ${name}`, NONE, async () => {
    const undisturbed = await runWhileSetting(0, name);
    assertEquals(undisturbed.counts, { removed: COUNT });
    for (const by of [-HOUR, HOUR]) assertEquals(await runWhileSetting(by, name), undisturbed);
  });
}
