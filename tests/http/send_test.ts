import { describeConnectionError } from "../../lib/http/connection_error.ts";
import { bodyText, type HttpResponse, type Reply, send } from "../../lib/http/send.ts";
import { assert, assertEquals, assertMatch } from "../deps/assert.ts";
import { promptRejection, rejection, settledNow } from "../support/promises.ts";
import { serve, unusedRoot } from "../support/server.ts";
import { LOOPBACK_ONLY, NONE } from "../support/test.ts";

const OPTIONS = { fetch, timeout: 60_000 };

/** A body that never ends; `cancelled` resolves when it is cancelled. */
function endless(beginning: string) {
  const { promise: cancelled, resolve } = Promise.withResolvers<void>();
  const bytes = new TextEncoder().encode(beginning);
  const body = new ReadableStream({ start: (stream) => stream.enqueue(bytes), cancel: () => resolve() });
  return { body, cancelled };
}

function response(reply: Reply): HttpResponse {
  assert(reply.kind === "response", reply.kind);
  return reply;
}

Deno.test("send() gives status, headers and body of any response", LOOPBACK_ONLY, async () => {
  await using server = serve(({ path }) => {
    const status = Number(path.slice(1));
    return new Response(status === 204 ? null : "{täxt}", { status, headers: { "request-id": path } });
  });
  for (const status of [200, 204, 400, 404, 429, 500, 503]) {
    const reply = response(await send(`${server.url}/${status}`, { method: "DELETE" }, OPTIONS));
    assertEquals([reply.status, bodyText(reply.body)], [status, status === 204 ? "" : "{täxt}"]);
    assertEquals(reply.header("request-id"), `/${status}`);
  }
});

Deno.test("send() follows no redirect, whatever its status and location", LOOPBACK_ONLY, async () => {
  await using elsewhere = serve(() => new Response("followed"));
  for (const status of [301, 302, 303, 307, 308]) {
    for (const location of [elsewhere.url, "/", "", "::"]) {
      await using server = serve(() => new Response(null, { status, headers: { location } }));
      const init = { method: "POST", body: "secret", headers: { authorization: "Bearer T" } };
      assertEquals(response(await send(server.url, init, OPTIONS)).status, status);
      assertEquals(server.received.length, 1);
    }
  }
  assertEquals(elsewhere.received.length, 0);
});

Deno.test("send() gives the cause of a failed connection", LOOPBACK_ONLY, async () => {
  const reply = await send(unusedRoot(), {}, OPTIONS);
  assert(reply.kind === "disconnected" && reply.cause instanceof Error);
  assertMatch(describeConnectionError(reply, "Graph"), /^The connection to Graph failed: .*refused/i);
});

Deno.test("send() shares a deadline among requests that begin within 5% of it", NONE, async () => {
  const deadlines: AbortController[] = [];
  let now = 0;
  const { timeout } = AbortSignal;
  const readTime = performance.now;
  AbortSignal.timeout = (ms) => {
    assertEquals(ms, 42_000);
    deadlines.push(new AbortController());
    return deadlines.at(-1)!.signal;
  };
  performance.now = () => now;
  try {
    const unanswered: typeof fetch = (_url, init) =>
      new Promise((_, reject) => init!.signal!.addEventListener("abort", () => reject(new Error("aborted"))));
    const sent = [0, 1999, 2000, 4000].map((at) => {
      now = at;
      return send("https://graph.example", {}, { fetch: unanswered, timeout: 40_000 });
    });
    assertEquals(deadlines.length, 3);
    const ended: number[] = [];
    sent.forEach((reply, at) => reply.then(({ kind }) => kind === "timedOut" && ended.push(at)));
    for (const [at, expected] of [[0, 1], [2], [3]].entries()) {
      deadlines[at]!.abort();
      await settledNow(sent[expected.at(-1)!]!);
      assertEquals(ended.splice(0), expected);
    }
  } finally {
    AbortSignal.timeout = timeout;
    performance.now = readTime;
  }
});

Deno.test("send() times out when no response comes, or its body does not end", LOOPBACK_ONLY, async () => {
  const never = Promise.withResolvers<Response>();
  await using server = serve(({ path }) =>
    path === "/stall" ? never.promise : new Response(endless("{").body)
  );
  for (const path of ["/stall", "/slow"]) {
    const reply = await send(server.url + path, {}, { fetch, timeout: 30 });
    assert(reply.kind === "timedOut", path);
    assertEquals(describeConnectionError(reply, "Graph"), "Graph did not answer within 0.03 s");
  }
  never.resolve(new Response());
});

Deno.test("send() ends at the timeout or with its signal even if fetch ignores both", NONE, async () => {
  const ignoring: (typeof fetch)[] = [
    () => new Promise(() => {}),
    () => Promise.resolve(new Response(endless("{").body)),
  ];
  for (const fetch of ignoring) {
    assertEquals((await send("https://graph.example", {}, { fetch, timeout: 30 })).kind, "timedOut");
    const controller = new AbortController();
    const sent = send("https://graph.example", {}, { ...OPTIONS, fetch, signal: controller.signal });
    controller.abort("enough");
    assertEquals(await promptRejection(sent), "enough");
  }
});

Deno.test("send() truncates a body that is too long, and cancels the rest", LOOPBACK_ONLY, async () => {
  const { body, cancelled } = endless("x".repeat(5000));
  await using server = serve(() => new Response(body));
  const { body: read, truncated } = response(await send(server.url, {}, { ...OPTIONS, maxBytes: 1000 }));
  assertEquals([bodyText(read), truncated], ["x".repeat(1000), true]);
  await cancelled;
});

Deno.test("send() does not call a body of just the longest length truncated", LOOPBACK_ONLY, async () => {
  await using server = serve(({ path }) =>
    new Response(path === "/announced" ? "x".repeat(1000) : ReadableStream.from([new Uint8Array(1000)]))
  );
  for (const path of ["/announced", "/in-pieces"]) {
    for (const [maxBytes, truncated] of [[1000, undefined], [999, true]] as const) {
      const reply = response(await send(server.url + path, {}, { ...OPTIONS, maxBytes }));
      assertEquals([(reply.body as Uint8Array).length, reply.truncated], [maxBytes, truncated]);
    }
  }
});

Deno.test("send() limits a compressed body by its decompressed length", LOOPBACK_ONLY, async () => {
  const zeros = new Response(new Uint8Array(2 ** 24)).body!;
  const packed = await new Response(zeros.pipeThrough(new CompressionStream("gzip"))).bytes();
  await using server = serve(() => new Response(packed, { headers: { "content-encoding": "gzip" } }));
  const reply = response(await send(server.url, {}, { ...OPTIONS, maxBytes: 2 ** 20 }));
  assertEquals([packed.length < 2 ** 20, (reply.body as Uint8Array).length, reply.truncated], [
    true,
    2 ** 20,
    true,
  ]);
});

Deno.test("send() decodes characters that arrive in pieces", NONE, async () => {
  const bytes = [...new TextEncoder().encode("ä€😀")].map((byte) => Uint8Array.of(byte));
  const inPieces: typeof fetch = () => Promise.resolve(new Response(ReadableStream.from(bytes)));
  assertEquals(
    bodyText(response(await send("https://graph.example", {}, { ...OPTIONS, fetch: inPieces })).body),
    "ä€😀",
  );
});

const REASONS = [new Error("enough"), new DOMException("enough", "TimeoutError"), "enough", 0, null];

Deno.test("send() rejects and sends nothing if its signal is already aborted", LOOPBACK_ONLY, async () => {
  await using server = serve(() => new Response());
  for (const reason of REASONS) {
    const signal = AbortSignal.abort(reason);
    assertEquals(await rejection(send(server.url, {}, { ...OPTIONS, signal })), reason);
  }
  assertEquals(server.received.length, 0);
});

Deno.test("send() rejects with the signal's reason when aborted in a response", LOOPBACK_ONLY, async () => {
  for (const reason of REASONS) {
    for (const path of ["/stall", "/slow"]) {
      const arrived = Promise.withResolvers<void>();
      const never = Promise.withResolvers<Response>();
      await using server = serve(() => {
        arrived.resolve();
        return path === "/stall" ? never.promise : new Response(endless("{").body);
      });
      const controller = new AbortController();
      const { signal } = controller;
      const sent = send(server.url + path, {}, { ...OPTIONS, signal });
      await arrived.promise;
      controller.abort(reason);
      assertEquals(await promptRejection(sent), reason);
      never.resolve(new Response());
    }
  }
});
