import { describeConnectionError } from "../../lib/http/connection_error.ts";
import { bodyText, type Reply, send } from "../../lib/http/send.ts";
import { assert, assertEquals, assertMatch } from "../deps/assert.ts";
import { promptRejection, rejection } from "../support/promises.ts";
import { serve, unusedRoot } from "../support/server.ts";
import { LOOPBACK, test } from "../support/test.ts";

const OPTIONS = { fetch, timeout: 60_000 };

/** A body that sends its beginning and then nothing; `cancelled` resolves when its reader has gone. */
function endless(beginning: string) {
  const { promise: cancelled, resolve } = Promise.withResolvers<void>();
  const bytes = new TextEncoder().encode(beginning);
  const body = new ReadableStream({ start: (stream) => stream.enqueue(bytes), cancel: () => resolve() });
  return { body, cancelled };
}

function answered(reply: Reply): Extract<Reply, { kind: "response" }> {
  assert(reply.kind === "response", reply.kind);
  return reply;
}

test("send() gives status, headers and text of any answer", LOOPBACK, async () => {
  await using server = serve(({ path }) => {
    const status = Number(path.slice(1));
    return new Response(status === 204 ? null : "{täxt}", { status, headers: { "request-id": path } });
  });
  for (const status of [200, 204, 400, 404, 429, 500, 503]) {
    const reply = answered(await send(`${server.url}/${status}`, { method: "DELETE" }, OPTIONS));
    assertEquals([reply.status, bodyText(reply.body)], [status, status === 204 ? "" : "{täxt}"]);
    assertEquals(reply.header("request-id"), `/${status}`);
  }
});

test("send() does not follow a redirect of any kind", LOOPBACK, async () => {
  await using elsewhere = serve(() => new Response("caught"));
  await using server = serve(({ path }) =>
    new Response(null, { status: Number(path.slice(1)), headers: { location: `${elsewhere.url}/` } })
  );
  for (const status of [301, 302, 303, 307, 308]) {
    const init = { method: "POST", body: "secret", headers: { authorization: "Bearer T" } };
    assertEquals(answered(await send(`${server.url}/${status}`, init, OPTIONS)).status, status);
  }
  assertEquals(elsewhere.received.length, 0);
});

test("send() gives a lost connection with its cause", LOOPBACK, async () => {
  const reply = await send(unusedRoot(), {}, OPTIONS);
  assert(reply.kind === "disconnected" && reply.cause instanceof Error);
  assertMatch(describeConnectionError(reply, "Graph"), /^The connection to Graph failed: .*refused/i);
});

test("send() times out where no answer comes, and where its body does not end", LOOPBACK, async () => {
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

test("send() reads no more of a body than it may, says so, and lets go of the rest", LOOPBACK, async () => {
  const { body, cancelled } = endless("x".repeat(5000));
  await using server = serve(() => new Response(body));
  const { body: read, truncated } = answered(await send(server.url, {}, { ...OPTIONS, maxBytes: 1000 }));
  assertEquals([bodyText(read), truncated], ["x".repeat(1000), true]);
  await cancelled;
});

test("send() says of a body that is as long as it may be that it is whole", LOOPBACK, async () => {
  await using server = serve(({ path }) =>
    new Response(path === "/announced" ? "x".repeat(1000) : ReadableStream.from([new Uint8Array(1000)]))
  );
  for (const path of ["/announced", "/in-pieces"]) {
    for (const [maxBytes, truncated] of [[1000, undefined], [999, true]] as const) {
      const reply = answered(await send(server.url + path, {}, { ...OPTIONS, maxBytes }));
      assertEquals([(reply.body as Uint8Array).length, reply.truncated], [maxBytes, truncated]);
    }
  }
});

test("send() bounds a compressed body by what comes out of it", LOOPBACK, async () => {
  const zeros = new Response(new Uint8Array(2 ** 24)).body!;
  const packed = await new Response(zeros.pipeThrough(new CompressionStream("gzip"))).bytes();
  await using server = serve(() => new Response(packed, { headers: { "content-encoding": "gzip" } }));
  const reply = answered(await send(server.url, {}, { ...OPTIONS, maxBytes: 2 ** 20 }));
  assertEquals([packed.length < 2 ** 20, (reply.body as Uint8Array).length, reply.truncated], [
    true,
    2 ** 20,
    true,
  ]);
});

test("send() keeps characters whole that come in pieces", "none", async () => {
  const bytes = [...new TextEncoder().encode("ä€😀")].map((byte) => Uint8Array.of(byte));
  const inPieces: typeof fetch = () => Promise.resolve(new Response(ReadableStream.from(bytes)));
  assertEquals(
    bodyText(answered(await send("https://graph.example", {}, { ...OPTIONS, fetch: inPieces })).body),
    "ä€😀",
  );
});

const REASONS = [new Error("enough"), new DOMException("enough", "TimeoutError"), "enough", 0, null];

test(
  "send() rejects with the signal's reason and sends nothing where it is aborted already",
  LOOPBACK,
  async () => {
    await using server = serve(() => new Response());
    for (const reason of REASONS) {
      const signal = AbortSignal.abort(reason);
      assertEquals(await rejection(send(server.url, {}, { ...OPTIONS, signal })), reason);
    }
    assertEquals(server.received.length, 0);
  },
);

test(
  "send() rejects with the signal's reason when aborted before the answer or its end",
  LOOPBACK,
  async () => {
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
  },
);
