import { parseBatchResponse } from "../../lib/graph/batch.ts";
import { fc } from "../deps/fast_check.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { anyText, damaged, jsonText } from "./hostile.ts";
import { property } from "./property.ts";

/** How many requests a batch may hold. */
const MAX_BATCH = 20;
const COUNT = fc.integer({ min: 1, max: MAX_BATCH });
/** JSON with the names and values of batch responses. */
const BATCH_JSON = jsonText(
  ["responses", "status", "headers", "body", "Retry-After"],
  [
    '"1"',
    '"2"',
    '"20"',
    '"01"',
    "2",
    "200",
    "429",
    '"200"',
    '{"toString":1,"valueOf":1}',
    '{"id":"1","status":200}',
  ],
);

/** Any JSON or text as a batch response, or as its items. */
const RESPONSE = fc.oneof(
  BATCH_JSON,
  fc.array(BATCH_JSON, { maxLength: 6 }).map((items) => `{"responses":[${items.join()}]}`),
  fc.array(fc.tuple(BATCH_JSON, BATCH_JSON, BATCH_JSON), { maxLength: 6 }).map((items) =>
    `{"responses":[${
      items.map(([id, status, headers]) => `{"id":${id},"status":${status},"headers":${headers}}`).join()
    }]}`
  ),
  anyText(),
);

property(
  "parseBatchResponse() gives one reply for each request, whatever the response is",
  fc.tuple(fc.oneof(RESPONSE, damaged(RESPONSE)), COUNT),
  ([text, count]) => {
    const replies = parseBatchResponse(text, count);
    assertEquals(replies.length, count);
    for (const reply of replies) {
      if (reply.kind !== "response") {
        assert(reply.kind === "malformed" && reply.reason !== "", JSON.stringify(reply));
        continue;
      }
      const { status, batched, header } = reply;
      assert(Number.isInteger(status) && status >= 100 && status <= 599 && batched, `status ${status}`);
      for (const name of ["retry-after", "constructor", "__proto__", "request-id"]) {
        const value = header(name);
        assert(value === null || typeof value === "string", `${name} is ${typeof value}`);
      }
    }
  },
);

interface Item {
  /** Index of the request that it is for; may be outside the batch. */
  of: number;
  /** `undefined` if the item has no status. */
  status?: number;
  /** Whether its id is a number instead of a string. */
  bare: boolean;
}

const ITEMS: fc.Arbitrary<Item[]> = fc.array(
  fc.record({
    of: fc.integer({ min: -2, max: MAX_BATCH + 5 }),
    status: fc.option(fc.integer({ min: 100, max: 599 }), { nil: undefined }),
    bare: fc.boolean(),
  }),
  { maxLength: 30 },
);

property(
  "parseBatchResponse() gives each request the first item that has its id, and no other's",
  fc.tuple(ITEMS, COUNT),
  ([items, count]) => {
    const responses = items.map(({ of, status, bare }) => ({ id: bare ? of + 1 : String(of + 1), status }));
    const statuses = parseBatchResponse(JSON.stringify({ responses }), count).map((reply) =>
      reply.kind === "response" ? reply.status : undefined
    );
    const expected = Array.from({ length: count }, (_, at) => items.find(({ of }) => of === at)?.status);
    assertEquals(statuses, expected);
  },
);
