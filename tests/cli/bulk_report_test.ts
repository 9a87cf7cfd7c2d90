import { assert, assertEquals, assertStringIncludes } from "../deps/assert.ts";
import { photoRequests } from "../support/emulated.ts";
import { HAS_MODES, jsonLines, modeOf } from "../support/temporary.ts";
import { serve } from "../support/server.ts";
import {
  batches,
  bulkCliTest,
  doneIn,
  photosOf,
  reportOf,
  runBulk,
  startBulk,
  writeUsers,
} from "./bulk_support.ts";

const COUNT = 500;

bulkCliTest(
  "--report has a record of each outcome, as standard output has",
  { users: COUNT },
  async (tenant, folder) => {
    const users = await writeUsers(folder, COUNT);
    await Deno.writeTextFile(users, "nobody@contoso.com\na/b\nlee@contoso.com\n", { append: true });
    const report = `${folder}/run.ndjson`;
    const result = await runBulk(tenant, ["user", "--from", users, "--yes", "--report", report]);
    assertEquals(result.code, 1);
    const sorted = (records: Record<string, unknown>[]) =>
      records.map((record) => JSON.stringify(record)).sort();
    assertEquals(sorted(await jsonLines(report)), sorted(result.records()));
    assertEquals(result.records().length, COUNT + 3);
    if (HAS_MODES) assertEquals(modeOf(report), 0o600);

    const again = await runBulk(tenant, ["user", "lee@contoso.com", "--report", report, "--output", "none"]);
    assertEquals([again.stdout, (await jsonLines(report)).length], ["", COUNT + 4]);
  },
);

bulkCliTest(
  "--resume skips what is done, and tries again what failed",
  { users: COUNT },
  async (tenant, folder) => {
    const users = await writeUsers(folder, COUNT);
    const report = `${folder}/run.ndjson`;
    tenant.fault({ kind: "status", on: "item", status: 403, match: { path: "/user00007@" } });
    const first = await runBulk(tenant, ["user", "--from", users, "--yes", "--report", report]);
    assertEquals(first.code, 1);
    assertStringIncludes(first.stderr, `--resume ${report}\n`);
    await Deno.writeTextFile(report, '{"target":"user","id":"user00008@con', { append: true }); // the power is cut

    const sent = tenant.counts.graph;
    const second = await runBulk(tenant, ["user", "--from", users, "--yes", "--resume", report]);
    assertEquals(second.code, 0, second.stderr);
    assertEquals(second.records().map(({ id, outcome }) => [id, outcome]), [[
      "user00007@contoso.com",
      "removed",
    ]]);
    assertEquals(tenant.counts.graph, sent + 1);
    assertStringIncludes(second.stderr, `1 removed, ${COUNT - 1} already done`);
    assertEquals([...(await doneIn(report)).values()], Array(COUNT).fill(1));

    const third = await runBulk(tenant, ["user", "--from", users, "--yes", "--resume", report]);
    assertEquals([third.code, third.stdout, tenant.counts.graph], [0, "", sent + 1]);
  },
);

bulkCliTest("--report beside --resume starts a report of its own", { users: 20 }, async (tenant, folder) => {
  const users = await writeUsers(folder, 20);
  const [old, fresh] = [`${folder}/old.ndjson`, `${folder}/new.ndjson`];
  await runBulk(tenant, ["user", "user00001@contoso.com", "--report", old]);
  const before = await Deno.readTextFile(old);
  await runBulk(tenant, ["user", "--from", users, "--yes", "--resume", old, "--report", fresh]);
  assertEquals([await Deno.readTextFile(old), (await jsonLines(fresh)).length], [before, 19]);
});

bulkCliTest(
  "--resume of a report that is not there is exit 2, with nothing sent",
  {},
  async (tenant, folder) => {
    const result = await runBulk(tenant, ["user", "alex@contoso.com", "--resume", `${folder}/typo.ndjson`]);
    assertEquals([result.code, tenant.counts.graph], [2, 0]);
    assertEquals([...Deno.readDirSync(folder)].length, 0);
  },
);

bulkCliTest(
  "a reader who has seen enough ends the run, and the report has all that was done",
  { users: COUNT, latency: 100 },
  async (tenant, folder) => {
    const users = await writeUsers(folder, COUNT);
    const report = `${folder}/run.ndjson`;
    const args = ["user", "--from", users, "--yes", "--report", report, "--concurrency", "1"];
    const child = startBulk(tenant, args);
    const reader = child.stdout.getReader();
    await reader.read();
    await reader.cancel(); // as `head -1` does
    const stderr = await new Response(child.stderr).text();
    const { code } = await child.status;
    assertEquals(code, 1);
    const records = await reportOf(report);
    const done = await doneIn(report);
    assertEquals([records.size, done.size], [COUNT, photosOf(COUNT) - tenant.directory.photoCount]);
    assert(done.size < COUNT, "it went on to the end");
    assert([...records.values()].every(({ length }) => length === 1));
    assertStringIncludes(stderr, "--resume");

    const resumed = await runBulk(tenant, [
      "user",
      "--from",
      users,
      "--yes",
      "--resume",
      report,
      "--output",
      "none",
    ]);
    assertEquals(resumed.code, 0, resumed.stderr);
    assertEquals([...(await doneIn(report)).values()], Array(COUNT).fill(1));
  },
);

bulkCliTest(
  "Ctrl-C in the middle: what is in flight ends, the report is whole, and --resume does the rest",
  { users: COUNT, latency: 50, posix: true },
  async (tenant, folder) => {
    const users = await writeUsers(folder, COUNT);
    const report = `${folder}/run.ndjson`;
    const begun = batches(tenant, 5);
    const child = startBulk(tenant, ["user", "--from", users, "--yes", "--report", report]);
    await begun;
    child.kill("SIGINT");
    const output = await child.output();
    const stderr = new TextDecoder().decode(output.stderr);
    assertEquals(output.code, 130);
    assertStringIncludes(stderr, `--resume ${report}\n`);
    const records = await reportOf(report);
    const removed = photosOf(COUNT) - tenant.directory.photoCount;
    assertEquals([records.size, (await doneIn(report)).size], [COUNT, removed]);
    assert(removed >= 80 && removed < COUNT, `${removed} removed`);
    assertStringIncludes(stderr, `${removed} removed`);
    assertStringIncludes(stderr, `${COUNT - removed} not attempted`);
    assertEquals(photoRequests(tenant), removed, "what was done is on record, and the other way round");

    const resumed = await runBulk(tenant, ["user", "--from", users, "--yes", "--resume", report]);
    assertEquals(resumed.code, 0, resumed.stderr);
    assertEquals([photoRequests(tenant), resumed.records().length], [COUNT, COUNT - removed]);
    const done = await doneIn(report);
    assertEquals([done.size, [...done.values()].every((times) => times === 1)], [COUNT, true]);
  },
);

bulkCliTest(
  "Ctrl-C while the pipe is open ends the run, and does not wait for more",
  { posix: true },
  async (tenant, folder) => {
    const report = `${folder}/run.ndjson`;
    const begun = Promise.withResolvers<void>();
    tenant.fault({ kind: "stall", match: () => (begun.resolve(), false) });
    const child = startBulk(tenant, ["user", "-", "--yes", "--report", report], { stdin: "" });
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode("user00001@contoso.com\n"));
    await begun.promise;
    child.kill("SIGINT");
    const [code, , stderr] = await Promise.all([
      child.status.then(({ code }) => code),
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    await writer.close().catch(() => {});
    assertEquals([code, [...(await doneIn(report)).keys()]], [130, ["user00001@contoso.com"]], stderr);
  },
);

/** Runs that come to nothing before anything is begun, and their exit codes. */
const FRUITLESS: readonly (readonly [args: string[], env: Record<string, string>, code: number])[] = [
  [["user", "--from", "missing.txt", "--yes"], {}, 2],
  [["user", "--from", "users.txt"], {}, 2],
  [["user", "a b"], {}, 2],
  [["user", "alex@contoso.com", "--concurrency", "0"], {}, 2],
  [["user", "alex@contoso.com"], { AZURE_CLIENT_SECRET: "wrong" }, 4],
  [["user", "alex@contoso.com"], { AZURE_CLIENT_SECRET: "" }, 4],
];

bulkCliTest(
  "a run that comes to nothing leaves no empty report behind, and an old one as it was",
  {},
  async (tenant, cwd) => {
    await writeUsers(cwd, 2);
    await Deno.writeTextFile(`${cwd}/old.ndjson`, "");
    for (const [args, env, code] of FRUITLESS) {
      for (const report of ["new.ndjson", "old.ndjson"]) {
        const result = await runBulk(tenant, [...args, "--report", report, "--backup", "photos"], {
          cwd,
          env,
        });
        assertEquals(result.code, code, `${args.join(" ")}: ${result.stderr}`);
      }
    }
    const left = [...Deno.readDirSync(cwd)].map(({ name }) => name).sort();
    assertEquals(left.filter((name) => name !== "photos"), ["old.ndjson", "users.txt"]);
  },
);

bulkCliTest("what another run has put into the same report meanwhile stays", {}, async (tenant, folder) => {
  const report = `${folder}/run.ndjson`;
  await using signIn = serve(async () => {
    await Deno.writeTextFile(report, "{}\n");
    return Response.json({ error: "invalid_client", error_description: "AADSTS7000215: no" }, {
      status: 401,
    });
  });
  const env = { AZURE_AUTHORITY_HOST: signIn.url };
  const { code } = await runBulk(tenant, ["user", "alex@contoso.com", "--report", report], { env });
  assertEquals([code, await Deno.readTextFile(report)], [4, "{}\n"]);
});

bulkCliTest(
  "--resume of a file that is no report is exit 2, and the file stays as it was",
  {},
  async (tenant, cwd) => {
    for (
      const text of ["id,x\nalex@contoso.com,1\n", "alex@contoso.com\r\nlee@contoso.com", '"a"\n"b"\nc\nd\n']
    ) {
      await Deno.writeTextFile(`${cwd}/leavers.csv`, text);
      const args = ["user", "--from", "leavers.csv", "--resume", "leavers.csv", "--yes"];
      const { code, stderr } = await runBulk(tenant, args, { cwd });
      assertEquals([code, tenant.counts.graph], [2, 0], stderr);
      assertStringIncludes(stderr, 'Cannot read the report "leavers.csv": it is not a report');
      assertEquals(await Deno.readTextFile(`${cwd}/leavers.csv`), text);
    }
  },
);
