import { type Outcome, RECORD_FIELDS } from "../../lib/result.ts";
import { createRecordWriter, gatherWrites, photoRecordShape } from "../../lib/cli/output.ts";
import type { PhotoRecord } from "../../lib/result.ts";
import { createPaint } from "../../lib/cli/text.ts";
import { assert, assertEquals, assertMatch, assertNotMatch } from "../deps/assert.ts";
import type { Emulator } from "../../lib/emulator/mod.ts";
import { nextRequest } from "../support/command.ts";
import { emulatorTest } from "../support/emulated.ts";
import { parseCsv } from "../support/parse_csv.ts";
import { mapConcurrently } from "../support/promises.ts";
import type { Run } from "../support/run_cli.ts";
import { runAsApp } from "../support/run_in_process.ts";
import { NONE } from "../support/test.ts";

/** The fields of a record, first and in this order; more may follow. */
const FIELDS = [
  "target",
  "id",
  "outcome",
  "status",
  "code",
  "message",
  "hint",
  "requestId",
  "attempts",
  "durationMs",
];
/** Fields that differ between two runs. */
const VARYING = ["requestId", "durationMs", "clientRequestId"];
const FORMATS = ["ndjson", "json", "csv", "table", "none"];

/** Ids that are difficult for some format. */
const IDS = [
  "alex@contoso.com",
  "miriam.o'neil@contoso.com",
  "$servicedesk@contoso.com",
  "pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com",
  "back`tick'quote&amp={1}@contoso.com",
  "=HYPERLINK@contoso.com",
  "+1@contoso.com",
  "-2@contoso.com",
  "ümläut😀@contoso.com",
  "__proto__@contoso.com",
];
const SAYS = 'It said "no", twice;\r\nand\tthen\n=1+1, \x1b[31mred\x1b[0m \u2028 \u009b2J \u202e';

/** One run in a format against the tenant, where the removal for `+1@contoso.com` is refused with a hostile message. */
function runIn(tenant: Emulator, format: string, ...more: string[]): Promise<Run> {
  const body = JSON.stringify({ error: { code: "Odd", message: SAYS } });
  tenant.fault({ kind: "body", status: 400, body, match: { path: "1@contoso.com" } });
  const options = ["--what-if", "--concurrency", "1", "--batch-size", "1", "--output", format, ...more];
  return runAsApp(tenant, ["user", "-", ...options], { stdin: JSON.stringify(IDS) });
}

function settled(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !VARYING.includes(name)));
}

Deno.test(
  emulatorTest("ndjson is one record a line, with the promised fields first and in order", async (tenant) => {
    const { code, stdout, records } = await runIn(tenant, "ndjson");
    assertEquals(code, 1);
    assertEquals(stdout.split("\n").length, IDS.length + 1);
    assertEquals(records().map(({ id }) => id), IDS);
    for (const record of records()) {
      assertEquals(Object.keys(record).slice(0, FIELDS.length), FIELDS);
      assert(
        Object.values(record).every((value) => typeof value !== "object" || value === null),
        "a record is flat",
      );
      const { target, outcome, status, requestId, attempts, durationMs } = record;
      assertEquals([target, attempts, Number.isInteger(status)], ["user", 1, true]);
      assertMatch(String(requestId), /^[0-9a-f-]{36}$|^null$/);
      assert(Number.isInteger(durationMs) && durationMs as number >= 0);
      assertEquals(
        [record.code, record.message, record.hint].every((value) => value === null),
        outcome !== "failed",
      );
    }
    const refused = records().find(({ id }) => id === "+1@contoso.com")!;
    assert(String(refused.message).includes(SAYS), "the message is passed on as it is");
  }),
);

Deno.test(emulatorTest("csv does not let a refused id be a formula", async (tenant) => {
  for (const id of ["@contoso.com", "=1+1", "+1", "-1"]) {
    const { stdout } = await runAsApp(tenant, ["user", "-", "--what-if", "--output", "csv"], {
      stdin: `["${id}"]`,
    });
    assertMatch(stdout, new RegExp(`^user,"?'[${id[0]}]`, "m"));
  }
}));

Deno.test(emulatorTest("every format has the same records, except none", async (tenant) => {
  const [ndjson, json, csv, , none] = await mapConcurrently(FORMATS, (format) => runIn(tenant, format));
  const expected = ndjson!.records().map(settled);
  assertEquals(JSON.parse(json!.stdout).map(settled), expected);
  assertEquals([none!.stdout, none!.code], ["", 1]);

  const [header, ...rows] = parseCsv(csv!.stdout);
  assertEquals(header, [...RECORD_FIELDS]);
  const asText = (value: unknown) =>
    // deno-lint-ignore no-control-regex
    value === null ? "" : String(value).replace(/^[=+\-@\t\r]/, "'$&").replace(/[\x1b\x9b\u202e]/g, "\ufffd");
  assertEquals(
    rows.map((row) => settled(Object.fromEntries(row.map((value, at) => [header![at], value])))),
    expected.map((record) =>
      Object.fromEntries(
        RECORD_FIELDS.filter((name) => !VARYING.includes(name)).map((
          name,
        ) => [name, asText(record[name] ?? null)]),
      )
    ),
  );
}));

Deno.test(emulatorTest("no format contains control characters of a terminal", async (tenant) => {
  for (const { stdout } of await mapConcurrently(FORMATS, (format) => runIn(tenant, format))) {
    // deno-lint-ignore no-control-regex
    assertNotMatch(stdout, /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]/);
  }
}));

Deno.test(emulatorTest("no field of the CSV is a formula for a spreadsheet", async (tenant) => {
  const { stdout } = await runIn(tenant, "csv");
  const formulas = parseCsv(stdout).flat().filter((value) => /^[=+\-@\t\r]/.test(value));
  assertEquals(formulas, []);
}));

Deno.test(
  emulatorTest("a table has one line per target, with lines below it for a failure", async (tenant) => {
    const { code, stdout } = await runAsApp(tenant, [
      ...["user", "alex@contoso.com", "lee@contoso.com", "bob@contoso.com"],
      ...["--concurrency", "1", "--output", "table"],
    ]);
    assertEquals(code, 1);
    assertMatch(
      stdout,
      /^removed +user +alex@contoso\.com\nfailed +user +bob@contoso\.com\n {4,}TargetNotFound: .*\n {4,}Check .*\nabsent +user +lee@contoso\.com .*\n$/,
    );
  }),
);

const UNKNOWN = ["bob@contoso.com", "bob2@contoso.com", "bob3@contoso.com"];

Deno.test(emulatorTest(
  "text has the same hint once a run, and --output failures the failures alone",
  async (tenant) => {
    const args = ["user", "alex@contoso.com", ...UNKNOWN, "lee@contoso.com", "--what-if", "--output"];
    const count = (text: string, part: RegExp) => text.match(part)?.length ?? 0;
    for (const [format, others] of [["table", 2], ["failures", 0]] as const) {
      const { code, stdout, stderr } = await runAsApp(tenant, [...args, format]);
      assertEquals(code, 1);
      assertEquals([count(stdout, /TargetNotFound: /g), count(stdout, /Check the spelling/g)], [3, 1]);
      assertEquals([count(stdout, /^failed /gm), count(stdout, /^(planned|absent) /gm)], [3, others]);
      assertMatch(stderr, /^1 planned, 1 absent, 3 failed in .*\n {2}3 × TargetNotFound: Check the spelling/);
    }
    const { records } = await runAsApp(tenant, [...args, "ndjson"]);
    assertEquals(records().filter(({ hint }) => hint !== null).length, 3, "records are for themselves");
  },
));

Deno.test(emulatorTest("on a terminal, tables and messages are wrapped at words", async (tenant) => {
  for (const columns of [40, 60, 80, 120]) {
    const at = { isTerminal: true, columns };
    const { screen } = await runAsApp(tenant, ["user", "alex@contoso.com", ...UNKNOWN, "--no-color"], at);
    assertEquals(screen.split("\n").filter((line) => line.length > columns), []);
    assertMatch(screen, /\n {4}TargetNotFound: .*\n/);
    assertEquals(screen.match(/Check\s+the\s+spelling/g)?.length, 1, "not again in the summary");
    const usage = await runAsApp(tenant, ["user", "alex@contoso.com;bob@contoso.com", "--no-color"], at);
    assertEquals(usage.stderr.split("\n").filter((line) => line.length > columns), []);
    const piped = await runAsApp(tenant, ["user", "bob@contoso.com", "--output", "table"], {});
    assertEquals(piped.stdout.trimEnd().split("\n").length, 3, "no pipe is wrapped");
  }
}));

Deno.test(emulatorTest("find --output failures lists what could not be looked at", async (tenant) => {
  tenant.fault({ kind: "status", status: 403, on: "item", times: 1, match: { path: "/photo" } });
  const { code, stdout } = await runAsApp(tenant, ["find", "user", "--all", "--output", "failures"]);
  assertEquals(code, 1);
  assertMatch(stdout, /^unknown .*\n {4}AccessDenied: .*\n$/);
}));

Deno.test(emulatorTest("off a terminal the default is ndjson, without escape codes", async (tenant) => {
  const lines = [[], ["--output", "table"], ["--verbose"]];
  const runs = await mapConcurrently(
    lines,
    (more) => runAsApp(tenant, ["user", "alex@contoso.com", "bob@contoso.com", ...more]),
  );
  assertEquals(runs[0]!.records().length, 2);
  // deno-lint-ignore no-control-regex
  for (const { stdout, stderr } of runs) assertNotMatch(stdout + stderr, /[\x00-\x09\x0b-\x1f\x7f]/);
}));

Deno.test(emulatorTest(
  "a table shows hostile text on its target's own lines, without control characters",
  async (tenant) => {
    const { stdout } = await runIn(tenant, "table", "--verbose");
    // deno-lint-ignore no-control-regex
    assertNotMatch(stdout, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    assertEquals(stdout.match(/^\S+/gm)?.length, IDS.length);
  },
));

Deno.test(emulatorTest(
  "records go to standard output, all else to standard error, unless --quiet omits it",
  async (tenant) => {
    const args = ["user", "alex@contoso.com", "lee@contoso.com", "--what-if"];
    const variants = [[], ["--verbose"], ["--quiet"], ["-q", "-v"]];
    const [plain, verbose, quiet] = await mapConcurrently(
      variants,
      (more) => runAsApp(tenant, [...args, ...more]),
    );
    for (const { records } of [plain!, verbose!, quiet!]) {
      assertEquals(records().length, 2);
    }
    assertMatch(plain!.stderr, /^1 planned, 1 absent in/);
    assertMatch(verbose!.stderr, new RegExp(`${tenant.url}.*AZURE_CLIENT_SECRET`));
    assertEquals(quiet!.stderr, "");
    const { code, stderr } = await runAsApp(tenant, ["usr", "--quiet"]);
    assertEquals(code, 2);
    assertMatch(stderr, /^error: /);
  },
));

/** Writes that end on command, like those to a slow pipe. */
function slowPipe() {
  const written: string[] = [];
  let finish = () => {};
  const write = (text: string) => {
    written.push(text);
    return new Promise<void>((resolve) => finish = resolve);
  };
  return { written, write, finish: () => finish() };
}

Deno.test(
  "gatherWrites() writes the first text at once, and combines what arrives during a write",
  NONE,
  async () => {
    const { written, write, finish } = slowPipe();
    const output = gatherWrites(write);
    for (const text of ["a", "b", "", "c"]) await output.write(text);
    assertEquals(written, ["a"]);
    const flushed = output.flush();
    finish();
    await Promise.resolve().then(() => {});
    assertEquals(written, ["a", "bc"]);
    finish();
    await flushed;
    await output.write("d");
    assertEquals(written, ["a", "bc", "d"]);
  },
);

Deno.test("gatherWrites() makes the writer wait once too much is buffered", NONE, async () => {
  const { written, write, finish } = slowPipe();
  const output = gatherWrites(write);
  const much = "x".repeat(2 ** 16);
  await output.write("a");
  await output.write(much);
  let goesOn = false;
  const last = output.write("y").then(() => goesOn = true);
  await Promise.resolve().then(() => {});
  assertEquals(goesOn, false);
  finish();
  await Promise.resolve().then(() => {});
  finish();
  await last;
  assertEquals(written, ["a", much + "y"]);
});

Deno.test(
  emulatorTest("after Ctrl-C, every format is complete, with all targets that were begun", async (tenant) => {
    for (const format of ["ndjson", "json", "csv", "table"]) {
      const stopping = new AbortController();
      void nextRequest(tenant).then(() => stopping.abort());
      const args = ["user", "alex@contoso.com", "diego@contoso.com", "lee@contoso.com", "--output", format];
      const one = ["--concurrency", "1", "--batch-size", "1", "--what-if"];
      const options = { interrupt: stopping.signal };
      const { code, stdout, stderr } = await runAsApp(tenant, [...args, ...one], options);
      assertEquals(code, 130);
      assertEquals(stdout.match(/planned|notAttempted/g), ["planned"]);
      assertMatch(stderr, /1 planned in .*\n {2}2 were not begun\nTo go on: run the same command again\n/);
      if (format === "json") assertEquals(JSON.parse(stdout).length, 1);
    }
  }),
);

const RECORD: PhotoRecord = {
  target: "user",
  id: "alex@contoso.com",
  outcome: "planned",
  status: null,
  code: null,
  message: null,
  hint: null,
  requestId: null,
  attempts: 0,
  durationMs: 0,
  graphCode: null,
};

/** What is written of one record. */
async function written(format: "table" | "csv", record: PhotoRecord, isRestore = false): Promise<string> {
  let text = "";
  const style = { paint: createPaint(true), isVerbose: false, isRestore, wrap: (table: string) => table };
  const writer = createRecordWriter(
    format,
    photoRecordShape(style),
    (more) => Promise.resolve(void (text += more)),
  );
  await writer.write(record);
  await writer.end();
  return text;
}

/** Outcomes, whether of restore, how the line of the table begins, and its note. */
const TABLE_ROWS: readonly (readonly [outcome: Outcome, isRestore: boolean, start: string, note: string])[] =
  [
    ["removed", false, "\x1b[32mremoved ", ""],
    ["restored", true, "\x1b[32mrestored ", ""],
    ["planned", false, "\x1b[33mplanned ", "(has a photo, would be removed)"],
    ["planned", true, "\x1b[33mplanned ", "(would be put back)"],
    ["absent", false, "\x1b[2mabsent ", "(had no photo)"],
    ["declined", false, "\x1b[2mdeclined ", ""],
    ["failed", false, "\x1b[31mfailed ", ""],
    ["notAttempted", true, "\x1b[31mnotAttempted\x1b", ""],
  ];

Deno.test("a table shows each outcome in its color, and what it means for the photo", NONE, async () => {
  for (const [outcome, isRestore, start, note] of TABLE_ROWS) {
    const row = await written("table", { ...RECORD, outcome }, isRestore);
    assert(row.startsWith(start), row);
    assertEquals(/\(.*\)/.exec(row)?.[0] ?? "", note);
  }
});

Deno.test("a text that begins with tab or CR is no formula in CSV, and is kept", NONE, async () => {
  for (const message of ["\t=1+1", "\r=1+1", "=1+1", "+1", "-1", "@a"]) {
    const [header, row] = parseCsv(await written("csv", { ...RECORD, message }));
    assertEquals(row![header!.indexOf("message")], `'${message}`);
  }
});
