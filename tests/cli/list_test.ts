import { assert, assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "../deps/assert.ts";
import { exists } from "../../lib/host/files.ts";
import { graphRequests, nextRequest, outcomes } from "../support/command.ts";
import { runAsApp } from "../support/run_in_process.ts";
import { jsonLines, tenantFileTest } from "../support/temporary.ts";
import { IS_WINDOWS } from "../support/test.ts";
import { userList, writeUsers } from "../support/users.ts";

const USERS = { users: 100 };

const IDS = ["alex@contoso.com", "pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com", "lee@contoso.com"];
const OUTCOMES = { [IDS[0]!]: "removed", [IDS[1]!]: "removed", [IDS[2]!]: "absent" };

/** One list in each format. */
const FORMATS: Readonly<Record<string, string>> = {
  "lines": `# leavers\r\n${IDS.join("\r\n")}\r\n`,
  "CSV": `displayName,userPrincipalName\n${IDS.map((id) => `"A, B",${id}`).join("\n")}\n`,
  "JSON": JSON.stringify(IDS.map((id) => ({ userPrincipalName: id })), null, 2),
  "NDJSON": IDS.map((id) => JSON.stringify({ UPN: id })).join("\n"),
};

Deno.test(tenantFileTest("user - and --from FILE take each format", async (tenant, folder) => {
  const photos = IDS.slice(0, 2).map((id) => tenant.directory.photo(id)!.bytes);
  for (const [format, text] of Object.entries(FORMATS)) {
    const path = `${folder}/users`;
    await Deno.writeTextFile(path, text);
    const ways: [string[], string | undefined][] = [
      [["user", "-"], text],
      [["user", "--from", "-"], text],
      [["user", "--from", path], undefined],
      [["-UserId", "-", "-Force"], text],
    ];
    for (const [args, stdin] of ways) {
      IDS.slice(0, 2).forEach((id, at) => tenant.directory.setPhoto(id, photos[at]!));
      const result = await runAsApp(tenant, [...args, "--yes"], { stdin });
      assertEquals(outcomes(result), OUTCOMES, `${format}: ${args.join(" ")} ${result.stderr}`);
      assertEquals(result.code, 0);
    }
  }
}));

Deno.test(tenantFileTest("group --from takes groups", async (tenant, folder) => {
  const [marketing, retail, operations] = tenant.directory.groups.map(({ id }) => id);
  await Deno.writeTextFile(
    `${folder}/g.csv`,
    `name;GroupId\na;${marketing}\nb;${retail}\nc;${operations}\nd;x\n`,
  );
  const result = await runAsApp(tenant, ["group", "--from", `${folder}/g.csv`, "-y"]);
  assertEquals(outcomes(result), {
    [marketing!]: "removed",
    [retail!]: "removed",
    [operations!]: "absent",
    x: "failed",
  });
  assertEquals(result.code, 1);
}));

Deno.test(tenantFileTest(
  "an invalid row fails with its line number, and the others are removed",
  async (tenant, folder) => {
    const path = `${folder}/users.csv`;
    await Deno.writeTextFile(path, `id,x\n${IDS[0]},1\n,2\na/b,3\n"${IDS[1]}",4\n`);
    const result = await runAsApp(tenant, ["user", "--from", path, "--yes"]);
    assertEquals(result.code, 1);
    const failed = result.records().filter(({ outcome }) => outcome === "failed");
    assertEquals(failed.map(({ code }) => code), ["InvalidTarget", "InvalidTarget"]);
    assertEquals(failed.map(({ message }) => /^line \d+/.exec(String(message))![0]).sort(), [
      "line 3",
      "line 4",
    ]);
    assertEquals(outcomes(result)[IDS[1]!], "removed");
  },
));

Deno.test(tenantFileTest("--column chooses the column, in any case", async (tenant, folder) => {
  const path = `${folder}/users.csv`;
  await Deno.writeTextFile(path, `id,Manager\nnobody@contoso.com,${IDS[0]}\n`);
  const result = await runAsApp(tenant, ["user", "--from", path, "--column", "manager", "--yes"]);
  assertEquals(outcomes(result), { [IDS[0]!]: "removed" });
}));

/** Invalid command lines and input, with what is said. */
const REFUSED:
  readonly (readonly [args: (folder: string) => string[], stdin: string | undefined, said: RegExp])[] = [
    [(folder) => ["user", "--from", `${folder}/no.csv`, "--yes"], undefined, /no\.csv.*not exist/],
    [(folder) => ["user", "--from", folder, "--yes"], undefined, /Cannot read the targets/],
    [
      (folder) => ["user", "--from", `${folder}/users.csv`, "--yes"],
      undefined,
      /no column with ids.*department/,
    ],
    [
      (folder) => ["user", "--from", `${folder}/users.csv`, "--column", "x", "--yes"],
      undefined,
      /no column "x"/,
    ],
    [() => ["user", "-", "--yes"], '[{"x":1}]', /no property with ids/],
    [() => ["user", "-", "alex@contoso.com", "--yes"], "", /cannot be combined/],
    [() => ["user", "alex@contoso.com", "--column", "id"], undefined, /--column requires/],
    [() => ["me", "--from", "-", "--yes"], "", /me/],
    [
      (folder) => ["user", "-", "--yes", "--report", `${folder}/no/r.ndjson`],
      "a@b.c",
      /Cannot write the report/,
    ],
    [(folder) => ["user", "-", "--yes", "--report", folder], "a@b.c", /Cannot write the report/],
    [(folder) => ["restore", `${folder}/no`, "--yes"], undefined, /Cannot read the backup.*not exist/],
    [() => ["restore", "--yes"], undefined, /which folder/],
    [() => ["user", "-", "--yes", "--concurrency", "0"], "a@b.c", /concurrency/],
    [() => ["user", "-", "--yes", "--batch-size", "21"], "a@b.c", /batch size/],
    [() => ["user", "-", "--yes", "--confirm"], "a@b.c", /contradict/],
  ];

Deno.test(tenantFileTest("invalid input exits 2, with nothing sent", async (tenant, folder) => {
  await Deno.writeTextFile(`${folder}/users.csv`, "name,department\nx,y\n");
  for (const [args, stdin, says] of REFUSED) {
    const { code, stdout, stderr } = await runAsApp(tenant, args(folder), { stdin });
    assertEquals([code, stdout], [2, ""], `${args(folder).join(" ")}: ${stderr}`);
    assertMatch(stderr, says);
  }
  assertEquals(graphRequests(tenant), []);
}));

/** Inputs that name nobody, and what is said of them. */
const NOBODY: readonly (readonly [input: string, says: RegExp])[] = [
  ["", /check that it did not fail/],
  ["\r\n\r\n  \r\n", /It has 3 empty rows, and no ids/],
  ["\n# nobody\n", /It has 1 comment, 1 empty row, and no ids/],
  ["[]", /names nobody/],
  ["id\n", /names nobody/],
  ["userPrincipalName,displayName\r\n,\r\n", /It has 1 empty row, and no ids/],
];

Deno.test(tenantFileTest("input that names nobody exits 2, also with --what-if", async (tenant, folder) => {
  const path = `${folder}/list`;
  for (const [input, says] of NOBODY) {
    await Deno.writeTextFile(path, input);
    for (const from of ["-", path, ...input === "" && !IS_WINDOWS ? ["/dev/null"] : []]) {
      for (const option of ["--yes", "--what-if"]) {
        const args = ["user", "--from", from, option, "--report", `${folder}/run.ndjson`];
        const { code, stdout, stderr } = await runAsApp(tenant, args, { stdin: input });
        assertEquals([code, stdout], [2, ""], `${JSON.stringify(input)} ${stderr}`);
        assertMatch(stderr, says);
      }
    }
  }
  assertEquals([graphRequests(tenant), await exists(`${folder}/run.ndjson`)], [[], false]);
}));

Deno.test(tenantFileTest("--what-if checks a whole list and changes nothing", async (tenant, folder) => {
  const path = await writeUsers(folder, 100);
  const result = await runAsApp(tenant, ["user", "--from", path, "--what-if"]);
  assertEquals([result.code, new Set(result.records().map(({ outcome }) => outcome))], [
    0,
    new Set(["planned"]),
  ]);
  assertEquals(tenant.requests.filter(({ batchItem, method }) => batchItem && method !== "GET"), []);
  assertMatch(result.stderr, /^100 planned in .*nothing was changed/);
}, USERS));

Deno.test(tenantFileTest("what was counted for the question is what is removed", async (tenant, folder) => {
  const path = `${folder}/list`;
  for (const [list, more] of [["user00001@contoso.com\nuser00002@contoso.com", "x\n"], [userList(2), ""]]) {
    await Deno.writeTextFile(path, list!);
    const { code, screen, records } = await runAsApp(tenant, ["user", "--from", path], {
      async answer() {
        await Deno.writeTextFile(path, more + userList(100), { append: true });
        return "y";
      },
    });
    assertStringIncludes(screen, "Remove the photos of 2 users");
    assertEquals(records().map(({ id }) => id), ["user00001@contoso.com", "user00002@contoso.com"]);
    assertEquals(code, 0);
  }
}, USERS));

Deno.test(
  tenantFileTest("the question names the column and its first id, or else the summary", async (tenant) => {
    const stdin = "Number,user_Id,Leaver\n1,grady@contoso.com,alex@contoso.com\n";
    const asked: string[] = [];
    const answer = (question: string) => {
      asked.push(question);
      return "y";
    };
    const { stderr } = await runAsApp(tenant, ["user", "-"], { stdin, answer });
    assertMatch(stderr, /1 removed in/);
    assertNotMatch(stderr.slice(stderr.indexOf("1 removed")), /Column/);
    tenant.directory.setPhoto("grady@contoso.com", tenant.directory.photo("adele@contoso.com")!.bytes);
    assertMatch(
      asked.join(),
      /^Column "user_Id" \(first: grady@contoso\.com\)\nRemove the photos of 1 user in/,
    );
    for (const option of ["--what-if", "--yes"]) {
      const { stderr } = await runAsApp(tenant, ["user", "-", option], { stdin });
      assertMatch(stderr, /\n {2}Column "user_Id" \(first: grady@contoso\.com\)\n/);
    }
  }),
);

/** Command lines in which a file is both read and written. */
const ONE_FILE: readonly (readonly [args: string[], says: RegExp])[] = [
  [["--from", "run.ndjson", "--resume", "run.ndjson"], /both the input and the report/],
  [["--from", "run.ndjson", "--report", "./x/../run.ndjson"], /both the input and the report/],
  [["--from", "run.ndjson", "--report", "link.ndjson"], /both the input and the report/],
  [["--from", "run.ndjson", "--report", "hard.ndjson"], /both the input and the report/],
  [["--from", "run.ndjson", "--report", "new.ndjson", "--resume", "link.ndjson"], /the input and the report/],
  [["--from", "d/manifest.ndjson", "--backup", "d"], /both the input and the manifest/],
  [["--from", "d/manifest.ndjson", "--backup", "folder"], /both the input and the manifest/],
  [["--from", "list", "--backup", "e", "--report", "e/manifest.ndjson"], /both the report and the manifest/],
  [
    ["--from", "list", "--backup", "e", "--report", "elsewhere/manifest.ndjson"],
    /the report and the manifest/,
  ],
];

Deno.test(tenantFileTest(
  "the input, the report and the manifest of a backup are different files",
  async (tenant, folder) => {
    const list = `${JSON.stringify({ id: "alex@contoso.com" })}\n`;
    for (const name of ["x", "d", "e"]) await Deno.mkdir(`${folder}/${name}`);
    for (const name of ["run.ndjson", "list", "d/manifest.ndjson"]) {
      await Deno.writeTextFile(`${folder}/${name}`, list);
    }
    await Deno.link(`${folder}/run.ndjson`, `${folder}/hard.ndjson`);
    for (const [to, from] of [["run.ndjson", "link.ndjson"], ["d", "folder"], ["e", "elsewhere"]]) {
      await Deno.symlink(`${folder}/${to}`, `${folder}/${from}`);
    }
    for (const [words, says] of ONE_FILE) {
      const args = words.map((word) => word.startsWith("--") ? word : `${folder}/${word}`);
      const { code, stderr } = await runAsApp(tenant, ["user", ...args, "--yes"]);
      assertEquals(code, 2, `${words.join(" ")}: ${stderr}`);
      assertMatch(stderr, says);
    }
    assertEquals(await Deno.readTextFile(`${folder}/run.ndjson`), list);
    assertEquals([graphRequests(tenant), await exists(`${folder}/new.ndjson`)], [[], false]);
    const record = { target: "user", id: "alex@contoso.com", outcome: "failed" };
    await Deno.writeTextFile(`${folder}/run.ndjson`, `${JSON.stringify(record)}\n`);
    const args = [
      "--from",
      `${folder}/list`,
      "--report",
      `${folder}/run.ndjson`,
      "--resume",
      `${folder}/link.ndjson`,
    ];
    assertEquals((await runAsApp(tenant, ["user", ...args, "--yes"])).code, 0, "a report may be resumed");
  },
));

Deno.test(tenantFileTest("the first photo is removed before the last line is read", async (tenant) => {
  const sent = nextRequest(tenant);
  const stdin = async function* () {
    yield new TextEncoder().encode("diego@contoso.com\ngrady@contoso.com\n");
    await sent;
    yield new TextEncoder().encode(`${IDS[0]}\n`);
  };
  const { code, records } = await runAsApp(tenant, ["user", "-", "--yes"], { stdin: stdin() });
  assertEquals([code, records().length], [0, 3]);
}));

Deno.test(tenantFileTest("the summary groups failures by code, with a hint for each", async (tenant) => {
  tenant.fault({
    kind: "status",
    on: "item",
    status: 403,
    code: "ErrorAccessDenied",
    match: { path: "/user00001@" },
  });
  const stdin = userList(20) + "nobody1@contoso.com\nnobody2@contoso.com\na/b\nlee@contoso.com\n";
  const { code, stderr } = await runAsApp(tenant, ["user", "-", "--yes"], { stdin });
  assertEquals(code, 1);
  assertMatch(stderr, /19 removed/);
  assertMatch(stderr, /4 failed/);
  assertMatch(stderr, /1 absent/);
  assertMatch(stderr, /\n {2}2 × TargetNotFound: .*spelling/);
  assertMatch(stderr, /\n {2}1 × AccessDenied: /);
  assertMatch(stderr, /\n {2}1 × InvalidTarget: line 23: /);
  assertMatch(stderr, /\nTo go on: run the same command again; photos/);
  const quiet = await runAsApp(tenant, ["user", "-", "--yes", "--quiet"], { stdin });
  assertEquals(quiet.stderr, "");
}, USERS));

Deno.test(tenantFileTest("--verify records what is seen after each removal", async (tenant) => {
  tenant.fault({
    kind: "body",
    on: "item",
    body: '{"id":"48X48"}',
    match: ({ method, url }) => method === "GET" && url.includes("user00003"),
  });
  const result = await runAsApp(tenant, ["user", "-", "--yes", "--verify"], { stdin: userList(5) });
  const seen = result.records().map(({ id, verified }) => [id, verified]).sort();
  assertEquals(seen.map(([, verified]) => verified), [true, true, false, true, true]);
  assertEquals(result.code, 0);
  assertStringIncludes(result.stderr, "1 still shown with a photo");
  assert(
    !JSON.stringify(await runAsApp(tenant, ["user", "-", "-y"], { stdin: IDS[0] })).includes("verified"),
  );
}, USERS));

Deno.test(
  tenantFileTest("a path with backslashes is used, and shown, as it was typed", async (tenant, folder) => {
    const place = folder + (IS_WINDOWS ? "\\" : "/C:\\"); // elsewhere the beginning of a file's name
    const [list, photos, report] = [`${place}leavers.txt`, `${place}photos`, `${place}run.ndjson`];
    await Deno.writeTextFile(list, "alex@contoso.com\r\nnobody@contoso.com\r\n");
    const args = ["user", `-From:${list}`, "-Backup", photos, `--report=${report}`, "-Force"];
    const { code, stderr } = await runAsApp(tenant, args);
    assertEquals(code, 1, stderr);
    assertStringIncludes(stderr, `--resume "${report}"\n`);
    assertEquals((await jsonLines(report)).length, 2);
    assertEquals((await jsonLines(`${photos}/manifest.ndjson`)).length, 1);
  }),
);

const MISSING_PATH = "D:\\no\\x";
const MISSING_FILES = [
  ["user", "--from", MISSING_PATH],
  ["restore", MISSING_PATH],
  ...["--resume", "--certificate", "--token-file"].map((
    option,
  ) => ["user", "alex@contoso.com", option, MISSING_PATH]),
];

Deno.test(tenantFileTest("a file that does not exist is named as it was typed", async (tenant) => {
  for (const args of MISSING_FILES) {
    const { stderr } = await runAsApp(tenant, args, { env: { AZURE_CLIENT_SECRET: "" } });
    assertStringIncludes(stderr, `"${MISSING_PATH}"`, args.join(" "));
  }
}));

/** Ids that lost a letter on their way: how, the bytes that arrive, and what is said of them. */
const LOST: readonly (readonly [how: string, bytes: readonly number[], says: string])[] = [
  ["as Windows PowerShell pipes it without $OutputEncoding", [0x6d, 0x3f, 0x40, 0x78], "set $OutputEncoding"],
  ["in a file that is neither UTF-8 nor UTF-16", [0x6d, 0xfc, 0x40, 0x78], "save the file as UTF-8"],
];

for (const [how, bytes, says] of LOST) {
  Deno.test(tenantFileTest(`an id that lost a letter ${how} is not sent`, async (tenant) => {
    const stdin = new Uint8Array([...bytes, ...new TextEncoder().encode("\r\nalex@contoso.com\r\n")]);
    const { code, records } = await runAsApp(tenant, ["user", "-", "--yes"], { stdin });
    const [lost, removed] = records();
    assertEquals([lost!.code, removed!.outcome, code], ["InvalidTarget", "removed", 1]);
    assertStringIncludes(String(lost!.message), "line 1: ");
    assertStringIncludes(String(lost!.message), says);
  }));
}
