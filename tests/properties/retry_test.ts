import { GraphError } from "../../lib/errors.ts";
import { createThrottle } from "../../lib/graph/throttle.ts";
import { parseRetryAfter } from "../../lib/http/retry_after.ts";
import { fc } from "../deps/fast_check.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { ALEX, removeByClock } from "../support/emulated.ts";
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
/** Moments within 49 years, which a two-digit year can express. */
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

/** A response to a removal; `null` is a header that is missing. */
const RESPONSE = fc.record({
  status: fc.oneof(
    fc.constantFrom(200, 204, 400, 401, 401, 403, 404, 405, 429, 429, 500, 502, 503, 504, 509),
    fc.integer({ min: 100, max: 599 }),
  ),
  headers: fc.record({
    "retry-after": fc.oneof(
      fc.constant(null),
      fc.integer({ min: 0, max: 400 }).map(String),
      NEAR.map(DATE_FORMS["IMF-fixdate"]!),
      FIELD,
    ),
    "www-authenticate": fc.oneof(
      fc.constant(null),
      fc.constant('Bearer error="insufficient_claims", claims="e30="'),
      anyText(),
    ),
    "content-type": fc.constantFrom(null, "application/json", "text/html"),
  }),
  body: fc.oneof(
    jsonText(["error", "code", "message"], ['{"code":"ImageNotFound"}', '{"code":"ResourceNotFound"}']),
    fc.constantFrom('{"error":{"code":"ImageNotFound"}}', '{"error":{"code":"ErrorInvalidUser"}}', ""),
  ),
});
const CONNECTION_LOST = { status: null, headers: { "retry-after": null } };
const NO_PHOTO = {
  status: 404,
  headers: { "retry-after": null },
  body: '{"error":{"code":"ImageNotFound"}}',
};
const REPLY = fc.oneof(
  { weight: 6, arbitrary: RESPONSE },
  { weight: 2, arbitrary: fc.constantFrom(CONNECTION_LOST, NO_PHOTO) },
);

/** Whether the photo may be gone after a reply that does not say so. */
const isAmbiguous = ({ status }: { status: number | null }) =>
  status === null || [500, 502, 503, 504, 509].includes(status);

const POLICY = fc.record({
  maxAttempts: fc.integer({ min: 1, max: 6 }),
  baseDelay: fc.integer({ min: 0, max: 5000 }),
  maxDelay: fc.oneof(fc.nat({ max: 5000 }), fc.nat({ max: 300_000 })),
});

property(
  "removeProfilePhoto() ends as its last reply says, after as many attempts and waits as allowed, each in full",
  fc.tuple(
    fc.array(REPLY, { minLength: 1, maxLength: 10 }),
    POLICY,
    fc.boolean(),
    fc.nat({ max: 99 }).map((number) => number / 100),
  ),
  async ([replies, retry, hasFreshToken, random]) => {
    const clock = fakeClock({ now: NOW, random });
    let tokens = 0;
    const token = () => ({ token: `token${hasFreshToken ? tokens++ : ""}`, expiresOnTimestamp: Infinity });
    const received: typeof replies = [];
    let due = NOW;
    const answer = (_url: unknown, init?: RequestInit) => {
      if (init?.method !== "DELETE") {
        return Promise.resolve(Response.json({ id: "0", width: 648, height: 648 }));
      }
      assert(clock.now() >= due, "it was sent too early");
      const reply = replies[received.length % replies.length]!;
      received.push(reply);
      const { status, headers } = reply;
      if (status === null) return Promise.reject(new TypeError("connection reset"));
      const wait = parseRetryAfter(headers["retry-after"], clock.now()) ?? 0;
      due = status === 401 ? NOW : clock.now() + wait; // a fresh token needs no wait
      const fields: Record<string, string | null> = headers;
      return Promise.resolve({
        status,
        headers: { get: (name: string) => fields[name] ?? null, has: () => false },
        body: [new TextEncoder().encode(reply.body)],
      } as unknown as Response); // a real one takes neither every status nor every header
    };
    const result = await removeByClock(ALEX, {
      credential: { getToken: () => Promise.resolve(token()) },
      retry,
      fetch: answer,
    }, clock).catch((error) => error);

    assert(received.length <= retry.maxAttempts + 1, `${received.length} attempts`);
    assert(received.filter(({ status }) => status === 401).length <= 2, "it got more than one fresh token");
    assert(clock.sleeps.length < retry.maxAttempts, `${clock.sleeps.length} waits`);
    assert(clock.sleeps.every((wait) => wait <= retry.maxDelay), `${clock.sleeps}`);
    assertEquals(result.attempts, received.length);
    const { status } = received.at(-1)!;
    const wasAmbiguous = received.slice(0, -1).some(isAmbiguous);
    if (result instanceof GraphError) {
      assertEquals(result.status, status);
      assert(result.message !== "");
    } else if (result.outcome === "absent") assert(status === 404 && !wasAmbiguous, `${status} is absent`);
    else {
      assertEquals(result.outcome, "removed");
      const isSuccess = status !== null && status >= 200 && status < 300;
      assert(isSuccess || (status === 404 && wasAmbiguous), `${status} is removed`);
    }
  },
);

/** An event in a run: it sends requests, gets the replies to some, or time passes. */
const EVENT = fc.oneof(
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
  "a throttle admits requests after the wait that it names, which is infinite only while replies are to come",
  fc.tuple(
    fc.array(EVENT, { maxLength: 80 }),
    fc.integer({ min: 1, max: 8 }),
    fc.integer({ min: 1, max: 20 }),
  ),
  ([events, concurrency, batchSize]) => {
    const clock = fakeClock({ now: NOW });
    const throttle = createThrottle(clock, { concurrency, batchSize });
    const inFlight: { sentAt: number; count: number }[] = [];
    for (const event of events) {
      if ("pass" in event) clock.advance(event.pass);
      else if ("wanted" in event) {
        if (inFlight.length === concurrency) continue;
        let wait = throttle.wait(event.wanted);
        for (let turns = 0; wait > 0 && wait < Infinity; turns++) {
          assert(wait <= 60_000 && turns < 5, `${wait} ms, ${turns} times`);
          clock.advance(Math.max(1, wait)); // as a timer does
          wait = throttle.wait(event.wanted);
        }
        if (wait === Infinity) {
          assert(inFlight.length > 0, "nothing would wake it");
          continue;
        }
        assertEquals(wait, 0);
        const count = Math.min(event.wanted, throttle.maxBatch());
        assert(Number.isInteger(count) && count >= 1 && count <= batchSize, `${count} at once`);
        throttle.onSent(count);
        inFlight.push({ sentAt: clock.now(), count });
      } else if (inFlight.length > 0) {
        const [{ sentAt, count }] = inFlight.splice(event.answer % inFlight.length, 1) as [
          typeof inFlight[0],
        ];
        const throttled = event.lost ? 0 : Math.round(count * event.throttled);
        const admitted = event.lost ? 0 : count - throttled;
        throttle.onReplies({ sentAt, admitted, throttled, retryAfter: event.retryAfter });
      }
    }
  },
);
