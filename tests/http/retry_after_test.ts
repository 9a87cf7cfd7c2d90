import { parseRetryAfter } from "../../lib/http/retry_after.ts";
import { assert, assertEquals } from "../deps/assert.ts";
import { NONE } from "../support/test.ts";

const NOW = Date.UTC(2026, 6, 4, 12, 0, 0);
const SECOND = 1000, MINUTE = 60 * SECOND, DAY = 24 * 60 * MINUTE;

type Row = readonly [field: string, ms: number];

const TABLES: Readonly<Record<string, readonly Row[]>> = {
  "seconds (RFC 9110, section 10.2.3)": [
    ["0", 0],
    ["1", SECOND],
    ["120", 2 * MINUTE],
    ["007", 7 * SECOND],
    [" 7 ", 7 * SECOND],
    ["\t7", 7 * SECOND],
    ["86400", DAY],
    ["9007199254740993", 9007199254740993 * SECOND],
  ],
  "the three forms of dates (RFC 9110, section 5.6.7)": [
    ["Sat, 04 Jul 2026 12:00:07 GMT", 7 * SECOND],
    ["sat, 04 jul 2026 12:00:07 gmt", 7 * SECOND],
    ["Sat, 04 Jul 2026 12:00:60 GMT", MINUTE],
    ["Sat, 04 Jul 2026 23:59:59 GMT", 12 * 60 * MINUTE - SECOND],
    ["Sun, 05 Jul 2026 00:00:00 GMT", 12 * 60 * MINUTE],
    ["Tue, 29 Feb 2028 12:00:00 GMT", Date.UTC(2028, 1, 29, 12) - NOW],
    ["Fri, 31 Dec 9999 23:59:59 GMT", Date.UTC(9999, 11, 31, 23, 59, 59) - NOW],
    ["Saturday, 04-Jul-26 12:02:00 GMT", 2 * MINUTE],
    ["Sunday, 05-Jul-26 12:00:00 GMT", DAY],
    ["Sat Jul  4 12:00:30 2026", 30 * SECOND],
    ["Sat Jul 11 12:00:00 2026", 7 * DAY],
  ],
  "two-digit years, which are at most 50 years ahead": [
    ["Friday, 04-Jul-27 12:00:00 GMT", 365 * DAY],
    ["Saturday, 04-Jul-76 12:00:00 GMT", Date.UTC(2076, 6, 4, 12) - NOW],
    ["Monday, 04-Jul-77 12:00:00 GMT", 0],
    ["Sunday, 04-Jul-99 12:00:00 GMT", 0],
    ["Saturday, 04-Jul-00 12:00:00 GMT", 0],
  ],
};

for (const [what, rows] of Object.entries(TABLES)) {
  Deno.test(`parseRetryAfter() reads ${what}`, NONE, () => {
    for (const [field, ms] of rows) assertEquals(parseRetryAfter(field, NOW), ms, field);
  });
}

Deno.test("parseRetryAfter() never makes a short wait of a number that is too large", NONE, () => {
  for (const digits of [20, 309, 400, 10_000]) {
    assert(parseRetryAfter("9".repeat(digits), NOW)! > 1e20, `${digits} digits`);
  }
});

const INVALID: readonly (string | null | undefined)[] = [
  ...[undefined, null, "", " ", "soon", "-1", "+1", "1.5.2", ".5", "1,", "1e3", "0x10", "Infinity"],
  ...["NaN", "null", "1, x", "1 s", "٧", "７", "1\n2", "1;q=1", "PT5S"],
  // No such day, month or time.
  ...["Tue, 31 Feb", "Sun, 29 Feb", "Wed, 31 Jun", "Sat, 00 Jul", "Sat, 32 Jul", "Sat, 04 Jux", "Xxx, 04 Jul"]
    .map((day) => `${day} 2026 12:00:00 GMT`),
  ...["24:00:00", "12:60:00", "12:00:61"].map((time) => `Sat, 04 Jul 2026 ${time} GMT`),
  "Sat Jul  0 12:00:00 2026",
  // Not quite one of the three forms.
  ...["4 Jul 2026", "04 Jul 26", "04-Jul-2026"].map((date) => `Sat, ${date} 12:00:07 GMT`),
  ...["", " UTC", " +0000", " GMT, Sun, 05 Jul 2026 12:00:07 GMT"].map((end) =>
    `Sat, 04 Jul 2026 12:00:07${end}`
  ),
  ...["2026-07-04T12:00:07Z", "Saturday, 04 Jul 2026 12:00:07 GMT", "Sat Jul 4 12:00:07 2026"],
  "Sat Jul  4 12:00:07 2026 GMT",
];

Deno.test("parseRetryAfter() gives undefined for a field that is missing or invalid", NONE, () => {
  for (const field of INVALID) assertEquals(parseRetryAfter(field, NOW), undefined, String(field));
});
