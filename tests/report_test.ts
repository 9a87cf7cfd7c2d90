import { openAppendLog } from "../lib/host/append_log.ts";
import { readFinishedTargets } from "../lib/report.ts";
import { outcomeResult, toRecord } from "../lib/result.ts";
import { openReport, type Outcome, type PhotoResult, type Target } from "../mod.ts";
import { assert, assertEquals, assertRejects } from "./deps/assert.ts";
import { FILES, fileTest, HAS_MODES, inTemporaryFolder, jsonLines, modeOf } from "./support/temporary.ts";
import { posixTest } from "./support/test.ts";

const ALEX = { user: "alex@contoso.com" };
const DIEGO = { user: "diego@contoso.com" };
const GROUP = { group: "0c00000a-0000-4000-8000-000000000001" };

const emptyResult = (target: Target, outcome: Outcome) => outcomeResult(target, outcome, null) as PhotoResult;
const line = (target: Target, outcome: Outcome) =>
  JSON.stringify(toRecord(emptyResult(target, outcome))) + "\n";

fileTest("openReport() adds a record of each result, in order", async (folder) => {
  const path = `${folder}/run.ndjson`;
  let count = 0;
  for (const outcome of ["removed", "absent"] as const) {
    await using report = await openReport(path);
    for (const target of [ALEX, GROUP, "me" as const]) {
      await report.add(emptyResult(target, outcome));
      assertEquals((await jsonLines(path)).length, ++count, "it is on disk when the promise resolves");
    }
  }
  const expected = [ALEX, GROUP, "me" as const].map((target) => toRecord(emptyResult(target, "removed")));
  assertEquals<unknown>(await jsonLines(path), [
    ...expected,
    ...expected.map((record) => ({ ...record, outcome: "absent", existence: null })),
  ]);
  if (HAS_MODES) assertEquals(modeOf(path), 0o600);
});

posixTest(
  "openReport() leaves the mode of a file that exists",
  FILES,
  () =>
    inTemporaryFolder(async (folder) => {
      const path = `${folder}/run.ndjson`;
      await Deno.writeTextFile(path, "", { mode: 0o644 });
      await Deno.chmod(path, 0o644);
      await (await openReport(path))[Symbol.asyncDispose]();
      assertEquals(modeOf(path), 0o644);
    }),
);

fileTest("openReport() rejects for what cannot be written", async (folder) => {
  for (const path of [folder, `${folder}/no/such/folder/run.ndjson`]) {
    await assertRejects(() => openReport(path));
  }
});

/** Which outcomes need not be tried again. */
const OUTCOMES: Readonly<Record<Outcome, boolean>> = {
  removed: true,
  absent: true,
  planned: false,
  restored: false,
  declined: false,
  failed: false,
  notAttempted: false,
};

fileTest("readFinishedTargets() knows what was removed or absent, and nothing else", async (folder) => {
  const path = `${folder}/run.ndjson`;
  for (const [outcome, finished] of Object.entries(OUTCOMES)) {
    await Deno.writeTextFile(path, line(ALEX, outcome as Outcome) + line("me", outcome as Outcome));
    const isFinished = await readFinishedTargets(path);
    assertEquals([ALEX, "me" as const, DIEGO].map(isFinished), [finished, finished, false], outcome);
  }
});

fileTest("readFinishedTargets() compares ids without regard to case, and kinds", async (folder) => {
  const path = `${folder}/run.ndjson`;
  await Deno.writeTextFile(path, line({ user: "Alex@Contoso.com" }, "removed") + line(GROUP, "removed"));
  const isFinished = await readFinishedTargets(path);
  assert(isFinished({ user: "ALEX@contoso.COM" }));
  assert(isFinished({ group: GROUP.group.toUpperCase() }));
  assert(!isFinished({ user: GROUP.group }));
  assert(!isFinished("me") && !isFinished({ user: "null" }) && !isFinished({ user: "me" }));
});

const GARBAGE = [
  ...["", "\r", "null", "5", "[]", '"text"', "{}", "nonsense", "\ufffd", "x".repeat(100_000)],
  '{"outcome":"removed"}',
  '{"target":"user","outcome":"removed"}',
  '{"target":"user","id":{"x":1},"outcome":"removed"}',
  '{"__proto__":null,"outcome":"removed"}',
];

fileTest("readFinishedTargets() passes over what is no record", async (folder) => {
  const path = `${folder}/run.ndjson`;
  const text = GARBAGE.join("\n") + "\n" + line(ALEX, "removed") + GARBAGE.join("\n");
  for (const ends of ["\n", "\r\n"]) {
    await Deno.writeTextFile(path, text.replaceAll("\n", ends));
    const isFinished = await readFinishedTargets(path);
    assertEquals([isFinished(ALEX), isFinished(DIEGO), isFinished("me")], [true, false, false]);
  }
});

fileTest("readFinishedTargets() reads a large report with an incomplete end", async (folder) => {
  const path = `${folder}/run.ndjson`;
  const count = 20_000;
  const lines = Array.from(
    { length: count },
    (_, at) => line({ user: `müller${at}@contoso.com` }, "removed"),
  );
  const bytes = new TextEncoder().encode(lines.join("") + '{"id":"m\u00fc');
  await Deno.writeFile(path, bytes.subarray(0, -1));
  const isFinished = await readFinishedTargets(path);
  const missing = lines.filter((_, at) => !isFinished({ user: `MÜLLER${at}@contoso.com` }));
  assertEquals([missing.length, isFinished({ user: `müller${count}@contoso.com` })], [0, false]);
});

fileTest("a report whose only line was torn can be resumed; a file of other lines cannot", async (folder) => {
  const path = `${folder}/run.ndjson`;
  await Deno.writeTextFile(path, '{"target":"user","id":"al');
  assertEquals((await readFinishedTargets(path))(ALEX), false);
  await Deno.writeTextFile(path, "name,mail\nAlex,alex@contoso.com\n");
  await assertRejects(() => readFinishedTargets(path), TypeError, "it is not a report");
});

fileTest("openReport() with resume knows what is finished; without, nothing", async (folder) => {
  const path = `${folder}/run.ndjson`;
  await Deno.writeTextFile(path, line(ALEX, "removed"));
  for (const resume of [true, false]) {
    await using report = await openReport(path, { resume });
    assertEquals([report.isFinished(ALEX), report.isFinished(DIEGO)], [resume, false]);
  }
});

fileTest("readFinishedTargets() rejects for a file that is not there", async (folder) => {
  await assertRejects(() => readFinishedTargets(`${folder}/no.ndjson`), Deno.errors.NotFound);
});

fileTest("an append log keeps the order, and loses nothing of 1000 at once", async (folder) => {
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
});

fileTest("an append log takes more while it writes, and each is on disk when it says so", async (folder) => {
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
});

fileTest("an append log that is closed has written what it was given", async (folder) => {
  const path = `${folder}/log.ndjson`;
  const log = await openAppendLog(path);
  const appends = [log.append(1), log.append(2)];
  await log[Symbol.asyncDispose]();
  await Promise.all(appends);
  assertEquals(await Deno.readTextFile(path), "1\n2\n");
});
