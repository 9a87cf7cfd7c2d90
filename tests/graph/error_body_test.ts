import { parseErrorBody } from "../../lib/graph/error_body.ts";
import { assertEquals } from "../deps/assert.ts";
import { NONE } from "../support/test.ts";

type Row = readonly [body: unknown, code: string | null, message?: string | null, requestId?: string | null];

const ID = "6c7e0d4f-0b3d-4c5e-9a52-000000000001";
const inMessage = (errorCode: unknown) => JSON.stringify({ errorCode, message: null, target: null });

/** Spellings that real answers have. */
const SPELLINGS: readonly Row[] = [
  [{ error: { code: "ImageNotFound", message: "No." } }, "ImageNotFound", "No."],
  [{ error: { code: "A", message: "No.", innerError: { "request-id": ID, date: "2026" } } }, "A", "No.", ID],
  [{ error: { code: "A", innererror: { "request-id": ID } } }, "A", null, ID],
  [{ error: { code: "A", innerError: { code: "B" } } }, "B"],
  [{ error: { code: "A", innererror: { code: "B" } } }, "B"],
  [
    { error: { code: "A", innerError: { code: "B", innererror: { code: "C", "request-id": ID } } } },
    "C",
    null,
    ID,
  ],
  [{ error: { code: "A", innerError: { code: "" } } }, "A"],
  [{ error: { code: "", message: "", innerError: { "request-id": ID } } }, null, null, ID],
  [{ error: { code: "", innerError: { code: "B" } } }, "B"],
  [{ error: { code: "A", innerError: null } }, "A"],
  [{ error: { code: "A", innerError: "text", innererror: { code: "B" } } }, "B"],
  // The most specific code that is known beats a deeper one that is not.
  [{ error: { code: "ErrorItemNotFound", innerError: { code: "Whatever" } } }, "ErrorItemNotFound"],
  [{ error: { code: "NotFound", innerError: { code: "ImageNotFound" } } }, "ImageNotFound"],
  [{ error: { code: "ResourceNotFound", innerError: { code: "ImageNotFound" } } }, "ImageNotFound"],
  // The photo service's own code is JSON in the message.
  [
    { error: { code: "UnknownError", message: inMessage("ErrorUserResolutionFailedUserDoesNotExist") } },
    "ErrorUserResolutionFailedUserDoesNotExist",
  ],
  [{ error: { code: "UnknownError", message: inMessage("") } }, "UnknownError"],
  [{ error: { code: "UnknownError", message: inMessage(5) } }, "UnknownError"],
  [
    { error: { code: "UnknownError", message: '{"error":{"code":"ImageNotFound","message":"No."}}' } },
    "ImageNotFound",
    "No.",
  ],
  [btoa('{"error":{"code":"ImageNotFound","message":"No."}}'), "ImageNotFound", "No."],
  [{ error: { code: "UnknownError", message: "{not json" } }, "UnknownError", "{not json"],
  [
    { error: { code: "ImageNotFound", message: inMessage("Whatever") } },
    "ImageNotFound",
  ],
];

/** What no Graph sends, but a proxy or an attacker may. */
const HOSTILE: readonly Row[] = [
  ...[undefined, null, 5, true, [], {}, "", " ", "<html>", "{", "null", "5", '"text"', "[]", "{}"].map(
    (body): Row => [body, null],
  ),
  ...[null, 5, "ImageNotFound", [], ["ImageNotFound"], [{ code: "ImageNotFound" }]].map(
    (error): Row => [{ error }, null],
  ),
  ...[null, 5, [], ["ImageNotFound"], { code: "ImageNotFound" }].map((
    code,
  ): Row => [{ error: { code } }, null]),
  [[{ error: { code: "A" } }], null],
  [{ code: "ImageNotFound" }, null],
  [{ error: { message: ["x"], innerError: [{ code: "B" }], "request-id": 5 } }, null],
  [{ error: { code: "__proto__" } }, "__proto__"],
  [{ error: { code: "constructor", innerError: { code: "toString" } } }, "toString"],
  [{ error: { code: "ImageNotFound", innerError: { code: "hasOwnProperty" } } }, "ImageNotFound"],
  ['{"error":{"__proto__":{"code":"ImageNotFound"}}}', null],
  ['{"__proto__":{"error":{"code":"ImageNotFound"}}}', null],
  ['{"error":{"code":"A","__proto__":{"innerError":{"code":"B"}}}}', "A"],
];

for (const [what, rows] of Object.entries({ "every real spelling": SPELLINGS, "hostile bodies": HOSTILE })) {
  Deno.test(`parseErrorBody() reads ${what}, as JSON text or as a value`, NONE, () => {
    for (const [body, code, message = null, requestId = null] of rows) {
      for (
        const form of typeof body === "string" || body === undefined ? [body] : [body, JSON.stringify(body)]
      ) {
        assertEquals(parseErrorBody(form), { code, message, requestId }, JSON.stringify(body));
      }
    }
  });
}

function deep(levels: number): string {
  return '{"error":' + '{"code":"A","innerError":'.repeat(levels) + '{"code":"ImageNotFound"}' +
    "}".repeat(levels + 1);
}

Deno.test("parseErrorBody() follows real nesting, and is not led on by a nest of thousands", NONE, () => {
  assertEquals(parseErrorBody(deep(3)).code, "ImageNotFound");
  assertEquals(parseErrorBody(deep(100_000)).code, "A");
  assertEquals(parseErrorBody("[".repeat(1_000_000)).code, null);
});

Deno.test("parseErrorBody() keeps no more of a text than a person reads", NONE, () => {
  const long = "x".repeat(1_000_000);
  const { code, message, requestId } = parseErrorBody({
    error: { code: long, message: long, innerError: { "request-id": long } },
  });
  for (const text of [code, message, requestId]) assertEquals(text, `${"x".repeat(399)}…`);
});

Deno.test("parseErrorBody() finds the code in a message however long its JSON is", NONE, () => {
  const message = JSON.stringify({ exceptionMessage: "x".repeat(5000), errorCode: "ErrorItemNotFound" });
  assertEquals(parseErrorBody({ error: { code: "UnknownError", message } }).code, "ErrorItemNotFound");
});
