import { serveLoopback } from "../../lib/host/loopback_server.ts";
import { assert, assertEquals, assertRejects } from "../deps/assert.ts";
import { LOOPBACK_ONLY } from "../support/test.ts";

Deno.test("serveLoopback() answers, and ends after the answers under way", LOOPBACK_ONLY, async () => {
  const asked = Promise.withResolvers<Request>();
  const answer = Promise.withResolvers<Response>();
  const server = await serveLoopback(0, (request) => {
    asked.resolve(request);
    return answer.promise;
  });
  const response = fetch(`http://127.0.0.1:${server.port}/path?a=1`, { method: "POST", body: "b=2" });
  const request = await asked.promise;
  assertEquals([request.method, new URL(request.url).search, await request.text()], ["POST", "?a=1", "b=2"]);
  const ended = server[Symbol.asyncDispose]();
  answer.resolve(new Response("done", { status: 400, headers: { "x-own": "1" } }));
  const { status, headers, text } = await response.then(async (given) => ({
    status: given.status,
    headers: given.headers,
    text: await given.text(),
  }));
  assertEquals([status, headers.get("x-own"), headers.get("connection"), text], [400, "1", "close", "done"]);
  await ended;
  await assertRejects(() => fetch(`http://127.0.0.1:${server.port}/`));
});

Deno.test(
  "serveLoopback() takes no long body, and goes on after an answer that fails",
  LOOPBACK_ONLY,
  async () => {
    let count = 0;
    await using server = await serveLoopback(0, () => {
      if (++count === 1) throw new Error("no answer");
      return new Response("fine");
    });
    const url = `http://127.0.0.1:${server.port}/`;
    await assertRejects(() => fetch(url, { method: "POST", body: "x".repeat(2 ** 20) }));
    assertEquals(count, 0);
    await assertRejects(() => fetch(url));
    assert(count === 1);
    assertEquals(await (await fetch(url)).text(), "fine");
  },
);
