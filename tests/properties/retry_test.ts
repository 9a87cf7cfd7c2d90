import { GraphError } from "../../lib/errors.ts";
import { type History, interpretReply } from "../../lib/graph/interpret_reply.ts";
import { createThrottle } from "../../lib/graph/throttle.ts";
import { photoRequests } from "../../lib/graph/photo_requests.ts";
import { requestWithRetries } from "../../lib/graph/request_with_retries.ts";
import type { Reply } from "../../lib/http/send.ts";
import type { RetryPolicy } from "../../lib/http/retry.ts";
import { parseRetryAfter } from "../../lib/http/retry_after.ts";
import { createGraphClient } from "../../lib/graph/client.ts";
import { fc } from "../deps/fast_check.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { anyText, damaged, jsonText } from "./hostile.ts";
import { property } from "./property.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
/** From 1970 to 9999, in whole seconds. */
const MOMENT = fc.integer({ min: 0, max: 253_402_300_799 }).map((seconds) => seconds * 1000);
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** A moment as each form of an HTTP-date writes it (RFC 9110, section 5.6.7). */
const DATE_FORMS: Readonly<Record<string, (moment: number) => string>> = {
  "IMF-fixdate": (moment) => new Date(moment).toUTCString(),
  "RFC 850": (moment) => {
    const [, day, month, year = "", time] = new Date(moment).toUTCString().split(" ");
    return `${DAYS[new Date(moment).getUTCDay()]}, ${day}-${month}-${year.slice(2)} ${time} GMT`;
  },
  "asctime": (moment) => {
    const [weekday = "", day, month, year, time] = new Date(moment).toUTCString().split(" ");
    return `${weekday.slice(0, 3)} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
  },
};
/** Two digits of a year tell no more than a century around now. */
const NEAR = fc.integer({ min: -49 * 365, max: 49 * 365 }).map((days) => NOW + days * 86_400_000);

property(
  "parseRetryAfter() gives the time until any moment, in each form of a date and in any case",
  fc.tuple(fc.constantFrom(...Object.keys(DATE_FORMS)), MOMENT, NEAR, fc.constantFrom("", "L", "U")),
  ([form, far, near, letters]) => {
    const moment = form === "RFC 850" ? near : far;
    const written = DATE_FORMS[form]!(moment);
    const text = letters === "L" ? written.toLowerCase() : letters === "U" ? written.toUpperCase() : written;
    assertEquals(parseRetryAfter(text, NOW), Math.max(0, moment - NOW), text);
  },
);

const FIELD = fc.oneof(
  fc.bigInt({ min: 0n, max: 10n ** 40n }).map(String),
  damaged(MOMENT.map(DATE_FORMS["IMF-fixdate"]!)),
  damaged(MOMENT.map(DATE_FORMS["RFC 850"]!)),
  damaged(MOMENT.map(DATE_FORMS["asctime"]!)),
  anyText(),
);

property(
  "parseRetryAfter() gives a wait or nothing for any field, and never less than its digits",
  FIELD,
  (field) => {
    const wait = parseRetryAfter(field, NOW);
    assert(wait === undefined || wait >= 0, `${wait}`);
    if (/^[0-9]+$/.test(field)) assert(wait! >= Number(field) * 1000, `${wait}`);
  },
);

/** What a lane can be handed; a header's names are in lower case. */
interface Told {
  status: number;
  retryAfter: string | null;
  challenge: string | null;
  type: string | null;
  body: string;
  batched: boolean;
}

const TOLD: fc.Arbitrary<Told> = fc.record({
  status: fc.oneof(
    fc.constantFrom(200, 204, 400, 401, 403, 404, 405, 429, 429, 500, 502, 503, 504, 509),
    fc.integer({ min: 100, max: 599 }),
  ),
  retryAfter: fc.oneof(
    fc.constant(null),
    fc.integer({ min: 0, max: 400 }).map(String),
    NEAR.map(DATE_FORMS["IMF-fixdate"]!),
    FIELD,
  ),
  challenge: fc.oneof(
    fc.constant(null),
    fc.constant('Bearer error="insufficient_claims", claims="e30="'),
    anyText(),
  ),
  type: fc.constantFrom(null, "application/json", "text/html"),
  body: fc.oneof(
    jsonText(["error", "code", "message"], ['{"code":"ImageNotFound"}', '{"code":"ResourceNotFound"}']),
    fc.constantFrom('{"error":{"code":"ImageNotFound"}}', '{"error":{"code":"ErrorInvalidUser"}}', ""),
  ),
  batched: fc.boolean(),
});

const REPLY: fc.Arbitrary<Reply> = fc.oneof(
  {
    weight: 6,
    arbitrary: TOLD.map(({ status, retryAfter, challenge, type, body, batched }): Reply => {
      const headers: Record<string, string | null> = {
        "retry-after": retryAfter,
        "www-authenticate": challenge,
        "content-type": type,
      };
      return {
        kind: "response",
        status,
        header: (name) => headers[name] ?? null,
        body: batched ? body : new TextEncoder().encode(body),
        ...(batched ? { batched } : {}),
      };
    }),
  },
  fc.constantFrom<Reply>(
    { kind: "disconnected", cause: new TypeError("connection reset") },
    { kind: "timedOut", timeout: 1000 },
    { kind: "malformed", reason: "the batch item is missing" },
  ),
);

const POLICY: fc.Arbitrary<RetryPolicy> = fc.record({
  maxAttempts: fc.integer({ min: 1, max: 6 }),
  baseDelay: fc.integer({ min: 0, max: 5000 }),
  maxDelay: fc.integer({ min: 0, max: 300_000 }),
});

const HISTORY: fc.Arbitrary<History> = fc.record({
  attempts: fc.integer({ min: 1, max: 6 }),
  ambiguous: fc.boolean(),
  tokenReplaced: fc.boolean(),
});

/** What a reply asks to wait, in ms. */
const askedOf = (reply: Reply, now: number) =>
  reply.kind === "response" ? parseRetryAfter(reply.header("retry-after"), now) : undefined;

property(
  "interpretReply() never shortens what Retry-After asks for, nor waits longer than is allowed",
  fc.tuple(REPLY, HISTORY, POLICY, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
  ([reply, history, policy, random]) => {
    const verdict = interpretReply(reply, history, policy, fakeClock({ now: NOW, random }));
    const asked = askedOf(reply, NOW);
    if (verdict.next === "retry") {
      assert(verdict.delay >= (asked ?? 0) && verdict.delay <= policy.maxDelay, `${verdict.delay} ms`);
      assert(history.attempts < policy.maxAttempts, "there is no attempt left");
      assert(
        verdict.ambiguous || (reply.kind === "response" && reply.status === 429),
        "a lone 429 alone is none",
      );
    } else if (verdict.next === "failed") {
      const { failure } = verdict;
      assert(new GraphError(failure).message !== "" && failure.attempts === history.attempts);
      assertEquals(failure.status, reply.kind === "response" ? reply.status : null);
    } else if (verdict.next === "succeeded") {
      assert(
        reply.kind === "response" && (verdict.absent ? reply.status === 404 : true),
        "only a 404 is absent",
      );
      assert(!(verdict.absent && history.ambiguous), "what may have worked is not absent");
      assert(reply.status === 404 || (reply.status >= 200 && reply.status < 300), `${reply.status} is done`);
    } else assert(reply.kind === "response" && reply.status === 401 && !history.tokenReplaced);
  },
);

property(
  "requestWithRetries() ends after at most the attempts allowed and one for a fresh token, each after the wait asked for",
  fc.tuple(fc.array(REPLY, { minLength: 1, maxLength: 10 }), POLICY, fc.boolean(), fc.nat({ max: 12 })),
  async ([replies, retry, renews, cutAfter]) => {
    const clock = fakeClock({ now: NOW });
    let renewals = 0;
    const client = createGraphClient({
      cloud: "global",
      retry,
      credential: {
        getToken: () =>
          Promise.resolve({ token: `token${renews ? renewals++ : ""}`, expiresOnTimestamp: Infinity }),
      },
    }, clock);
    let sent = 0;
    let due = 0;
    let waits = 0;
    const outcome = await requestWithRetries(photoRequests.delete("me"), client, {
      send: () => {
        assert(clock.now() >= due, "it was sent too early");
        assert(sent < 50, "it goes on for ever");
        const reply = replies[sent++ % replies.length]!;
        due = clock.now() + (askedOf(reply, clock.now()) ?? 0);
        if (reply.kind === "response" && reply.status === 401) due = 0;
        return Promise.resolve({ reply, token: "token", redact: (text: string) => text });
      },
      waitForRetry: async ({ delay, attempts }) => {
        assertEquals(attempts, sent);
        if (waits++ === cutAfter) return false;
        await clock.sleep(delay);
        return true;
      },
    });
    assert(sent <= retry.maxAttempts + 1 && waits < retry.maxAttempts, `${sent} attempts, ${waits} waits`);
    assert(outcome.kind !== "notSent", "it was sent");
    assertEquals(outcome.kind === "failed" ? outcome.error.attempts : outcome.attempts, sent);
  },
);

/** What happens to a run: it sends, it gets one of the answers that it waits for, time passes. */
const STEP = fc.oneof(
  { weight: 3, arbitrary: fc.record({ wanted: fc.integer({ min: 1, max: 100 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      answer: fc.nat(),
      throttled: fc.constantFrom(0, 0.1, 0.5, 1),
      lost: fc.nat({ max: 9 }).map((number) => number === 0),
      retryAfter: fc.constantFrom(undefined, 0, 1000, 600_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ pass: fc.oneof(fc.nat({ max: 2000 }), fc.nat({ max: 1e9 })) }) },
);

property(
  "a pace lets some go after the wait that it names, which is for ever only where an answer is to come",
  fc.tuple(
    fc.array(STEP, { maxLength: 80 }),
    fc.integer({ min: 1, max: 8 }),
    fc.integer({ min: 1, max: 20 }),
  ),
  ([steps, concurrency, batchSize]) => {
    const clock = fakeClock({ now: NOW });
    const pace = createThrottle(clock, { concurrency, batchSize });
    const inFlight: { sentAt: number; count: number }[] = [];
    for (const step of steps) {
      if ("pass" in step) clock.advance(step.pass);
      else if ("wanted" in step) {
        if (inFlight.length === concurrency) continue;
        let wait = pace.wait(step.wanted);
        for (let turns = 0; wait > 0 && wait < Infinity; turns++) {
          assert(wait <= 60_000 && turns < 5, `${wait} ms, ${turns} times`);
          clock.advance(Math.max(1, wait)); // as a timer does
          wait = pace.wait(step.wanted);
        }
        if (wait === Infinity) {
          assert(inFlight.length > 0, "nothing would wake it");
          continue;
        }
        assertEquals(wait, 0);
        const count = Math.min(step.wanted, pace.maxBatch());
        assert(Number.isInteger(count) && count >= 1 && count <= batchSize, `${count} at once`);
        pace.onSent(count);
        inFlight.push({ sentAt: clock.now(), count });
      } else if (inFlight.length > 0) {
        const [{ sentAt, count }] = inFlight.splice(step.answer % inFlight.length, 1) as [typeof inFlight[0]];
        const throttled = step.lost ? 0 : Math.round(count * step.throttled);
        const admitted = step.lost ? 0 : count - throttled;
        pace.onReplies({ sentAt, admitted, throttled, retryAfter: step.retryAfter });
      }
    }
  },
);
