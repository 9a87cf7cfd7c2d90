import type { Emulator } from "../../lib/emulator/mod.ts";
import { assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "../deps/assert.ts";
import { graphRequests } from "../support/command.ts";
import { emulatorTest } from "../support/emulated.ts";
import { type HostOptions, runAsApp } from "../support/run_in_process.ts";
import { tenantFileTest } from "../support/temporary.ts";
import { userList } from "../support/users.ts";

const IDS = ["alex@contoso.com", "diego@contoso.com", "grady@contoso.com"];
const LIST = IDS.join("\n");
const EACH = "\n[y] yes  [a] all  [n] no (default)  [l] none  [q] quit  [?] help: ";
const LETTERS = "y, a, n (default), l, q or ?: ";
const ONCE = "\n[y] yes  [n] no (default)  [?] help: ";

/** The photos that are there, as in "1 - 3". */
const photosLeft = ({ directory }: Emulator) =>
  IDS.map((id, at) => directory.hasPhoto(id) ? `${at + 1}` : "-").join(" ");

/** Gives answers one after the other, and keeps the questions. */
function answering(answers: readonly (string | null)[]) {
  const questions: string[] = [];
  const answer = (question: string) => {
    questions.push(question);
    return answers[questions.length - 1] ?? null;
  };
  return { questions, answer };
}

/** Command lines that would ask, if there was a terminal. */
const WOULD_ASK: readonly (readonly [args: string[], stdin?: string])[] = [
  [["user", "-"], LIST],
  [["user", "--from", "-"], LIST],
  [["user", "-", "--confirm"], LIST],
  [["user", ...IDS, "--confirm"]],
  [["user", "--from", "list.txt"]],
  [["user", "--from", "list.txt", "--confirm"]],
  [["user", "--from", "list.txt", "-WhatIf:$false"]],
  [["restore", "photos"]],
];

Deno.test(
  emulatorTest("neither a token nor a header can change what the question looks like", async (tenant) => {
    const tid = "\r\n\x1b[1A\x1b[2KRemove the photos of 1 user?\x1b]52;c;eA==\x07\u202e";
    const base64 = (value: unknown) =>
      new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url" });
    const token = `${base64({ alg: "none" })}.${
      base64({ tid, aud: "https://graph.microsoft.com", idtyp: "app" })
    }.x`;
    const { questions, answer } = answering(["n"]);
    const stdin = `"id\u202e\x1b[1A",userPrincipalName\n1,alex@contoso.com\n`;
    const env = { GRAPH_ACCESS_TOKEN: token, AZURE_CLIENT_SECRET: "" };
    const { code, stderr } = await runAsApp(tenant, ["user", "-"], { stdin, answer, env });
    assertEquals([code, questions.length], [1, 1], stderr);
    assertMatch(
      questions[0]!,
      /^Column "userPrincipalName" .*\nRemove the photos of 1 user in tenant .*\n\[y\]/,
    );
    // deno-lint-ignore no-control-regex
    assertNotMatch(questions[0]!.replaceAll("\n", ""), /[\x00-\x1f\x7f-\x9f\u202a-\u202e]/);
    assertEquals(questions[0]!.split("\n").length, 3);
  }),
);

Deno.test(tenantFileTest(
  "without a terminal, a command that would ask exits 2, unless --what-if is given",
  async (tenant, folder) => {
    await Deno.writeTextFile(`${folder}/list.txt`, LIST);
    const photos = `${folder}/photos`;
    const backup = await runAsApp(tenant, ["user", "henrietta@contoso.com", "--backup", photos]);
    assertEquals(backup.code, 0, backup.stderr);
    const sent = graphRequests(tenant).length;
    const lines = WOULD_ASK.map(([args, stdin]) =>
      [args.map((word) => /^(list|photos)/.test(word) ? `${folder}/${word}` : word), { stdin }] as const
    );
    for (const [args, options] of lines) {
      const { code, stdout, stderr } = await runAsApp(tenant, args, options);
      assertEquals([code, stdout], [2, ""], args.join(" "));
      assertMatch(stderr, /^error: Cannot ask for confirmation: there is no terminal\n.*--yes.*--what-if/);
    }
    assertEquals(graphRequests(tenant).length, sent);
    for (const [args, options] of lines) {
      const { code, stderr } = await runAsApp(tenant, [...args, "--what-if"], options);
      assertEquals(code, 0, stderr);
    }
  },
));

/** The answers to each question in turn, which photos remain, and the exit code. */
const ANSWERS: readonly (readonly [name: string, answers: (string | null)[], left: string, code: number])[] =
  [
    ["yes", ["y", "Y", " yes "], "- - -", 0],
    ["no", ["n", "N", "no"], "1 2 3", 0],
    ["yes to all", ["a"], "- - -", 0],
    ["no, then yes to all", ["n", "A"], "1 - -", 0],
    ["no to all", ["l"], "1 2 3", 0],
    ["yes, then no to all", ["y", "L"], "- 2 3", 0],
    ["quit", ["q"], "1 2 3", 1],
    ["yes, then quit", ["y", "quit"], "- 2 3", 1],
    ["Enter alone, which is no", ["", "", ""], "1 2 3", 0],
    ["end of input", [null], "1 2 3", 1],
    ["yes, then the end of input", ["y", null], "- 2 3", 1],
    ["an invalid answer, which is asked for again", ["maybe", "yn", "constructor", "y", "l"], "- 2 3", 0],
  ];

for (const [name, answers, left, code] of ANSWERS) {
  Deno.test(emulatorTest(`--confirm asks before each target: ${name}`, async (tenant) => {
    const { questions, answer } = answering(answers);
    const result = await runAsApp(tenant, ["user", ...IDS, "--confirm"], { answer });
    assertEquals([result.code, photosLeft(tenant)], [code, left], result.stderr);
    assertEquals(questions.length, answers.length);
    assertEquals(questions[0], `Remove the photo of user ${IDS[0]}? (1 of 3)${EACH}`);
    assertEquals(graphRequests(tenant).length, left.split("-").length - 1);
    const notBegun = code === 0 ? undefined : String(IDS.length - left.split("-").length + 1);
    assertEquals([/(\d) w\w+ not begun/.exec(result.stderr)?.[1], /notAttempted/.test(result.stdout)], [
      notBegun,
      false,
    ]);
  }));
}

Deno.test(emulatorTest("with --confirm, each record is shown before the next question", async (tenant) => {
  const { screen } = await runAsApp(tenant, ["user", ...IDS, "--confirm"], { answer: () => "y" });
  assertEquals(
    screen.match(/(?<=photo of user )\S+(?=\?)|removed(?=")/g),
    IDS.flatMap((id) => [id, "removed"]),
  );
}));

/** The ways in which a list reaches the command. */
const WAYS: Readonly<Record<string, (folder: string) => readonly [args: string[], options: HostOptions]>> = {
  "a file": (folder) => [["user", "--from", `${folder}/list.txt`], {}],
  "a pipe": () => [["user", "-"], { stdin: LIST }],
};

/** The answer to the question for all, which photos remain, and the exit code. */
const ANSWERS_FOR_ALL: readonly (readonly [answer: string | null, left: string, code: number])[] = [
  ["y", "- - -", 0],
  ["YES", "- - -", 0],
  ["n", "1 2 3", 1],
  ["", "1 2 3", 1],
  ["q", "1 2 3", 1],
  [null, "1 2 3", 1],
];

for (const [way, lineOf] of Object.entries(WAYS)) {
  for (const [given, left, code] of ANSWERS_FOR_ALL) {
    Deno.test(tenantFileTest(
      `a list from ${way} is asked about once, with its number and tenant: ${JSON.stringify(given)}`,
      async (tenant, folder) => {
        await Deno.writeTextFile(`${folder}/list.txt`, LIST);
        const { questions, answer } = answering([given]);
        const [args, options] = lineOf(folder);
        const result = await runAsApp(tenant, args, { ...options, answer });
        assertEquals(questions, [`Remove the photos of 3 users in tenant ${tenant.tenantId}?${ONCE}`]);
        assertEquals([result.code, photosLeft(tenant)], [code, left]);
        assertEquals(result.stderr.includes("Nothing was removed."), code === 1);
        assertEquals(graphRequests(tenant).length > 0, code === 0);
      },
    ));
  }

  Deno.test(
    tenantFileTest(
      `a list from ${way} is not asked about with --yes or --what-if`,
      async (tenant, folder) => {
        await Deno.writeTextFile(`${folder}/list.txt`, LIST);
        const [args, options] = lineOf(folder);
        for (const option of ["--what-if", "--yes"]) {
          const { questions, answer } = answering([]);
          const { code } = await runAsApp(tenant, [...args, option], { ...options, answer });
          assertEquals([code, questions], [0, []]);
        }
        assertEquals(photosLeft(tenant), "- - -");
      },
    ),
  );

  Deno.test(
    tenantFileTest(`a list from ${way} is asked about one by one with --confirm`, async (tenant, folder) => {
      await Deno.writeTextFile(`${folder}/list.txt`, LIST);
      const { questions, answer } = answering(["y", "n", "y"]);
      const [args, options] = lineOf(folder);
      const { code } = await runAsApp(tenant, [...args, "--confirm"], { ...options, answer });
      assertEquals([code, photosLeft(tenant)], [0, "- 2 -"]);
      assertEquals(questions, IDS.map((id, at) => `Remove the photo of user ${id}? (${at + 1} of 3)${EACH}`));
    }),
  );
}

Deno.test(emulatorTest("? says what each answer does, and asks again", async (tenant) => {
  for (const [args, does] of [[["user", ...IDS, "--confirm"], 5], [["user", "-"], 2]] as const) {
    const { questions, answer } = answering(["?", "n", "q"]);
    const { stderr } = await runAsApp(tenant, args, { answer, stdin: LIST });
    assertEquals(questions[0], questions[1]);
    assertEquals(stderr.match(/^ {2}[yanlq] {2}\S.*$/gm)?.length, does, stderr);
  }
  assertEquals(photosLeft(tenant), "1 2 3");
}));

Deno.test(
  emulatorTest(
    "each answer is followed by a new line, and a narrow terminal has letters alone",
    async (tenant) => {
      const { questions, answer } = answering(["n", null]);
      const args = ["user", ...IDS, "--confirm"];
      const { screen } = await runAsApp(tenant, args, { answer, isTerminal: true, columns: 40 });
      const fresh = `${" ".repeat(39)}\r`; // goes to the next line, unless the terminal is at the start of one
      assertEquals(questions.map((question) => question.split("\n").at(-1)), Array(2).fill(LETTERS));
      assertStringIncludes(screen, `${LETTERS}${fresh}\x1b[2mdeclined`);
      assertStringIncludes(screen, `${LETTERS}${fresh}1 declined`);
    },
  ),
);

Deno.test(
  emulatorTest(
    "from the keyboard, all ids are read before anything is asked, and it is said so",
    async (tenant) => {
      const { questions, answer } = answering(["n"]);
      const { stderr } = await runAsApp(tenant, ["user", "-"], {
        stdin: userList(1001),
        answer,
        isTerminal: true,
      });
      assertMatch(stderr, /^Reading ids, one per line, from the keyboard; Ctrl-(D ends|Z and Enter end)\.\n/);
      assertStringIncludes(questions[0]!, "the photos of 1,001 users in");
      const token = await tenant.issueToken();
      const args = ["user", IDS[0]!, "--token-file", "-"];
      const run = await runAsApp(tenant, args, { stdin: token, isTerminal: true });
      assertMatch(run.stderr, /^Reading the token from the keyboard; Ctrl-.*\n\n1 removed/);
    },
  ),
);

Deno.test(emulatorTest("named targets are not asked about", async (tenant) => {
  const { questions, answer } = answering([]);
  const { code } = await runAsApp(tenant, ["user", ...IDS], { answer });
  assertEquals([code, photosLeft(tenant), questions], [0, "- - -", []]);
}));

Deno.test(emulatorTest("--what-if never asks", async (tenant) => {
  const { questions, answer } = answering([]);
  const { code } = await runAsApp(tenant, ["user", ...IDS, "--confirm", "--what-if"], { answer });
  assertEquals([code, questions], [0, []]);
}));

Deno.test(
  emulatorTest("the question about a long pipe says how many targets it has at least", async (tenant) => {
    const { questions, answer } = answering(["n"]);
    await runAsApp(tenant, ["user", "-"], { stdin: userList(1001), answer });
    const users = "at least 1,000 users (the input continues)";
    assertEquals(questions, [`Remove the photos of ${users} in tenant ${tenant.tenantId}?${ONCE}`]);
  }),
);

Deno.test(tenantFileTest("restore asks once for all, and not for the ids given", async (tenant, folder) => {
  const photos = `${folder}/photos`;
  await runAsApp(tenant, ["user", ...IDS, "--backup", photos]);
  const no = answering(["n"]);
  const declined = await runAsApp(tenant, ["restore", photos], no);
  assertEquals([declined.code, photosLeft(tenant)], [1, "- - -"]);
  assertEquals(no.questions, [`Restore the photos of 3 targets through ${tenant.url}?${ONCE}`]);
  const yes = answering(["y"]);
  assertEquals((await runAsApp(tenant, ["restore", photos, IDS[0]!], yes)).code, 0);
  assertEquals([yes.questions, photosLeft(tenant)], [[], "1 - -"]);
  const each = answering(["a"]);
  assertEquals((await runAsApp(tenant, ["restore", photos, "--confirm"], each)).code, 0);
  assertMatch(each.questions.join(), /^Restore the photo of user \S+\? \(1 of 3\)\n\[y\] yes {2}\[a\][^,]*$/);
  assertEquals(photosLeft(tenant), "1 2 3");
}));

Deno.test(tenantFileTest(
  "--resume asks about what is left, and not at all if nothing is left",
  async (tenant, folder) => {
    const [list, report] = [`${folder}/list.txt`, `${folder}/run.ndjson`];
    await Deno.writeTextFile(list, LIST);
    await runAsApp(tenant, ["user", IDS[0]!, "--report", report]);
    const args = ["user", "--from", list, "--resume", report];
    const { questions, answer } = answering(["y"]);
    assertEquals((await runAsApp(tenant, args, { answer })).code, 0);
    const before = "(1 is already done, according to the report)";
    assertEquals(questions, [`Remove the photos of 2 users in tenant ${tenant.tenantId}? ${before}${ONCE}`]);
    assertEquals(photosLeft(tenant), "- - -");
    const { code, stderr } = await runAsApp(tenant, args, { answer });
    assertEquals([code, questions.length, stderr.includes("3 already done")], [0, 1, true]);
  },
));

Deno.test(emulatorTest("Ctrl-C at a question quits: nothing is removed, and it exits 130", async (tenant) => {
  const interrupted = (args: string[], stdin?: string) => {
    const stopping = new AbortController();
    const answer = () => {
      stopping.abort();
      return new Promise<null>(() => {});
    };
    return runAsApp(tenant, args, { answer, interrupt: stopping.signal, stdin });
  };
  assertMatch((await interrupted(["user", "-"], LIST)).stderr, /^Stopping: .*\nNothing was removed\.\n$/);
  const { code, stderr } = await interrupted(["user", ...IDS, "--confirm"]);
  assertEquals([code, tenant.counts.graph], [130, 0]);
  assertStringIncludes(stderr, "\n  3 were not begun\nTo go on: run the same command again; photos that are");
}));

Deno.test(emulatorTest("on a terminal the records are a table in color", async (tenant) => {
  const args = ["user", IDS[0]!, "bob@contoso.com"];
  const { code, stdout, stderr } = await runAsApp(tenant, args, { isTerminal: true });
  assertEquals(code, 1);
  // deno-lint-ignore no-control-regex
  assertMatch(stdout, /\x1b\[32mremoved *\x1b\[39m +user +alex@contoso\.com\n/);
  // deno-lint-ignore no-control-regex
  assertMatch(stdout, /\x1b\[31mfailed *\x1b\[39m +user +bob@contoso\.com\n +TargetNotFound: /);
  // deno-lint-ignore no-control-regex
  assertMatch(stderr, /1 removed, \x1b\[31m1 failed\x1b\[39m in/);
}));

/** Ways to ask for no colors, for a run that shows a table, one that fails, and one that signs in. */
const COLORLESS: readonly (readonly [args: string[], env: Record<string, string>])[] = [
  [["user", "bob@contoso.com"], { NO_COLOR: "1" }],
  [["usr"], { NO_COLOR: "1" }],
  [["doctor"], { NO_COLOR: "1" }],
  [["--help"], { NO_COLOR: "1" }],
  [["user", "bob@contoso.com", "--no-color"], {}],
  [["user", "a/b", "--no-color"], {}],
  [["usr", "-NoColor"], {}],
];

Deno.test(emulatorTest("NO_COLOR and --no-color leave no escape code anywhere", async (tenant) => {
  for (const [args, env] of COLORLESS) {
    const { screen } = await runAsApp(tenant, args, { isTerminal: true, env });
    // deno-lint-ignore no-control-regex
    assertNotMatch(screen.replaceAll("\r\x1b[K", ""), /\x1b/, args.join(" "));
  }
  // deno-lint-ignore no-control-regex
  assertMatch((await runAsApp(tenant, ["usr"], { isTerminal: true })).stderr, /^\x1b\[31merror:\x1b\[39m /);
}));

/** What a server may try on whoever reads its message in a terminal. */
const HOSTILE = "\x1b[2J\x1b]0;owned\x07\u009b31m\r\nremoved       user   alex@contoso.com\u202e\x7f\b";

Deno.test(
  emulatorTest("what a server says cannot move the cursor, change colors or fake a row", async (tenant) => {
    const body = JSON.stringify({ error: { code: `Evil${HOSTILE}`, message: HOSTILE } });
    tenant.fault({ kind: "body", status: 403, body, times: 2 });
    const args = ["user", "bob@contoso.com", "--verbose", "--no-color"];
    const { screen } = await runAsApp(tenant, args, { isTerminal: true });
    // deno-lint-ignore no-control-regex
    assertNotMatch(screen, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    assertNotMatch(screen, /^removed/m);
  }),
);

Deno.test(emulatorTest(
  "a terminal shows the progress of a long run, and the line is erased in the end",
  async (tenant) => {
    const args = ["user", ...IDS, "--concurrency", "1", "--batch-size", "1"];
    const { screen } = await runAsApp(tenant, args, { isTerminal: true });
    // deno-lint-ignore no-control-regex
    assertMatch(screen, /\r\x1b\[K1 of 3, [\d.]+\/s, [\d.]+ s left/);
    assertNotMatch(screen, /left[^\r]/);
    // deno-lint-ignore no-control-regex
    assertMatch(screen, /\r\x1b\[K3 removed in [\d.]+ s\n$/);
  },
  { latency: 300 },
));

Deno.test(
  emulatorTest("a terminal shows why a single removal waits, and nothing else does", async (tenant) => {
    tenant.fault({ kind: "status", status: 429, retryAfter: "2", times: 2 });
    const [shown, silent] = await Promise.all(
      [true, false].map((isTerminal, at) => runAsApp(tenant, ["user", IDS[at]!], { isTerminal })),
    );
    // deno-lint-ignore no-control-regex
    assertMatch(shown!.screen, /^\r\x1b\[KWaiting \d s as Graph asks\r[^]*\r\x1b\[K\x1b\[32mremoved/);
    assertMatch(silent!.stderr, /^1 removed in 2\.\d s\n$/);
  }),
);

Deno.test(emulatorTest("a dumb terminal has no progress line", async (tenant) => {
  const args = ["user", ...IDS, "--batch-size", "1", "--concurrency", "1"];
  const { screen } = await runAsApp(tenant, args, { isTerminal: true, env: { TERM: "dumb", NO_COLOR: "1" } });
  // deno-lint-ignore no-control-regex
  assertNotMatch(screen, /[\r\x1b]/);
}, { latency: 300 }));
