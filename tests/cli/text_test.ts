import {
  describeOne,
  describeProgress,
  type InFlight,
  startProgress,
  type Wait,
} from "../../lib/cli/progress.ts";
import { closest } from "../../lib/cli/suggest.ts";
import { countResult, emptyTally, summarize, type Tally } from "../../lib/cli/summary.ts";
import {
  formatCount,
  formatCountOf,
  formatDuration,
  formatMoment,
  messageText,
  printable,
  quoteWord,
} from "../../lib/cli/text.ts";
import { wrapText } from "../../lib/cli/wrap.ts";
import type { PhotoResult } from "../../lib/result.ts";
import { assertEquals } from "../deps/assert.ts";
import { NONE } from "../support/test.ts";

/** Texts from elsewhere, and what is shown of them. */
const TEXTS: readonly (readonly [text: string, shown: string])[] = [
  ["", ""],
  ["a  b é 😀", "a  b é 😀"],
  ["a \t\r\n\n  b\nc\r", "a b c "],
  ["a\tb\0\x1b[2J\x7f\x9b", "a\ufffdb\ufffd\ufffd[2J\ufffd\ufffd"],
  ["\u202egpj.exe\u2066", "\ufffdgpj.exe\ufffd"],
];

Deno.test("printable() leaves nothing that moves a cursor or breaks a line", NONE, () => {
  for (const [text, shown] of TEXTS) assertEquals(printable(text), shown);
});

Deno.test("printable() takes no time over endless white space", NONE, () => {
  const spaces = " ".repeat(2 ** 22); // quadratic time would take more than a day
  assertEquals(printable(spaces).length, spaces.length);
});

Deno.test("formatCount() and formatCountOf() separate thousands, and know one from many", NONE, () => {
  assertEquals([0, 999, 1000, 1234567].map(formatCount), ["0", "999", "1,000", "1,234,567"]);
  assertEquals([0, 1, 1000].map((count) => formatCountOf(count, "user")), [
    "0 users",
    "1 user",
    "1,000 users",
  ]);
});

const NOW = new Date(2026, 0, 31, 12, 0).getTime();
/** Local times, and how they are shown at noon of 2026-01-31. */
const MOMENTS: readonly (readonly [at: Date, shown: string])[] = [
  [new Date(2026, 0, 31, 12, 0, 1), "12:00, in 1 second"],
  [new Date(2026, 0, 31, 12, 1, 59), "12:01, in 119 seconds"],
  [new Date(2026, 0, 31, 12, 47), "12:47, in 47 minutes"],
  [new Date(2026, 0, 31, 9, 5), "09:05, 3 hours ago"],
  [new Date(2026, 1, 1, 6, 0), "2026-02-01 06:00, in 18 hours"],
  [new Date(2029, 0, 31, 12, 0), "2029-01-31 12:00, in 1,096 days"],
];

Deno.test("formatMoment() shows local time, the day if it is another, and the distance", NONE, () => {
  for (const [at, shown] of MOMENTS) assertEquals(formatMoment(at.getTime(), NOW), shown);
});

Deno.test(
  "messageText() shows times in UTC as a person reads them, and nothing else differently",
  NONE,
  () => {
    const soon = Date.now() + 3_600_000;
    const [text, plain] = ["expires at ", ". Not 2026-99-99T99:99:99Z, 2026-01-31T12:00Z or 2026-01-31"];
    assertEquals(
      messageText(`${text}${new Date(soon).toISOString()}\n${plain}`),
      `${text}${formatMoment(soon)} ${plain}`,
    );
  },
);

/** Lines, and how they are wrapped at 40 columns with continuations indented by 4 at least. */
const WRAPPED: readonly (readonly [line: string, wrapped: string])[] = [
  ["a".repeat(40), "a".repeat(40)],
  [`${"a ".repeat(20)}b`, `${"a ".repeat(20).trimEnd()}\n    b`],
  [`      ${"word ".repeat(8)}word`, `      ${"word ".repeat(6)}word\n      word word`],
  [`\x1b[32m${"a".repeat(39)}\x1b[39m b`, `\x1b[32m${"a".repeat(39)}\x1b[39m\n    b`],
  [`label        ${"x".repeat(36)}`, `label\n    ${"x".repeat(36)}`],
  [`see ${"https://".padEnd(60, "x")} now`, `see\n    ${"https://".padEnd(60, "x")}\n    now`],
  [`--sign-in ${["environment", "browser", "device"].join("|")}|x`, "--sign-in environment|browser|device|x"],
  [`--sign-in environment|browser|device|managed`, "--sign-in environment|browser|device\n    |managed"],
  ["写真を".repeat(7) + " 写真", `${"写真を".repeat(7)}\n    写真`],
  ...["To undo: ", "  ", ""].map((label): [string, string] => {
    const line = `${label}remove-profile-photo restore photos --cloud usgov`;
    return [line, line];
  }),
];

Deno.test("wrapText() breaks lines at words, and leaves command lines to be copied whole", NONE, () => {
  for (const [line, wrapped] of WRAPPED) assertEquals(wrapText(line, 40, 4), wrapped);
  assertEquals(wrapText("a b\n\nc", 1), "a b\n\nc", "no terminal is taken for narrower than 40 columns");
});

Deno.test("a summary repeats a hint that a table shows once more than 20 rows have it", NONE, () => {
  const failed = { outcome: "failed", code: "Throttled", hint: "Try later." } as PhotoResult;
  for (
    const [count, isShown, hint] of [[20, true, ""], [21, true, ": Try later."], [
      1,
      false,
      ": Try later.",
    ]] as const
  ) {
    const tally = emptyTally();
    for (let at = 0; at < count; at++) countResult(tally, failed, isShown);
    assertEquals(summarize(tally, 0, false), `${count} failed in 0.0 s\n  ${count} × Throttled${hint}\n`);
  }
});

/** Words, and how they are written for the shells of Windows: as they are, or else for PowerShell. */
const WINDOWS_WORDS: readonly (readonly [word: string, quoted: string])[] = [
  ["alex@contoso.com", "alex@contoso.com"],
  ["@list", '"@list"'],
  ["C:\\my runs\\run.ndjson", '"C:\\my runs\\run.ndjson"'],
  ["C:\\my runs\\", '"C:\\my runs\\\\"'],
  ["\\\\host\\\\", '"\\\\host\\\\\\\\"'],
  ["miriam.o'neil@b.c", `"miriam.o'neil@b.c"`],
  ["$desk o'neil@b.c", "'$desk o''neil@b.c'"],
  ["a`\u2019b", "'a`\u2019\u2019b'"],
  ["a\u201db", "'a\u201db'"],
];

Deno.test("quoteWord() quotes what cmd or PowerShell would change", NONE, () => {
  for (const [word, quoted] of WINDOWS_WORDS) assertEquals(quoteWord(word, true), quoted);
});

/** Milliseconds, and how they are shown: with a decimal below 10 s. */
const DURATIONS: readonly (readonly [ms: number, text: string])[] = [
  [0, "0.0 s"],
  [40, "0.0 s"],
  [2450, "2.5 s"],
  [9900, "9.9 s"],
  [10_000, "10 s"],
  [59_400, "59 s"],
  [125_900, "2 min 5 s"],
  [3_725_000, "1 h 2 min"],
];

Deno.test("formatDuration() is as exact as a person needs", NONE, () => {
  assertEquals(DURATIONS.map(([ms]) => formatDuration(ms)), DURATIONS.map(([, text]) => text));
});

const tally = (outcomes: Record<string, number>, more: Partial<Tally> = {}): Tally => ({
  ...emptyTally(),
  outcomes: new Map(Object.entries(outcomes)),
  ...more,
});

/** A tally, how many targets there are, how many ms have passed, and the progress line. */
const PROGRESS: readonly (readonly [tally: Tally, total: number | undefined, ms: number, line: string])[] = [
  [tally({}), 20_000, 0, "0 of 20,000"],
  [tally({ removed: 244 }, { notBegun: 2756 }), 3000, 1000, "244 of 3,000, 244/s, 11 s left"],
  [tally({ removed: 1000 }), 21_000, 2000, "1,000 of 21,000, 500/s, 40 s left"],
  [tally({ removed: 1, absent: 1 }), undefined, 1000, "2 done, 2.0/s"],
  [
    tally({ removed: 4, failed: 6 }, { throttled: 1200 }),
    10,
    1000,
    "10 of 10, 10/s, 6 failed, 1,200 throttled",
  ],
  // What an earlier run finished takes no time, and is not left to do.
  [tally({ removed: 100 }, { finishedBefore: 700 }), 1000, 10_000, "800 of 1,000, 10/s, 20 s left"],
];

const NOTHING: InFlight = new Map();
const BUSY = { idle: 0, now: 5000 };

Deno.test("describeProgress() tells how far a run is, and how long the rest takes", NONE, () => {
  for (const [tally, total, elapsed, line] of PROGRESS) {
    assertEquals(describeProgress({ tally, total, inFlight: NOTHING }, { ...BUSY, elapsed }), line);
  }
});

const waits = (...waits: Wait[]): InFlight =>
  new Map([undefined, ...waits].map((wait, at) => [`${at}`, wait]));
const THROTTLED = waits({ until: 40_000, status: 429 }, { until: 16_001, status: 429 }, {
  until: 4999,
  status: null,
});
const LONG = tally({ removed: 1231, failed: 3 }, { throttled: 40 });

/** What is in flight, how long nothing was done, and the line in terminals of several widths. */
const NARROW: readonly (readonly [inFlight: InFlight, idle: number, lines: Record<number, string>])[] = [
  [THROTTLED, 999, {
    79: "1,234 of 20,000, 123/s, 2 min 32 s left, 3 failed, 40 throttled",
    59: "1,234 of 20,000, 123/s, 2 min 32 s left, 3 failed",
    39: "1,234 of 20,000, 2 min 32 s left",
    20: "1,234 of 20,000",
    9: "1,234 of ",
  }],
  [THROTTLED, 1000, {
    79: "1,234 of 20,000, waiting 12 s as Graph asks, 3 failed",
    39: "1,234 of 20,000, waiting 12 s, 3 failed",
  }],
  [waits({ until: 7000, status: 503 }), 1000, {
    79: "1,234 of 20,000, waiting 2 s (Graph answered 503), 3 failed",
  }],
];

Deno.test("describeProgress() says what is read until the first target is known", NONE, () => {
  const work = {
    tally: emptyTally(),
    total: undefined,
    inFlight: NOTHING,
    reading: "user" as const,
  };
  const times = { ...BUSY, elapsed: 2001 };
  assertEquals(describeProgress(work, times), "Reading the users of the directory, 3 s so far");
  assertEquals(describeProgress(work, times, 40), "Reading the users of the directory");
  assertEquals(describeProgress({ ...work, tally: tally({ found: 80 }) }, times), "80 done, 40/s");
});

Deno.test("describeProgress() fits any terminal, and calls throttling by its name", NONE, () => {
  for (const [inFlight, idle, lines] of NARROW) {
    for (const [width, line] of Object.entries(lines)) {
      const work = { tally: LONG, total: 20_000, inFlight };
      const times = { now: 5000, elapsed: 10_000, idle };
      assertEquals(describeProgress(work, times, Number(width)), line);
    }
  }
});

/** What a single target waits for, how long nothing was done, and the line. */
const ONE: readonly (readonly [inFlight: InFlight, idle: number, width: number, line: string])[] = [
  [THROTTLED, 999, 79, ""],
  [NOTHING, 9000, 79, ""],
  [THROTTLED, 1000, 39, "Waiting 12 s as Graph asks"],
  [THROTTLED, 1000, 20, "Waiting 12 s"],
  [waits({ until: 9000, status: 503 }), 1000, 39, "Waiting 4 s (Graph answered 503)"],
  [waits({ until: 9000, status: null }), 1000, 39, "Waiting 4 s (no answer from Graph)"],
  [waits(), 3000, 79, "Waiting for Graph to answer, 3 s so far"],
];

Deno.test("describeOne() tells what a single target waits for, once that takes a second", NONE, () => {
  for (const [inFlight, idle, width, line] of ONE) {
    assertEquals(
      describeOne({ tally: emptyTally(), total: 1, inFlight }, { now: 5000, idle }, width),
      line,
    );
  }
});

Deno.test("the progress line is erased before anything is written, and drawn after it", NONE, async () => {
  const ticks: (() => void)[] = [];
  const { setInterval } = globalThis;
  globalThis.setInterval = ((tick: () => void) => ticks.push(tick)) as unknown as typeof setInterval;
  const shown: string[] = [];
  const write = async (text: string) => {
    await new Promise((resolve) => setTimeout(resolve, 0)); // a terminal takes a moment
    shown.push(text);
  };
  const work = { tally: emptyTally(), inFlight: NOTHING, total: 2 };
  const progress = startProgress(work, performance.now(), write, () => 80);
  globalThis.setInterval = setInterval;
  const [erased, line] = ["\r\x1b[K", "\r\x1b[K0 of 2"];
  const say = (text: string) => progress.aside(() => Promise.resolve(void shown.push(text)));
  await progress.aside(() => Promise.resolve(ticks[0]!())); // it is time to draw
  await Promise.all([say("a"), say("b")]);
  await progress.end();
  assertEquals(shown, [line, erased, "a", "b", line, erased]);
});

Deno.test(
  "summarize() counts outcomes in a fixed order, then failures, the most frequent first",
  NONE,
  () => {
    const failures = new Map([
      ["AccessDenied", { count: 1, hint: null, message: "It is refused" }],
      ["InvalidTarget", { count: 2, hint: null, message: "line 3: it is none" }],
      ["TargetNotFound", { count: 1234, hint: "Check the\x1b spelling.", message: "It is unknown" }],
    ]);
    const counts = tally({ failed: 1235, removed: 2, notAttempted: 3, restored: 1 }, {
      failures,
      finishedBefore: 5,
      unverified: 1,
      unverifiable: { count: 2, why: "Graph answered 403\x1b" },
      unchecked: { user: 28, group: 1 },
      presumed: 4,
      notBegun: 2756,
    });
    assertEquals(
      summarize(counts, 61_000, false),
      "2 removed, 1 restored, 1,235 failed, 3 not attempted, 5 already done in 1 min 1 s\n" +
        "  2,756 were not begun\n" +
        "  1,234 × TargetNotFound: Check the\ufffd spelling.\n" +
        "  2 × InvalidTarget: such as line 3: it is none\n" +
        "  1 × AccessDenied: It is refused\n" +
        "  28 absent, but not known to exist: to have that checked, grant User.Read.All " +
        "(for a signed-in user, User.ReadBasic.All)\n" +
        "  1 absent, but not known to exist: to have that checked, grant GroupMember.Read.All\n" +
        "  4 presumed removed: an earlier attempt was not answered\n" +
        "  2 not verified: Graph answered 403\ufffd\n" +
        "  1 still shown with a photo, possibly from a cache\n",
    );
    assertEquals(
      summarize(tally({}, { notBegun: 1 }), 100, false),
      "nothing was done in 0.1 s\n  1 was not begun\n",
    );
    assertEquals(summarize(emptyTally(), 100, true), "no targets in 0.1 s (what-if: nothing was changed)\n");
  },
);

/** Mistyped words, and what they stand for among some known ones. */
const KNOWN = ["user", "group", "restore", "graphendpoint", "concurrency", "yes"];
const MISTYPED: readonly (readonly [word: string, meant: string | undefined])[] = [
  ["usr", "user"],
  ["USRE", "user"],
  ["gorup", "group"], // the same letters
  ["puorg", "group"],
  ["ye", "yes"],
  ["ya", undefined], // two of three letters differ
  ["gr", undefined], // too short to abbreviate
  ["gra", "graphendpoint"],
  ["usxx", "user"],
  ["uxxx", undefined],
  ["graphendpnt", "graphendpoint"],
  ["grphendpt", undefined], // four letters differ, three of nine may
  ["grphendpot", "graphendpoint"],
  ["xyzzy", undefined],
];

Deno.test(
  "closest() finds what a mistyped word stands for, and nothing that is far from it",
  NONE,
  async () => {
    for (const [word, meant] of MISTYPED) assertEquals(await closest(word, KNOWN), meant, word);
  },
);
