import { assert, assertEquals, assertStringIncludes } from "../../deps/assert.ts";
import { outcomes, processTest, run, start } from "../../support/command.ts";
import { doneIn, reportOf } from "../../support/reports.ts";
import { photosOf, writeUsers } from "../../support/users.ts";

const COUNT = 500;

Deno.test(processTest(
  "a reader who has seen enough ends the run, and the report has all that was done",
  { users: COUNT, latency: 100 },
  async (tenant, folder) => {
    const users = await writeUsers(folder, COUNT);
    const report = `${folder}/run.ndjson`;
    const args = ["user", "--from", users, "--yes", "--report", report, "--concurrency", "1"];
    const child = start(tenant, args);
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel(); // as `head -1` does
    const messages = await new Response(child.stderr).text();
    assertEquals((await child.status).code, 1);
    const records = await reportOf(report);
    const done = await doneIn(report);
    assertEquals([records.size, done.size], Array(2).fill(photosOf(COUNT) - tenant.directory.photoCount));
    assert(done.size < COUNT, "it continued to the end");
    assert([...records.values()].every(({ length }) => length === 1));
    assertStringIncludes(messages, `${COUNT - done.size} were not begun\n`);
    assertStringIncludes(messages, `--resume ${report}`);

    const resumed = await run(tenant, ["user", "--from", users, "--yes", "--resume", report]);
    assertEquals(resumed.code, 0, resumed.stderr);
    assertEquals([...(await doneIn(report)).values()], Array(COUNT).fill(1));
  },
));

Deno.test(
  processTest("a reader who leaves before the first record causes no error message", {}, async (tenant) => {
    const child = start(tenant, ["user", "alex@contoso.com", "lee@contoso.com", "--concurrency", "1"]);
    await child.stdout.cancel();
    const messages = await new Response(child.stderr).text();
    assertEquals([(await child.status).code, messages.includes("error")], [1, false], messages);
  }),
);

Deno.test(processTest("a list comes in and records go out through pipes", {}, async (tenant) => {
  const result = await run(tenant, ["user", "-", "--yes"], {
    stdin: "alex@contoso.com\r\nm\u00fcller@contoso.com",
  });
  assertEquals(outcomes(result), { "alex@contoso.com": "removed", "m\u00fcller@contoso.com": "failed" });
}));
