import { createGraphClient } from "../../lib/graph/client.ts";
import { createDispatcher } from "../../lib/graph/dispatcher.ts";
import { photoRequests } from "../../lib/graph/photo_requests.ts";
import { assertEquals } from "../deps/assert.ts";
import { NONE } from "../support/test.ts";
import { virtualClock } from "../support/virtual_clock.ts";

const REQUEST = photoRequests.delete("me");

Deno.test("a dispatcher that is paused waits once, however many requests are added", NONE, async () => {
  const clock = virtualClock();
  const batches: number[] = [];
  const fetch = async (_url: unknown, init?: RequestInit) => {
    const { requests } = await new Response(init?.body).json();
    batches.push(requests.length);
    if (batches.length === 1) return new Response(null, { status: 429, headers: { "retry-after": "7" } });
    return Response.json({ responses: requests.map(({ id }: { id: string }) => ({ id, status: 200 })) });
  };
  const client = createGraphClient({ credential: "token", fetch }, clock);
  using dispatcher = createDispatcher(client, { concurrency: 1, batchSize: 20 });
  const send = (count: number) => Promise.all(Array.from({ length: count }, () => dispatcher.send(REQUEST)));
  await send(2);
  await send(40);
  assertEquals([[...clock.sleeps], batches], [[7000], [2, 20, 20]]);
});
