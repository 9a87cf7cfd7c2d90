import { assert, assertEquals, assertMatch, assertNotMatch, assertThrows } from "../deps/assert.ts";
import type { Emulator } from "../../lib/emulator/mod.ts";
import { type Run, startCli } from "../support/run_cli.ts";
import { test } from "../support/test.ts";
import { parseCsv } from "./csv.ts";
import { bySecret, mapConcurrently, run, tenantTest } from "./support.ts";

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
/** What differs between two runs. */
const VARYING = ["requestId", "durationMs"];
const FORMATS = ["ndjson", "json", "csv", "table", "none"];

/** Ids that a format could stumble over. */
const IDS = [
  "alex@contoso.com",
  "miriam.o'neil@contoso.com",
  "$servicedesk@contoso.com",
  "pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com",
  'quote",comma;semicolon@contoso.com',
  "=HYPERLINK(1)@contoso.com",
  "+1@contoso.com",
  "@contoso.com",
  "ümläut😀@contoso.com",
  "__proto__",
];
const SAYS = 'It said "no", twice;\r\nand\tthen\n=1+1, \x1b[31mred\x1b[0m \u2028 \u009b2J \u202e';

/** One run in a format against the tenant, where the removal for `+1@contoso.com` is refused with a hostile message. */
function runIn(tenant: Emulator, format: string, ...more: string[]): Promise<Run> {
  const body = JSON.stringify({ error: { code: "Odd", message: SAYS } });
  tenant.fault({ kind: "body", status: 400, body, match: { path: "1@contoso.com" } });
  const options = ["--what-if", "--concurrency", "1", "--batch-size", "1", "--output", format, ...more];
  return run(tenant, ["user", "-", ...options], { stdin: JSON.stringify(IDS) });
}

function settled(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !VARYING.includes(name)));
}

tenantTest("ndjson is one record a line, with the promised fields first and in order", async (tenant) => {
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
});

tenantTest("every format tells the same, and none tells nothing", async (tenant) => {
  const [ndjson, json, csv, , none] = await mapConcurrently(FORMATS, (format) => runIn(tenant, format));
  const expected = ndjson!.records().map(settled);
  assertEquals(JSON.parse(json!.stdout).map(settled), expected);
  assertEquals([none!.stdout, none!.code], ["", 1]);

  const [header, ...rows] = parseCsv(csv!.stdout);
  assertEquals(header, [...Object.keys(ndjson!.records()[0]!), "backup", "verified"]);
  const asText = (value: unknown) =>
    // deno-lint-ignore no-control-regex
    value === null ? "" : String(value).replace(/^[=+\-@\t\r]/, "'$&").replace(/[\x1b\x9b\u202e]/g, "\ufffd");
  assertEquals(
    rows.map((row) => settled(Object.fromEntries(row.slice(0, -2).map((value, at) => [header![at], value])))),
    expected.map((record) =>
      Object.fromEntries(Object.entries(record).map(([name, value]) => [name, asText(value)]))
    ),
  );
});

tenantTest("no format holds what would control a terminal", async (tenant) => {
  for (const { stdout } of await mapConcurrently(FORMATS, (format) => runIn(tenant, format))) {
    // deno-lint-ignore no-control-regex
    assertNotMatch(stdout, /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]/);
  }
});

tenantTest("no field of the CSV is a formula to a spreadsheet", async (tenant) => {
  const { stdout } = await runIn(tenant, "csv");
  const formulas = parseCsv(stdout).flat().filter((value) => /^[=+\-@\t\r]/.test(value));
  assertEquals(formulas, []);
});

test("the reader of CSV is strict", {}, () => {
  assertEquals(parseCsv('a,"b ""x"",\r\n"\r\n,\r\n'), [["a", 'b "x",\r\n'], ["", ""]]);
  for (const wrong of ["a,b\n", 'a"b\r\n', '"a\r\n', "a,b\r\nc\r\n", '"a"b\r\n']) {
    assertThrows(() => parseCsv(wrong));
  }
});

tenantTest("a table has a line for each target, and lines below it for a failure", async (tenant) => {
  const { code, stdout } = await run(tenant, [
    ...["user", "alex@contoso.com", "lee@contoso.com", "bob@contoso.com"],
    ...["--concurrency", "1", "--output", "table"],
  ]);
  assertEquals(code, 1);
  assertMatch(
    stdout,
    /^removed +user +alex@contoso\.com\nabsent +user +lee@contoso\.com .*\nfailed +user +bob@contoso\.com\n {4,}TargetNotFound: .*\n {4,}Check .*\n$/,
  );
});

tenantTest("off a terminal the default is ndjson, and nothing holds an escape code", async (tenant) => {
  const lines = [[], ["--output", "table"], ["--verbose"]];
  const runs = await mapConcurrently(
    lines,
    (more) => run(tenant, ["user", "alex@contoso.com", "bob@contoso.com", ...more]),
  );
  assertEquals(runs[0]!.records().length, 2);
  // deno-lint-ignore no-control-regex
  for (const { stdout, stderr } of runs) assertNotMatch(stdout + stderr, /[\x00-\x09\x0b-\x1f\x7f]/);
});

tenantTest(
  "a table shows hostile text on its target's own lines, without control characters",
  async (tenant) => {
    const { stdout } = await runIn(tenant, "table", "--verbose");
    // deno-lint-ignore no-control-regex
    assertNotMatch(stdout, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    assertEquals(stdout.match(/^\S+/gm)?.length, IDS.length);
  },
);

tenantTest(
  "records are on standard output, the rest is on standard error, and --quiet leaves that out",
  async (tenant) => {
    const args = ["user", "alex@contoso.com", "lee@contoso.com", "--what-if"];
    const variants = [[], ["--verbose"], ["--quiet"], ["-q", "-v"]];
    const [plain, verbose, quiet] = await mapConcurrently(
      variants,
      (more) => run(tenant, [...args, ...more]),
    );
    for (const { records } of [plain!, verbose!, quiet!]) {
      assertEquals(records().length, 2);
    }
    assertMatch(plain!.stderr, /^1 planned, 1 absent in|^1 absent, 1 planned in/);
    assertMatch(verbose!.stderr, new RegExp(`${tenant.url}.*AZURE_CLIENT_SECRET`));
    assertEquals(quiet!.stderr, "");
    const { code, stderr } = await run(tenant, ["usr", "--quiet"]);
    assertEquals(code, 2);
    assertMatch(stderr, /^error: /);
  },
);

tenantTest("a reader that goes away ends it without a fault", async (tenant) => {
  const child = startCli(["user", "alex@contoso.com", "lee@contoso.com", "--concurrency", "1"], {
    env: bySecret(tenant),
  });
  await child.stdout.cancel();
  const stderr = await new Response(child.stderr).text();
  assertEquals([(await child.status).code, stderr.includes("This is a bug")], [1, false], stderr);
});
