import type { GraphErrorCode } from "../../lib/errors.ts";
import { type History, interpretReply, type NextStep } from "../../lib/graph/interpret_reply.ts";
import type { Reply } from "../../lib/http/send.ts";
import { assert, assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "../deps/assert.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { NONE } from "../support/test.ts";

const POLICY = { maxAttempts: 5, baseDelay: 1000, maxDelay: 180_000 };
const FIRST: History = { attempts: 1, ambiguous: false, tokenReplaced: false };
const JSON_TYPE = { "content-type": "application/json" };

function answer(status: number, text = "", headers: Record<string, string> = JSON_TYPE): Reply {
  const fields = new Headers(headers);
  return {
    kind: "response",
    status,
    header: (name) => fields.get(name),
    body: new TextEncoder().encode(text),
  };
}

const refusal = (status: number, code: string, message = "Said by Graph.") =>
  answer(status, JSON.stringify({ error: { code, message } }));
const judged = (reply: Reply, history: Partial<History> = {}, policy = POLICY) =>
  interpretReply("delete", reply, { ...FIRST, ...history }, policy, fakeClock());

function done(verdict: NextStep): Extract<NextStep, { next: "succeeded" }> {
  assert(verdict.next === "succeeded", JSON.stringify(verdict));
  return verdict;
}

function failure(verdict: NextStep): Extract<NextStep, { next: "failed" }>["failure"] {
  assert(verdict.next === "failed", JSON.stringify(verdict));
  return verdict.failure;
}

const NO_PHOTO = ["ImageNotFound", "ErrorEntityNotFound", "ErrorItemNotFound", "GetUserPhoto"];

Deno.test("interpretReply() takes any 2xx for done, the photo removed", NONE, () => {
  for (const status of [200, 201, 202, 204, 206]) {
    for (const ambiguous of [false, true]) {
      const { absent, ...rest } = done(judged(answer(status), { ambiguous }));
      assertEquals([absent, rest.status, rest.graphCode], [false, status, null]);
    }
  }
});

Deno.test(
  "interpretReply() takes a 2xx for done whatever type an empty or a JSON body is given",
  NONE,
  () => {
    for (const type of ["text/plain", "application/xml", "image/jpeg", "application/octet-stream", ""]) {
      assertEquals(done(judged(answer(200, "", { "content-type": type }))).absent, false, type);
    }
    for (const type of ["application/json", "image/jpeg", "application/octet-stream", ""]) {
      assertEquals(done(judged(answer(200, "{}", { "content-type": type }))).absent, false, type);
    }
  },
);

Deno.test(
  "interpretReply() takes each no-photo code on a 404 for absent, and for removed once it is ambiguous",
  NONE,
  () => {
    for (const code of NO_PHOTO) {
      for (const ambiguous of [false, true]) {
        const { absent, graphCode, status } = done(judged(refusal(404, code), { ambiguous }));
        assertEquals([absent, graphCode, status], [!ambiguous, code, 404]);
      }
    }
  },
);

Deno.test("interpretReply() takes a no-photo code for nothing of the kind on any other status", NONE, () => {
  for (const status of [400, 403, 405, 409, 410, 500, 503]) {
    for (const code of NO_PHOTO) {
      assert(judged(refusal(status, code)).next !== "succeeded", `${status} ${code}`);
    }
  }
});

const noSuchUser = JSON.stringify({ errorCode: "ErrorUserResolutionFailedUserDoesNotExist" });

const FAILED: readonly [Reply, GraphErrorCode][] = [
  [refusal(404, "ResourceNotFound"), "MailboxNotFound"],
  [refusal(404, "Request_ResourceNotFound"), "TargetNotFound"],
  [refusal(404, "UnknownError", noSuchUser), "TargetNotFound"],
  [refusal(404, "ErrorInvalidUser"), "TargetNotFound"],
  [refusal(400, "ErrorInvalidUser"), "TargetNotFound"],
  [refusal(404, "ErrorNonExistentMailbox"), "MailboxNotFound"],
  [refusal(404, "MailboxNotEnabledForRESTAPI"), "MailboxNotFound"],
  [refusal(404, "MailboxNotHostedInExchangeOnline"), "MailboxNotFound"],
  [refusal(404, "SomethingNew"), "NotFound"],
  [refusal(404, ""), "NotFound"],
  [refusal(404, "constructor"), "NotFound"],
  [answer(404), "NotFound"],
  [answer(404, "<html>"), "NotFound"],
  [answer(404, "[]"), "NotFound"],
  [refusal(403, "ErrorAccessDenied"), "AccessDenied"],
  [refusal(403, "Authorization_RequestDenied"), "AccessDenied"],
  [refusal(403, "Forbidden"), "AccessDenied"],
  [answer(403), "AccessDenied"],
  [refusal(400, "ConsumerPhotoIsNotSupported"), "PersonalAccountNotSupported"],
  [refusal(404, "ConsumerPhotoIsNotSupported"), "PersonalAccountNotSupported"],
  ...[400, 405, 406, 409, 410, 411, 412, 413, 415, 416, 422, 423, 428, 451, 501, 505].map(
    (status): [Reply, GraphErrorCode] => [refusal(status, "BadRequest"), "RequestRefused"],
  ),
  ...[301, 302, 303, 307, 308].map((status): [Reply, GraphErrorCode] => [answer(status), "RedirectRefused"]),
  ...["text/html", "text/html; charset=utf-8", "TEXT/HTML", " text/html", "text/plain", "application/xml"]
    .map(
      (
        type,
      ): [Reply, GraphErrorCode] => [answer(200, "<html>", { "content-type": type }), "UnexpectedAnswer"],
    ),
];

Deno.test(
  "interpretReply() fails everything else that is not worth a retry, also after an ambiguous attempt",
  NONE,
  () => {
    for (const [reply, code] of FAILED) {
      for (const ambiguous of [false, true]) {
        const failed = failure(judged(reply, { ambiguous, attempts: 3 }));
        assertEquals([failed.code, failed.attempts], [code, 3], JSON.stringify(reply));
        assertEquals(failed.status, reply.kind === "response" ? reply.status : null);
        assertMatch(failed.message, /^Graph('s address)? answered \d{3}/);
      }
    }
  },
);

Deno.test(
  "interpretReply() has the token renewed on the first 401, with the claims of a challenge",
  NONE,
  () => {
    assertEquals(judged(refusal(401, "InvalidAuthenticationToken")), {
      next: "replaceToken",
      claims: undefined,
    });
    const field = `Bearer error="insufficient_claims", claims="${btoa('{"a":1}')}"`;
    assertEquals(judged(answer(401, "", { "www-authenticate": field })), {
      next: "replaceToken",
      claims: '{"a":1}',
    });
    for (const reply of [refusal(401, "InvalidAuthenticationToken"), answer(401)]) {
      assertEquals(failure(judged(reply, { tokenReplaced: true })).code, "TokenRefused");
    }
  },
);

const TRANSIENT: readonly [Reply, GraphErrorCode, string][] = [
  ...[429, 509].map((status): [Reply, GraphErrorCode, string] => [answer(status), "Throttled", `${status}`]),
  ...[500, 502, 503, 504].map(
    (status): [Reply, GraphErrorCode, string] => [answer(status), "ServiceUnavailable", `${status}`],
  ),
  [refusal(503, "ErrorAccessDenied"), "ServiceUnavailable", "503 ErrorAccessDenied: Said by Graph."],
  [{ kind: "disconnected", cause: new Error("reset by peer") }, "ConnectionLost", "reset by peer"],
  [{ kind: "timedOut", timeout: 1500 }, "TimedOut", "did not answer within 1.5 s"],
];

Deno.test(
  "interpretReply() waits after a transient reply; after all but 429 the photo may be gone",
  NONE,
  () => {
    for (const [reply] of TRANSIENT) {
      const ambiguous = !(reply.kind === "response" && reply.status === 429);
      const step = judged(reply);
      assert(step.next === "retry");
      assertEquals([step.delay, step.ambiguous], [500, ambiguous]);
    }
  },
);

Deno.test(
  "interpretReply() fails a transient reply when the attempts are used up, and says how many there were",
  NONE,
  () => {
    for (const [reply, code, said] of TRANSIENT) {
      for (const [attempts, words] of [[1, "after 1 attempt"], [5, "after 5 attempts"]] as const) {
        const failed = failure(judged(reply, { attempts }, { ...POLICY, maxAttempts: attempts }));
        assertEquals([failed.code, failed.attempts], [code, attempts]);
        assert(failed.message.endsWith(words), failed.message);
        assertStringIncludes(failed.message, said);
        assertEquals(failed.cause, reply.kind === "disconnected" ? reply.cause : undefined);
      }
    }
  },
);

Deno.test(
  "interpretReply() fails where the wait asked for is too long, with both waits in the message",
  NONE,
  () => {
    const failed = failure(judged(answer(429, "", { "retry-after": "3600" })));
    assertEquals([failed.code, failed.status], ["Throttled", 429]);
    assertStringIncludes(failed.message, "asks to wait 3600 s, longer than the 180 s allowed");
  },
);

Deno.test("interpretReply() says what Graph said, but no JSON that it said", NONE, () => {
  const { message, graphCode } = failure(judged(refusal(403, "ErrorAccessDenied", " Access is denied. ")));
  assertEquals([message, graphCode], [
    "Graph answered 403 ErrorAccessDenied: Access is denied.",
    "ErrorAccessDenied",
  ]);
  assertNotMatch(failure(judged(refusal(404, "UnknownError", noSuchUser))).message, /[{}]/);
});

Deno.test(
  "interpretReply() takes the request id from header or body, and only what looks like one",
  NONE,
  () => {
    const id = "6c7e0d4f-0b3d-4c5e-9a52-000000000001";
    const body = JSON.stringify({ error: { innerError: { "request-id": "of-the-body" } } });
    const idOf = (header: string | null, text = "") =>
      failure(judged(answer(403, text, header === null ? {} : { "request-id": header }))).requestId;
    assertEquals([idOf(id), idOf(id, body), idOf(null, body), idOf(null)], [id, id, "of-the-body", null]);
    assertEquals(done(judged(answer(200, "", { "request-id": id }))).requestId, id);
    for (const odd of ["x".repeat(81), "a b", "<script>", "a=1", "é"]) assertEquals(idOf(odd), null, odd);
  },
);
