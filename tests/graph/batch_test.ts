import { batchBody, parseBatchResponse } from "../../lib/graph/batch.ts";
import { photoRequests } from "../../lib/graph/photo_requests.ts";
import type { Reply } from "../../lib/http/send.ts";
import { assertEquals } from "../deps/assert.ts";
import { NONE } from "../support/test.ts";

/** Returns the status of a reply, or why there is none. */
function inShort(reply: Reply): number | string {
  if (reply.kind === "response") return reply.status;
  return reply.kind === "malformed" ? reply.reason : reply.kind;
}

const NOT_JSON = "the batch is not Graph's JSON";
const MISSING = "the batch item is missing";
const NO_STATUS = "the batch item has no status";

type Row = readonly [name: string, answer: unknown, replies: (number | string)[]];
const RESPONSES: readonly Row[] = [
  ["in order", { responses: [{ id: "1", status: 200 }, { id: "2", status: 404 }] }, [200, 404]],
  ["in another order", { responses: [{ id: "2", status: 404 }, { id: "1", status: 200 }] }, [200, 404]],
  ["numbers for ids", { responses: [{ id: 2, status: 404 }, { id: 1, status: 200 }] }, [200, 404]],
  ["one left out", { responses: [{ id: "2", status: 204 }] }, [MISSING, 204]],
  ["none", { responses: [] }, [MISSING, MISSING]],
  [
    "one twice",
    { responses: [{ id: "1", status: 200 }, { id: "1", status: 404 }, { id: "2", status: 200 }] },
    [200, 200],
  ],
  [
    "unknown ids",
    {
      responses: [
        ..."0 3 -1 +1 1.0 01 01x 1e0 １ __proto__".split(" "),
        ...["", " 1", "1 ", ["1"], 1e9, 1.5, true, null, {}, []],
        ...[{ toString: 1 }, { toString: null, valueOf: null }, [{ toString: 1 }]],
      ].map((id) => ({ id, status: 200 })),
    },
    [MISSING, MISSING],
  ],
  ["no status", { responses: [{ id: "1" }, { id: "2", status: null }] }, [NO_STATUS, NO_STATUS]],
  ["a string as status", { responses: [{ id: "1", status: "200" }, { id: "2", status: 200 }] }, [
    NO_STATUS,
    200,
  ]],
  ...[99, 600, 200.5, -200, 1e21, true].map((status): Row => [
    `status ${status}`,
    { responses: [{ id: "1", status }, { id: "2", status: 200 }] },
    [NO_STATUS, 200],
  ]),
  ["items that are not objects", { responses: [null, 5, "1", [], [1], true] }, [MISSING, MISSING]],
  ["responses that are not an array", { responses: { "1": { status: 200 } } }, [NOT_JSON, NOT_JSON]],
  ["a string as responses", { responses: "12" }, [NOT_JSON, NOT_JSON]],
  ["no responses", { value: [] }, [NOT_JSON, NOT_JSON]],
  ["an error", { error: { code: "BadRequest" } }, [NOT_JSON, NOT_JSON]],
  ...[null, 5, "text", [], [1], true].map((
    value,
  ): Row => [JSON.stringify(value), value, [NOT_JSON, NOT_JSON]]),
];

const TEXTS = [
  ...["", " ", "{", '{"responses":[{"id":"1","status":2', "<!DOCTYPE html>", "\0", "\ufeff", "undefined"],
  "[".repeat(5000),
];

Deno.test("parseBatchResponse() gives a reply for each request, whatever the response is", NONE, () => {
  for (const [name, answer, replies] of RESPONSES) {
    assertEquals(parseBatchResponse(JSON.stringify(answer), 2).map(inShort), replies, name);
  }
  for (const text of TEXTS) {
    assertEquals(parseBatchResponse(text, 2).map(inShort), [NOT_JSON, NOT_JSON], text);
  }
});

Deno.test("parseBatchResponse() finds the items of a full batch", NONE, () => {
  const responses = Array.from({ length: 20 }, (_, at) => ({ id: String(at + 1), status: 200 + at }));
  const replies = parseBatchResponse(JSON.stringify({ responses: responses.toReversed() }), 20);
  assertEquals(replies.map(inShort), responses.map(({ status }) => status));
});

/** The headers of an item, and the Retry-After found in them. */
const HEADERS: readonly (readonly [headers: unknown, value: string | null])[] = [
  [{ "Retry-After": "17" }, "17"],
  [{ "retry-after": "17" }, "17"],
  [{ "RETRY-AFTER": "17" }, "17"],
  [{ "Retry-After": 17 }, "17"],
  [{ "Retry-After": ["17"] }, "17"],
  [{ "Retry-After": ["2", 17] }, "2, 17"],
  [{ "Retry-After": { value: 17 } }, null],
  [{ "Retry-After": null }, null],
  [{ "Retry-After": true }, null],
  [{}, null],
  [undefined, null],
  [null, null],
  ["Retry-After: 17", null],
  [["Retry-After", "17"], null],
];

Deno.test("parseBatchResponse() finds an item's header by its name in any case", NONE, () => {
  for (const [headers, value] of HEADERS) {
    const text = JSON.stringify({ responses: [{ id: "1", status: 429, headers }] });
    const reply = parseBatchResponse(text, 1)[0]!;
    const found = reply.kind === "response" ? reply.header("retry-after") : "no response";
    assertEquals(found, value, JSON.stringify(headers));
  }
});

Deno.test("parseBatchResponse() takes no header from an object's prototype", NONE, () => {
  const text = '{"responses":[{"id":"1","status":429,"headers":{"__proto__":{"retry-after":"5"}}}]}';
  const reply = parseBatchResponse(text, 1)[0]!;
  for (const name of ["retry-after", "constructor", "__proto__", "tostring"]) {
    assertEquals(reply.kind === "response" && reply.header(name), null, name);
  }
});

Deno.test("parseBatchResponse() gives an item's body, and marks it as batched", NONE, () => {
  for (const body of ["aGk=", { error: { code: "ImageNotFound" } }, null, [1]]) {
    const reply = parseBatchResponse(JSON.stringify({ responses: [{ id: "1", status: 200, body }] }), 1)[0]!;
    assertEquals(reply.kind === "response" && [reply.body, reply.batched], [body, true]);
  }
});

Deno.test("batchBody() numbers its requests from 1 and gives them neither headers nor a body", NONE, () => {
  const requests = [photoRequests.delete("me"), photoRequests.getMetadata({ user: "a#b@c.de" })];
  assertEquals(JSON.parse(batchBody(requests)), {
    requests: [
      { id: "1", method: "DELETE", url: "/me/photo/$value" },
      { id: "2", method: "GET", url: "/users/a%23b@c.de/photo" },
    ],
  });
});
