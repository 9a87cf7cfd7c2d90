import { startEmulator } from "../../lib/emulator/mod.ts";
import { assert, assertEquals, assertStringIncludes } from "../deps/assert.ts";
import { doneIn } from "../support/reports.ts";
import { runAsApp } from "../support/run_in_process.ts";
import { serve } from "../support/server.ts";
import { HAS_MODES, jsonLines, modeOf, tenantFileTest } from "../support/temporary.ts";
import { writeUsers } from "../support/users.ts";

/** Generated users. */
const COUNT = 100;
const USERS = { users: COUNT };
const GROUP = "0c000000-0000-4000-8000-000000000001";

Deno.test(tenantFileTest(
  "--report has the records of standard output, with time, tenant, app and Graph",
  async (tenant, folder) => {
    const users = await writeUsers(folder, COUNT);
    await Deno.writeTextFile(users, "nobody@contoso.com\na/b\nlee@contoso.com\n", { append: true });
    const report = `${folder}/run.ndjson`;
    const result = await runAsApp(tenant, ["user", "--from", users, "--yes", "--report", report]);
    assertEquals(result.code, 1);
    const sorted = (records: Record<string, unknown>[]) =>
      records.map((record) => JSON.stringify(record)).sort();
    const { tenantId, clientId: by, cloud: { graph } } = tenant;
    const written = await jsonLines(report);
    assert(written.every(({ time }) => Math.abs(Date.parse(String(time)) - Date.now()) < 60_000));
    assertEquals(
      sorted(written.map(({ time: _, ...record }) => record)),
      sorted(result.records().map((record) => ({ ...record, tenantId, by, graph }))),
    );
    assertEquals(result.records().length, COUNT + 3);
    if (HAS_MODES) assertEquals(modeOf(report), 0o600);

    const again = await runAsApp(tenant, ["user", "lee@contoso.com", "--report", report, "--output", "none"]);
    assertEquals([again.stdout, (await jsonLines(report)).length], ["", COUNT + 4]);
  },
  USERS,
));

Deno.test(tenantFileTest(
  "--resume skips what is done, and retries what failed",
  async (tenant, folder) => {
    const users = await writeUsers(folder, COUNT);
    const report = `${folder}/run.ndjson`;
    tenant.fault({ kind: "status", on: "item", status: 403, match: { path: "/user00007@" } });
    const first = await runAsApp(tenant, ["user", "--from", users, "--yes", "--report", report]);
    assertEquals(first.code, 1);
    assertStringIncludes(first.stderr, `--resume ${report}\n`);
    await Deno.writeTextFile(report, '{"target":"user","id":"user00008@con', { append: true }); // the power is cut

    const sent = tenant.counts.graph;
    const second = await runAsApp(tenant, ["user", "--from", users, "--yes", "--resume", report]);
    assertEquals(second.code, 0, second.stderr);
    assertEquals(second.records().map(({ id, outcome }) => [id, outcome]), [[
      "user00007@contoso.com",
      "removed",
    ]]);
    assertEquals(tenant.counts.graph, sent + 1);
    assertStringIncludes(second.stderr, `1 removed, ${COUNT - 1} already done`);
    assertEquals([...(await doneIn(report)).values()], Array(COUNT).fill(1));

    const third = await runAsApp(tenant, ["user", "--from", users, "--yes", "--resume", report]);
    assertEquals([third.code, third.stdout, tenant.counts.graph], [0, "", sent + 1]);
  },
  USERS,
));

Deno.test(tenantFileTest("--report with --resume starts another report", async (tenant, folder) => {
  const users = await writeUsers(folder, 20);
  const [old, fresh] = [`${folder}/old.ndjson`, `${folder}/new.ndjson`];
  await runAsApp(tenant, ["user", "user00001@contoso.com", "--report", old]);
  const before = await Deno.readTextFile(old);
  await runAsApp(tenant, ["user", "--from", users, "--yes", "--resume", old, "--report", fresh]);
  assertEquals([await Deno.readTextFile(old), (await jsonLines(fresh)).length], [before, 19]);
}, USERS));

Deno.test(tenantFileTest(
  "--resume of a report that does not exist yet begins it, and says so",
  async (tenant, folder) => {
    const report = `${folder}/nightly.ndjson`;
    const nights = [];
    for (let night = 0; night < 2; night++) {
      nights.push(await runAsApp(tenant, ["user", "alex@contoso.com", "--resume", report]));
    }
    assertEquals(nights.map(({ code, records }) => [code, records().length]), [[0, 1], [0, 0]]);
    assertStringIncludes(nights[0]!.stderr, `There is no report "${report}" yet: no target is skipped.\n`);
    assert(!nights[1]!.stderr.includes("no report"));
  },
));

Deno.test(tenantFileTest(
  "--resume of a report of another tenant or cloud exits 2, with nothing sent",
  async (tenant, folder) => {
    const report = `${folder}/run.ndjson`;
    await using other = await startEmulator();
    await runAsApp(other, ["user", "alex@contoso.com", "--report", report]);
    const text = await Deno.readTextFile(report);
    const rows = [
      [text, `${other.cloud.graph}, and this run is for ${tenant.cloud.graph}`],
      [
        text.replace(other.cloud.graph, tenant.cloud.graph).replaceAll(tenant.tenantId, GROUP),
        `tenant ${GROUP}, and this run is for tenant ${tenant.tenantId}`,
      ],
    ] as const;
    for (const [before, words] of rows) {
      await Deno.writeTextFile(report, before);
      const { code, stderr } = await runAsApp(tenant, ["user", "alex@contoso.com", "--resume", report]);
      assertEquals([code, tenant.counts.graph, await Deno.readTextFile(report)], [2, 0, before]);
      assertStringIncludes(stderr, `Cannot resume "${report}": it is a report of ${words}\n`);
    }
  },
));

Deno.test(tenantFileTest("--resume goes by the last record of a target", async (tenant, folder) => {
  const report = `${folder}/run.ndjson`;
  const args = ["user", "alex@contoso.com", "--resume", report];
  await runAsApp(tenant, args);
  const failed = (await Deno.readTextFile(report)).replace('"outcome":"removed"', '"outcome":"failed"');
  await Deno.writeTextFile(report, failed, { append: true });
  const { code, records } = await runAsApp(tenant, args);
  assertEquals([code, records().map(({ outcome }) => outcome)], [0, ["absent"]]);
}));

/** Runs that fail before they begin, and their exit codes. */
const FRUITLESS: readonly (readonly [args: string[], env: Record<string, string>, code: number])[] = [
  [["user", "--from", "missing.txt", "--yes"], {}, 2],
  [["user", "--from", "users.txt"], {}, 2],
  [["user", "a b"], {}, 2],
  [["user", "alex@contoso.com", "--concurrency", "0"], {}, 2],
  [["user", "alex@contoso.com"], { AZURE_CLIENT_SECRET: "wrong" }, 4],
  [["user", "alex@contoso.com"], { AZURE_CLIENT_SECRET: "" }, 4],
];

Deno.test(
  tenantFileTest("a run that fails before it begins leaves no report behind", async (tenant, folder) => {
    await writeUsers(folder, 2);
    await Deno.writeTextFile(`${folder}/old.ndjson`, "");
    for (const [args, env, code] of FRUITLESS) {
      for (const report of ["new.ndjson", "old.ndjson"]) {
        const words = args.map((word) => word.endsWith(".txt") ? `${folder}/${word}` : word);
        const files = ["--report", `${folder}/${report}`, "--backup", `${folder}/photos`];
        const result = await runAsApp(tenant, [...words, ...files], { env });
        assertEquals(result.code, code, `${args.join(" ")}: ${result.stderr}`);
      }
    }
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assertEquals(left.filter((name) => name !== "photos"), ["old.ndjson", "users.txt"]);
  }),
);

Deno.test(tenantFileTest("a declined run leaves no report behind", async (tenant, folder) => {
  const users = await writeUsers(folder, 2);
  const report = `${folder}/run.ndjson`;
  const args = ["user", "--from", users, "--report", report];
  const { code, stderr } = await runAsApp(tenant, args, { answer: () => "n" });
  assertEquals([code, stderr], [1, "Nothing was removed.\n"]);
  assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["users.txt"]);
}));

Deno.test(
  tenantFileTest(
    "what another run has added to the same report meanwhile is kept",
    async (tenant, folder) => {
      const report = `${folder}/run.ndjson`;
      await using signIn = serve(async () => {
        await Deno.writeTextFile(report, "{}\n");
        return Response.json({ error: "invalid_client", error_description: "AADSTS7000215: no" }, {
          status: 401,
        });
      });
      const env = { AZURE_AUTHORITY_HOST: signIn.url };
      const { code } = await runAsApp(tenant, ["user", "alex@contoso.com", "--report", report], { env });
      assertEquals([code, await Deno.readTextFile(report)], [4, "{}\n"]);
    },
  ),
);

/** Files that are not reports. */
const NO_REPORTS = [
  "id,x\nalex@contoso.com,1\n",
  "alex@contoso.com\r\nlee@contoso.com",
  '"a"\n"b"\nc\nd\n',
];

Deno.test(tenantFileTest(
  "--resume of a file that is not a report exits 2, and does not change it",
  async (tenant, folder) => {
    const other = `${folder}/leavers.csv`;
    for (const text of NO_REPORTS) {
      await Deno.writeTextFile(other, text);
      const args = ["user", "-", "--resume", other, "--yes"];
      const { code, stderr } = await runAsApp(tenant, args, { stdin: "alex@contoso.com" });
      assertEquals([code, tenant.counts.graph], [2, 0], stderr);
      assertStringIncludes(stderr, `Cannot read the report "${other}": it is not a report`);
      assertEquals(await Deno.readTextFile(other), text);
    }
  },
));

Deno.test(tenantFileTest(
  "the line to resume with has all that was typed but the report's option",
  async (tenant, folder) => {
    const [list, report] = [`${folder}/leavers.txt`, `${folder}/run.ndjson`];
    await Deno.writeTextFile(list, "nobody@contoso.com\n");
    const args = ["-From", list, "user", "-Force", `-Report:${report}`, "-Concurrency", "2"];
    const { stderr } = await runAsApp(tenant, args);
    const line = `user --yes --from ${list} --resume ${report} --concurrency 2`;
    assertStringIncludes(stderr, `\nTo resume: remove-profile-photo ${line}\n`);
    const other = await runAsApp(tenant, ["user", "nobody@contoso.com", "--quiet", "--report", report]);
    assertEquals(other.stderr, "");
    const token = await tenant.issueToken({ user: "adele@contoso.com", scopes: ["User.Read"] });
    const me = await runAsApp(tenant, ["me", "--report", report], { env: { GRAPH_ACCESS_TOKEN: token } });
    assertEquals([me.code, me.stderr.includes("To resume")], [1, false], "me has no such option");
  },
));
