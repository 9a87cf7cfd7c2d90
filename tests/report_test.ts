import { openAppendLog } from "../lib/host/append_log.ts";
import { readReport } from "../lib/report.ts";
import { invalidTargetResult, outcomeResult, toRecord } from "../lib/result.ts";
import {
  type AccessReport,
  openReport,
  type Outcome,
  type PhotoResult,
  type Target,
  type TokenClaims,
} from "../mod.ts";
import { assert, assertEquals, assertNotMatch, assertRejects } from "./deps/assert.ts";
import { FILES, fileTest, HAS_MODES, inTemporaryFolder, jsonLines, modeOf } from "./support/temporary.ts";
import { IS_WINDOWS } from "./support/test.ts";

const ALEX = { user: "alex@contoso.com" };
const DIEGO = { user: "diego@contoso.com" };
const GROUP = { group: "0c00000a-0000-4000-8000-000000000001" };

const emptyResult = (target: Target, outcome: Outcome) => outcomeResult(target, outcome, null) as PhotoResult;
const line = (target: Target, outcome: Outcome) =>
  JSON.stringify(toRecord(emptyResult(target, outcome))) + "\n";

const NOWHERE = { tenantId: null, by: null, graph: null };
const access = (
  claims: Partial<TokenClaims> | null,
  graph = "https://graph.microsoft.com",
): AccessReport => ({
  cloud: { graph, authority: "https://login.microsoftonline.com" },
  claims: claims as TokenClaims | null,
  access: {} as AccessReport["access"],
});

Deno.test(fileTest("openReport() adds a record of each result, in order", async (folder) => {
  const path = `${folder}/run.ndjson`;
  let count = 0;
  const startedAt = Date.now();
  for (const outcome of ["removed", "absent"] as const) {
    await using report = await openReport(path);
    for (const target of [ALEX, GROUP, "me" as const]) {
      await report.add(emptyResult(target, outcome));
      assertEquals((await jsonLines(path)).length, ++count, "it is on disk when the promise resolves");
    }
  }
  const expected = [ALEX, GROUP, "me" as const].map((target) => toRecord(emptyResult(target, "removed")));
  const written = await jsonLines(path);
  for (const { time } of written) {
    const at = Date.parse(String(time));
    assert(new Date(at).toISOString() === time && at >= startedAt && at <= Date.now(), String(time));
  }
  assertEquals<unknown>(written.map(({ time: _, ...record }) => record), [
    ...expected.map((record) => ({ ...record, ...NOWHERE })),
    ...expected.map((record) => ({ ...record, outcome: "absent", existence: null, ...NOWHERE })),
  ]);
  if (HAS_MODES) assertEquals(modeOf(path), 0o600);
}));

Deno.test(
  "openReport() leaves the mode of a file that exists",
  { permissions: FILES, ignore: IS_WINDOWS },
  () =>
    inTemporaryFolder(async (folder) => {
      const path = `${folder}/run.ndjson`;
      await Deno.writeTextFile(path, "", { mode: 0o644 });
      await Deno.chmod(path, 0o644);
      await (await openReport(path))[Symbol.asyncDispose]();
      assertEquals(modeOf(path), 0o644);
    }),
);

/** Tokens, and the tenant and the app or user that a record names. */
const ORIGINS: readonly [claims: Partial<TokenClaims> | null, tenantId: string | null, by: string | null][] =
  [
    [{ kind: "application", tenantId: "t", clientId: "app", objectId: "o" }, "t", "app"],
    [
      { kind: "delegated", tenantId: "t", clientId: "app", user: "adele@contoso.com" },
      "t",
      "adele@contoso.com",
    ],
    [{ kind: "delegated", tenantId: "t", clientId: "app", objectId: "o" }, "t", "o"],
    [null, null, null],
  ];

Deno.test(
  fileTest("a record of openReport() says in which tenant and cloud, and on whose behalf", async (folder) => {
    for (const [at, [claims, tenantId, by]] of ORIGINS.entries()) {
      const path = `${folder}/${at}.ndjson`;
      await using report = await openReport(path, { access: access(claims) });
      await report.add(emptyResult(ALEX, "removed"));
      const [record] = await jsonLines(path);
      const { graph } = record!;
      assertEquals([record!.tenantId, record!.by, graph], [tenantId, by, "https://graph.microsoft.com"]);
    }
  }),
);

Deno.test(
  fileTest("openReport() with resume rejects for a report of another tenant or cloud", async (folder) => {
    const path = `${folder}/run.ndjson`;
    const [one, two] = ["11111111", "22222222"].map((id) => ({ tenantId: id }));
    {
      await using report = await openReport(path, { access: access(one!) });
      await report.add(emptyResult(ALEX, "removed"));
    }
    const before = await Deno.readTextFile(path);
    for (
      const [other, words] of [
        [access(two!), "tenant 11111111, and this run is for tenant 22222222"],
        [
          access(one!, "https://graph.microsoft.us"),
          "https://graph.microsoft.com, and this run is for https://graph.microsoft.us",
        ],
      ] as const
    ) {
      await assertRejects(() => openReport(path, { resume: true, access: other }), TypeError, words);
    }
    assertEquals(await Deno.readTextFile(path), before);
    for (const same of [access(one!), access(null), undefined]) {
      await using report = await openReport(path, { resume: true, access: same });
      assert(report.isFinished(ALEX));
    }
  }),
);

Deno.test(fileTest(
  "a record of openReport() has no unprintable character, and can be read again however long",
  async (folder) => {
    const path = `${folder}/run.ndjson`;
    const hostile = "\u009b2J\u009d\u0085\u202e\u001b[31m";
    const [short, long] = [`x${hostile}`, hostile.repeat(300_000)];
    {
      await using report = await openReport(path);
      await report.add(invalidTargetResult({ target: { user: short }, problem: short }));
      await report.add(invalidTargetResult({ target: { user: long }, problem: long }));
      await report.add(emptyResult(ALEX, "removed"));
    }
    const text = await Deno.readTextFile(path);
    // deno-lint-ignore no-control-regex
    assertNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    const [first, second] = await jsonLines(path);
    assertEquals([first!.id, first!.message], [short, short]);
    assert(
      long.startsWith(String(second!.id).replace(/… \(\d+ more characters\)$/, "")),
      "cut, and it says so",
    );
    assert(Math.max(...text.split("\n").map((line) => line.length)) < 2 ** 20);
    assert((await readReport(path)).isFinished(ALEX));
  },
));

Deno.test(fileTest("openReport() rejects for what cannot be written", async (folder) => {
  for (const path of [folder, `${folder}/no/such/folder/run.ndjson`]) {
    await assertRejects(() => openReport(path));
  }
}));

/** Which outcomes need not be tried again. */
const OUTCOMES: Readonly<Record<Outcome, boolean>> = {
  removed: true,
  absent: true,
  planned: false,
  restored: false,
  kept: false,
  declined: false,
  failed: false,
  notAttempted: false,
};

Deno.test(fileTest("readReport() knows what was removed or absent, and nothing else", async (folder) => {
  const path = `${folder}/run.ndjson`;
  for (const [outcome, finished] of Object.entries(OUTCOMES)) {
    await Deno.writeTextFile(path, line(ALEX, outcome as Outcome) + line("me", outcome as Outcome));
    const { isFinished } = await readReport(path);
    assertEquals([ALEX, "me" as const, DIEGO].map(isFinished), [finished, finished, false], outcome);
  }
}));

Deno.test(fileTest("readReport() goes by the last record of a target", async (folder) => {
  const path = `${folder}/run.ndjson`;
  for (const [outcome, finished] of Object.entries(OUTCOMES)) {
    const lines = [line(ALEX, "removed"), line({ user: "ALEX@contoso.com" }, outcome as Outcome)];
    await Deno.writeTextFile(path, lines.join(""));
    assertEquals((await readReport(path)).isFinished(ALEX), finished, outcome);
    await Deno.writeTextFile(path, lines.toReversed().join(""));
    assertEquals((await readReport(path)).isFinished(ALEX), true, outcome);
  }
}));

Deno.test(fileTest("readReport() compares ids without regard to case, and kinds", async (folder) => {
  const path = `${folder}/run.ndjson`;
  await Deno.writeTextFile(path, line({ user: "Alex@Contoso.com" }, "removed") + line(GROUP, "removed"));
  const { isFinished } = await readReport(path);
  assert(isFinished({ user: "ALEX@contoso.COM" }));
  assert(isFinished({ group: GROUP.group.toUpperCase() }));
  assert(!isFinished({ user: GROUP.group }));
  assert(!isFinished("me") && !isFinished({ user: "null" }) && !isFinished({ user: "me" }));
}));

const GARBAGE = [
  ...["", "\r", "null", "5", "[]", '"text"', "{}", "nonsense", "\ufffd", "x".repeat(100_000)],
  '{"outcome":"removed"}',
  '{"target":"user","outcome":"removed"}',
  '{"target":"user","id":{"x":1},"outcome":"removed"}',
  '{"__proto__":null,"outcome":"removed"}',
];

Deno.test(fileTest("readReport() passes over what is no record", async (folder) => {
  const path = `${folder}/run.ndjson`;
  const text = GARBAGE.join("\n") + "\n" + line(ALEX, "removed") + GARBAGE.join("\n");
  for (const ends of ["\n", "\r\n"]) {
    await Deno.writeTextFile(path, text.replaceAll("\n", ends));
    const { isFinished } = await readReport(path);
    assertEquals([isFinished(ALEX), isFinished(DIEGO), isFinished("me")], [true, false, false]);
  }
}));

Deno.test(fileTest("readReport() reads a large report with an incomplete end", async (folder) => {
  const path = `${folder}/run.ndjson`;
  const count = 20_000;
  const lines = Array.from(
    { length: count },
    (_, at) => line({ user: `müller${at}@contoso.com` }, "removed"),
  );
  const bytes = new TextEncoder().encode(lines.join("") + '{"id":"m\u00fc');
  await Deno.writeFile(path, bytes.subarray(0, -1));
  const { isFinished } = await readReport(path);
  const missing = lines.filter((_, at) => !isFinished({ user: `MÜLLER${at}@contoso.com` }));
  assertEquals([missing.length, isFinished({ user: `müller${count}@contoso.com` })], [0, false]);
}));

/** Files without a record, and whether a report was begun in them. */
const WITHOUT_RECORD: readonly [text: string, isReport: boolean][] = [
  ["", true],
  ['{"target":"user","id":"al', true],
  ["\0\0\0\0", true],
  ["name,mail\nAlex,alex@contoso.com\n", false],
  ["alex@contoso.com\n", false],
  ['{"target":"user","id":"alex@contoso.com","file":"user-alex.jpg"}\n', false],
  ["{}", false],
  [`["${"x".repeat(3 * 2 ** 20)}"]`, false],
];

Deno.test(
  fileTest(
    "a report whose only line was torn can be resumed; a file of other lines cannot",
    async (folder) => {
      const path = `${folder}/run.ndjson`;
      for (const [text, isReport] of WITHOUT_RECORD) {
        await Deno.writeTextFile(path, text);
        if (isReport) assertEquals((await readReport(path)).isFinished(ALEX), false);
        else await assertRejects(() => readReport(path), TypeError, "it is not a report");
      }
    },
  ),
);

Deno.test(fileTest("openReport() with resume knows what is finished; without, nothing", async (folder) => {
  const path = `${folder}/run.ndjson`;
  await Deno.writeTextFile(path, line(ALEX, "removed"));
  for (const resume of [true, false]) {
    await using report = await openReport(path, { resume });
    assertEquals([report.isFinished(ALEX), report.isFinished(DIEGO)], [resume, false]);
  }
}));

Deno.test(fileTest("openReport() with resume begins a file that is not there yet", async (folder) => {
  const path = `${folder}/run.ndjson`;
  for (const isThere of [false, true]) {
    await using report = await openReport(path, { resume: true });
    assertEquals(report.isFinished(ALEX), isThere);
    await report.add(emptyResult(ALEX, "removed"));
  }
  await assertRejects(() => openReport(`${folder}/no/run.ndjson`, { resume: true }), Deno.errors.NotFound);
}));

Deno.test(fileTest("an append log keeps the order, and loses nothing of 1000 at once", async (folder) => {
  const path = `${folder}/log.ndjson`;
  await using log = await openAppendLog(path);
  const settled: number[] = [];
  const append = async (at: number) => {
    await log.append({ at });
    settled.push(at);
  };
  const numbers = Array.from({ length: 1000 }, (_, at) => at);
  await Promise.all(numbers.map(append));
  assertEquals((await jsonLines(path)).map(({ at }) => at), numbers);
  assertEquals(settled, numbers);
}));

Deno.test(
  fileTest(
    "an append log takes more while it writes, and each is on disk when it says so",
    async (folder) => {
      const path = `${folder}/log.ndjson`;
      await using log = await openAppendLog(path);
      const check = async (at: number) => {
        await log.append({ at });
        assert((await Deno.readTextFile(path)).includes(`{"at":${at}}\n`));
      };
      await Promise.all([0, 1, 2].map(async (lane) => {
        for (let round = 0; round < 30; round++) await check(lane * 100 + round);
      }));
      assertEquals((await jsonLines(path)).length, 90);
    },
  ),
);

Deno.test(fileTest("an append log that is closed has written what it was given", async (folder) => {
  const path = `${folder}/log.ndjson`;
  const log = await openAppendLog(path);
  const appends = [log.append(1), log.append(2)];
  await log[Symbol.asyncDispose]();
  await Promise.all(appends);
  assertEquals(await Deno.readTextFile(path), "1\n2\n");
}));
