import { createThrottle } from "../../lib/graph/throttle.ts";
import { parseRetryAfter } from "../../lib/http/retry_after.ts";
import { fc } from "../deps/fast_check.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { fakeClock } from "../support/fake_clock.ts";
import { anyText, damaged } from "./hostile.ts";
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

Deno.test(property(
  "parseRetryAfter() gives the time until any moment, in each form of a date and in any case",
  fc.tuple(fc.constantFrom(...Object.keys(DATE_FORMS)), MOMENT, NEAR, fc.constantFrom("", "L", "U")),
  ([form, far, near, letters]) => {
    const moment = form === "RFC 850" ? near : far;
    const written = DATE_FORMS[form]!(moment);
    const text = letters === "L" ? written.toLowerCase() : letters === "U" ? written.toUpperCase() : written;
    assertEquals(parseRetryAfter(text, NOW), Math.max(0, moment - NOW), text);
  },
));

const FIELD = fc.oneof(
  fc.bigInt({ min: 0n, max: 10n ** 40n }).map(String),
  damaged(MOMENT.map(DATE_FORMS["IMF-fixdate"]!)),
  damaged(MOMENT.map(DATE_FORMS["RFC 850"]!)),
  damaged(MOMENT.map(DATE_FORMS["asctime"]!)),
  anyText(),
);

Deno.test(property(
  "parseRetryAfter() gives a wait or nothing for any field, and never less than its digits",
  FIELD,
  (field) => {
    const wait = parseRetryAfter(field, NOW);
    assert(wait === undefined || wait >= 0, `${wait}`);
    if (/^[0-9]+$/.test(field)) assert(wait! >= Number(field) * 1000, `${wait}`);
  },
));

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

Deno.test(property(
  "a throttle admits requests after the wait that it names, which is infinite only while replies are to come",
  fc.tuple(
    fc.array(EVENT, { maxLength: 80 }),
    fc.integer({ min: 1, max: 8 }),
    fc.integer({ min: 1, max: 20 }),
  ),
  ([events, concurrency, batchSize]) => {
    const clock = fakeClock();
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
        inFlight.push({ sentAt: clock.monotonicNow(), count });
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
));
