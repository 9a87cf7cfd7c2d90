import { assert, assertEquals, assertMatch, assertStringIncludes } from "../deps/assert.ts";
import { bulkCliTest, runBulk, startBulk, userList, writeUsers } from "./bulk_support.ts";
import { graphRequests, mapConcurrently, outcomes } from "./support.ts";

const IDS = ["alex@contoso.com", "pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com", "lee@contoso.com"];
const OUTCOMES = { [IDS[0]!]: "removed", [IDS[1]!]: "removed", [IDS[2]!]: "absent" };

/** One list in each format. */
const FORMATS: Readonly<Record<string, string>> = {
  "lines": `# leavers\r\n${IDS.join("\r\n")}\r\n`,
  "CSV": `displayName,userPrincipalName\n${IDS.map((id) => `"A, B",${id}`).join("\n")}\n`,
  "JSON": JSON.stringify(IDS.map((id) => ({ userPrincipalName: id })), null, 2),
  "NDJSON": IDS.map((id) => JSON.stringify({ Mail: id })).join("\n"),
};

bulkCliTest("user - and --from FILE take each format", {}, async (tenant, folder) => {
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
      const result = await runBulk(tenant, [...args, "--yes"], { stdin });
      assertEquals(outcomes(result), OUTCOMES, `${format}: ${args.join(" ")} ${result.stderr}`);
      assertEquals(result.code, 0);
    }
  }
});

bulkCliTest("group --from takes groups", {}, async (tenant, folder) => {
  const [marketing, retail, operations] = tenant.directory.groups.map(({ id }) => id);
  await Deno.writeTextFile(
    `${folder}/g.csv`,
    `name;GroupId\na;${marketing}\nb;${retail}\nc;${operations}\nd;x\n`,
  );
  const result = await runBulk(tenant, ["group", "--from", `${folder}/g.csv`, "-y"]);
  assertEquals(outcomes(result), {
    [marketing!]: "removed",
    [retail!]: "removed",
    [operations!]: "absent",
    x: "failed",
  });
  assertEquals(result.code, 1);
});

bulkCliTest(
  "a bad row fails with its line number, and the others are removed",
  {},
  async (tenant, folder) => {
    const path = `${folder}/users.csv`;
    await Deno.writeTextFile(path, `id,x\n${IDS[0]},1\n,2\na/b,3\n"${IDS[1]}",4\n`);
    const result = await runBulk(tenant, ["user", "--from", path, "--yes"]);
    assertEquals(result.code, 1);
    const failed = result.records().filter(({ outcome }) => outcome === "failed");
    assertEquals(failed.map(({ code }) => code), ["InvalidTarget", "InvalidTarget"]);
    assertEquals(failed.map(({ message }) => /^line \d+/.exec(String(message))![0]).sort(), [
      "line 3",
      "line 4",
    ]);
    assertEquals(outcomes(result)[IDS[1]!], "removed");
  },
);

bulkCliTest("--column picks the column, or is refused where it cannot", {}, async (tenant, folder) => {
  const path = `${folder}/users.csv`;
  await Deno.writeTextFile(path, `id,Manager\nnobody@contoso.com,${IDS[0]}\n`);
  const result = await runBulk(tenant, ["user", "--from", path, "--column", "manager", "--yes"]);
  assertEquals(outcomes(result), { [IDS[0]!]: "removed" });
});

/** Command lines that cannot be done, with what is said. */
const REFUSED:
  readonly (readonly [args: (folder: string) => string[], stdin: string | undefined, said: RegExp])[] = [
    [(folder) => ["user", "--from", `${folder}/no.csv`, "--yes"], undefined, /no\.csv.*not exist/],
    [(folder) => ["user", "--from", folder, "--yes"], undefined, /Cannot read the targets/],
    [(folder) => ["user", "--from", `${folder}/users.csv`, "--yes"], undefined, /no column id.*department/],
    [
      (folder) => ["user", "--from", `${folder}/users.csv`, "--column", "x", "--yes"],
      undefined,
      /no column x/,
    ],
    [() => ["user", "-", "--yes"], '[{"x":1}]', /no property id/],
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

bulkCliTest("input that cannot be used is exit 2, with nothing sent", {}, async (tenant, folder) => {
  await Deno.writeTextFile(`${folder}/users.csv`, "name,department\nx,y\n");
  const results = await mapConcurrently(REFUSED, ([args, stdin]) => runBulk(tenant, args(folder), { stdin }));
  results.forEach(({ code, stdout, stderr }, at) => {
    assertEquals([code, stdout], [2, ""], `${REFUSED[at]![0](folder).join(" ")}: ${stderr}`);
    assertMatch(stderr, REFUSED[at]![2]);
  });
  assertEquals(graphRequests(tenant), []);
});

bulkCliTest("input may be empty, and then there is nothing to do", {}, async (tenant) => {
  for (const stdin of ["", "\n# nobody\n", "[]", "id\n"]) {
    const { code, stdout } = await runBulk(tenant, ["user", "-", "--yes"], { stdin });
    assertEquals([code, stdout], [0, ""]);
  }
  assertEquals(graphRequests(tenant), []);
});

bulkCliTest("--what-if looks at many and changes nothing", {}, async (tenant, folder) => {
  const path = await writeUsers(folder, 100);
  const result = await runBulk(tenant, ["user", "--from", path, "--what-if"]);
  assertEquals([result.code, new Set(result.records().map(({ outcome }) => outcome))], [
    0,
    new Set(["planned"]),
  ]);
  assertEquals(tenant.requests.filter(({ batchItem, method }) => batchItem && method !== "GET"), []);
  assertMatch(result.stderr, /^100 planned in .*nothing was changed/);
});

bulkCliTest("the first photo is removed before the last line is read", {}, async (tenant) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const match = () => {
    resolve();
    return false;
  };
  tenant.fault({ kind: "stall", match });
  const child = startBulk(tenant, ["user", "-", "--yes"], { stdin: "" });
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(userList(5)));
  await promise;
  await writer.write(new TextEncoder().encode(`${IDS[0]}\n`));
  await writer.close();
  const { code, stdout } = await child.output();
  assertEquals([code, new TextDecoder().decode(stdout).trim().split("\n").length], [0, 6]);
});

bulkCliTest("the summary groups failures by code, with a hint for each", {}, async (tenant) => {
  tenant.fault({
    kind: "status",
    on: "item",
    status: 403,
    code: "ErrorAccessDenied",
    match: { path: "/user00001@" },
  });
  const stdin = userList(20) + "nobody1@contoso.com\nnobody2@contoso.com\na/b\nlee@contoso.com\n";
  const { code, stderr } = await runBulk(tenant, ["user", "-", "--yes"], { stdin });
  assertEquals(code, 1);
  assertMatch(stderr, /19 removed/);
  assertMatch(stderr, /4 failed/);
  assertMatch(stderr, /1 absent/);
  assertMatch(stderr, /\n {2}2 × TargetNotFound: .*spelling/);
  assertMatch(stderr, /\n {2}1 × AccessDenied: /);
  assertMatch(stderr, /\n {2}1 × InvalidTarget/);
  const quiet = await runBulk(tenant, ["user", "-", "--yes", "--quiet"], { stdin });
  assertEquals(quiet.stderr, "");
});

bulkCliTest("--verify says of each removal what is seen afterwards", {}, async (tenant) => {
  tenant.fault({
    kind: "body",
    on: "item",
    body: '{"id":"48X48"}',
    match: ({ method, url }) => method === "GET" && url.includes("user00003"),
  });
  const result = await runBulk(tenant, ["user", "-", "--yes", "--verify"], { stdin: userList(5) });
  const seen = result.records().map(({ id, verified }) => [id, verified]).sort();
  assertEquals(seen.map(([, verified]) => verified), [true, true, false, true, true]);
  assertEquals(result.code, 0);
  assertStringIncludes(result.stderr, "1 still shown with a photo");
  assert(!JSON.stringify(await runBulk(tenant, ["user", "-", "-y"], { stdin: IDS[0] })).includes("verified"));
});
