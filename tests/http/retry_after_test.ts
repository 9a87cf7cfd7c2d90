import { parseRetryAfter } from "../../lib/http/retry_after.ts";
import { assertEquals } from "../deps/assert.ts";
import { test } from "../support/test.ts";

const NOW = Date.UTC(2026, 6, 4, 12, 0, 0);
const SECOND = 1000, MINUTE = 60 * SECOND, DAY = 24 * 60 * MINUTE;

type Row = readonly [field: string, ms: number];

/** RFC 9110, section 10.2.3: delay-seconds. */
const SECONDS: readonly Row[] = [
  ["0", 0],
  ["1", SECOND],
  ["120", 2 * MINUTE],
  ["007", 7 * SECOND],
  [" 7 ", 7 * SECOND],
  ["\t7", 7 * SECOND],
  ["86400", DAY],
  ["9007199254740993", 9007199254740993 * SECOND],
];

/** RFC 9110, section 5.6.7: IMF-fixdate, the form of RFC 850, the form of asctime. */
const DATES: readonly Row[] = [
  ["Sat, 04 Jul 2026 12:00:07 GMT", 7 * SECOND],
  ["sat, 04 jul 2026 12:00:07 gmt", 7 * SECOND],
  ["Sat, 04 Jul 2026 12:00:60 GMT", MINUTE],
  ["Sat, 04 Jul 2026 23:59:59 GMT", 12 * 60 * MINUTE - SECOND],
  ["Sun, 05 Jul 2026 00:00:00 GMT", 12 * 60 * MINUTE],
  ["Tue, 29 Feb 2028 12:00:00 GMT", Date.UTC(2028, 1, 29, 12) - NOW],
  ["Saturday, 04-Jul-26 12:02:00 GMT", 2 * MINUTE],
  ["Sunday, 05-Jul-26 12:00:00 GMT", DAY],
  ["Sat Jul  4 12:00:30 2026", 30 * SECOND],
  ["Sat Jul 11 12:00:00 2026", 7 * DAY],
];

/** Two digits are of this century, unless that is more than 50 years ahead. */
const TWO_DIGIT_YEARS: readonly Row[] = [
  ["Friday, 04-Jul-27 12:00:00 GMT", 365 * DAY],
  ["Saturday, 04-Jul-76 12:00:00 GMT", Date.UTC(2076, 6, 4, 12) - NOW],
  ["Monday, 04-Jul-77 12:00:00 GMT", 0],
  ["Sunday, 04-Jul-99 12:00:00 GMT", 0],
  ["Saturday, 04-Jul-00 12:00:00 GMT", 0],
];

const PAST: readonly Row[] = [
  ["Sat, 04 Jul 2026 12:00:00 GMT", 0],
  ["Sat, 04 Jul 2026 11:59:59 GMT", 0],
  ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
  ["Sun, 06 Nov 1994 08:49:37 GMT", 0],
  ["Sunday, 06-Nov-94 08:49:37 GMT", 0],
  ["Sun Nov  6 08:49:37 1994", 0],
];

for (
  const [what, rows] of Object.entries({ seconds: SECONDS, dates: DATES, "two-digit years": TWO_DIGIT_YEARS })
) {
  test(`parseRetryAfter() reads ${what}`, "none", () => {
    for (const [field, ms] of rows) assertEquals(parseRetryAfter(field, NOW), ms, field);
  });
}

test("parseRetryAfter() gives 0 for a date that is past", "none", () => {
  for (const [field, ms] of PAST) assertEquals(parseRetryAfter(field, NOW), ms, field);
});

test("parseRetryAfter() gives a number too large to wait for as such, never as a short one", "none", () => {
  for (const digits of [20, 309, 400, 10_000]) {
    const wait = parseRetryAfter("9".repeat(digits), NOW);
    assertEquals(wait! > 1e20, true, `${digits} digits`);
  }
  const lastYear = Date.UTC(9999, 11, 31, 23, 59, 59) - NOW;
  assertEquals(parseRetryAfter("Fri, 31 Dec 9999 23:59:59 GMT", NOW), lastYear);
});

const GARBAGE: readonly (string | null | undefined)[] = [
  ...[
    undefined,
    null,
    "",
    " ",
    "soon",
    "-1",
    "+1",
    "1.5",
    "1e3",
    "0x10",
    "Infinity",
    "NaN",
    "null",
    "1, 2",
    "1 s",
  ],
  ...["٧", "７", "1\n2", "1;q=1", "PT5S"],
  // No such day, month or time.
  "Tue, 31 Feb 2026 12:00:00 GMT",
  "Sun, 29 Feb 2026 12:00:00 GMT",
  "Wed, 31 Jun 2026 12:00:00 GMT",
  "Sat, 00 Jul 2026 12:00:00 GMT",
  "Sat, 32 Jul 2026 12:00:00 GMT",
  "Sat, 04 Jux 2026 12:00:00 GMT",
  "Sat, 04 Jul 2026 24:00:00 GMT",
  "Sat, 04 Jul 2026 12:60:00 GMT",
  "Sat, 04 Jul 2026 12:00:61 GMT",
  "Xxx, 04 Jul 2026 12:00:00 GMT",
  "Sat Jul  0 12:00:00 2026",
  // Not quite one of the three forms.
  "2026-07-04T12:00:07Z",
  "Sat, 4 Jul 2026 12:00:07 GMT",
  "Sat, 04 Jul 2026 12:00:07 UTC",
  "Sat, 04 Jul 2026 12:00:07 +0000",
  "Sat, 04 Jul 26 12:00:07 GMT",
  "Sat, 04-Jul-2026 12:00:07 GMT",
  "Saturday, 04 Jul 2026 12:00:07 GMT",
  "Sat, 04 Jul 2026 12:00:07",
  "Sat Jul 4 12:00:07 2026",
  "Sat Jul  4 12:00:07 2026 GMT",
  "Sat, 04 Jul 2026 12:00:07 GMT, Sun, 05 Jul 2026 12:00:07 GMT",
];

test("parseRetryAfter() makes nothing of what it cannot understand", "none", () => {
  for (const field of GARBAGE) assertEquals(parseRetryAfter(field, NOW), undefined, String(field));
});

test("parseRetryAfter() reads back every moment that a server can write", "none", () => {
  for (let ms = -10 * DAY; ms < 800 * DAY; ms += 7 * DAY + 3671 * SECOND) {
    assertEquals(parseRetryAfter(new Date(NOW + ms).toUTCString(), NOW), Math.max(0, ms));
  }
});
