import { type Emulator, startEmulator } from "../../lib/emulator/mod.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../deps/assert.ts";
import { UNDER_TEST } from "../support/run_cli.ts";
import { inTemporaryFolder } from "../support/temporary.ts";
import { NO_TERMINAL, startInTerminal, type Terminal } from "../support/terminal.ts";
import { bulkCliTest, PERMISSIONS, runBulk, writeUsers } from "./bulk_support.ts";
import { bySecret, graphRequests, mapConcurrently, RUN } from "./support.ts";

const IDS = ["alex@contoso.com", "diego@contoso.com", "grady@contoso.com"];
const LIST = IDS.join("\n");

/** Command lines that would ask, where nobody can be asked. */
const UNASKABLE: readonly (readonly [args: string[], stdin: string | undefined])[] = [
  [["user", "-"], LIST],
  [["user", "--from", "-"], LIST],
  [["user", "-", "--confirm"], LIST],
  [["user", "--from", "users.txt"], undefined],
  [["user", "--from", "users.txt", "--confirm"], undefined],
  [["user", "--from", "users.txt", "-WhatIf:$false"], undefined],
  [["restore", "photos"], undefined],
];

bulkCliTest(
  "without a terminal, a list needs --yes or --what-if: else exit 2, with nothing sent",
  {},
  async (tenant, folder) => {
    await writeUsers(folder, 3);
    const backup = await runBulk(tenant, ["user", "henrietta@contoso.com", "--backup", `${folder}/photos`]);
    assertEquals(backup.code, 0, backup.stderr);
    const sent = tenant.requests.length;
    const results = await mapConcurrently(
      UNASKABLE,
      ([args, stdin]) => runBulk(tenant, args, { stdin, cwd: folder }),
    );
    results.forEach(({ code, stdout, stderr }, at) => {
      assertEquals([code, stdout], [2, ""], UNASKABLE[at]![0].join(" "));
      assertMatch(stderr, /--yes/);
      assertMatch(stderr, /--what-if/);
    });
    assertEquals(graphRequests(tenant).length, sent - 1, "only sign-in was asked before");
    for (const [args, stdin] of UNASKABLE.filter(([args]) => !args.includes("--confirm"))) {
      const { code, stderr } = await runBulk(tenant, [...args, "--what-if"], { stdin, cwd: folder });
      assertEquals(code, 0, stderr);
    }
  },
);

bulkCliTest("ids that are named are not asked about", {}, async (tenant) => {
  const { code } = await runBulk(tenant, ["user", ...IDS]);
  assertEquals([code, IDS.map((id) => tenant.directory.hasPhoto(id))], [0, [false, false, false]]);
});

if (NO_TERMINAL) console.warn(`The tests of the terminal are skipped: ${NO_TERMINAL}.`);

function terminalTest(name: string, run: (tenant: Emulator, folder: string) => Promise<void>): void {
  Deno.test({
    name,
    permissions: { ...RUN, read: true, write: true },
    ignore: NO_TERMINAL !== undefined,
    sanitizeOps: true,
    sanitizeResources: true,
    fn: () =>
      inTemporaryFolder(async (folder) => {
        await Deno.writeTextFile(`${folder}/list`, LIST);
        await using tenant = await startEmulator();
        await run(tenant, folder);
      }),
  });
}

const WRAPPER = new URL("../support/with_piped_input.ts", import.meta.url).href;

/** How a list reaches the command that is run in a terminal. */
const WAYS: Readonly<Record<string, (tenant: Emulator, folder: string, options?: string[]) => Terminal>> = {
  "a file": (tenant, folder, options = []) =>
    startInTerminal(["user", "--from", `${folder}/list`, ...options], { env: bySecret(tenant) }),
  "a pipe": (tenant, folder, options = []) =>
    startInTerminal([`${folder}/list`, "user", "-", ...options], {
      env: { ...bySecret(tenant), ...(UNDER_TEST ? { COMMAND_UNDER_TEST: UNDER_TEST } : {}) },
      script: WRAPPER,
      permissions: ["--allow-all"],
    }),
};

/** Answers to the one question, whether the photos remain then, and the exit code. */
const ANSWERS: readonly (readonly [keys: string, left: boolean, code: number])[] = [
  ["y\n", false, 0],
  ["YES\n", false, 0],
  ["n\n", true, 1],
  ["\n", true, 1],
  ["q\n", true, 1],
  ["\x04", true, 1],
];

for (const [way, start] of Object.entries(WAYS)) {
  for (const [keys, left, code] of ANSWERS) {
    terminalTest(
      `a list from ${way} is asked about once, with its number and tenant: ${JSON.stringify(keys)}`,
      async (tenant, folder) => {
        const terminal = start(tenant, folder);
        await terminal.see(`Remove the photos of 3 users in tenant ${tenant.tenantId}?`);
        await terminal.see("[y] yes  [n] no (default): ");
        assertEquals(graphRequests(tenant), []);
        await terminal.type(keys);
        const end = await terminal.end();
        assertEquals([end.code, IDS.map((id) => tenant.directory.hasPhoto(id))], [code, [left, left, left]]);
        assertEquals(end.screen.match(/Remove the photo/g)!.length, 1);
        if (left) assertStringIncludes(end.screen, "Nothing was removed.");
        assertEquals(graphRequests(tenant).length > 0, !left);
      },
    );
  }

  terminalTest(`a list from ${way} is not asked about with --yes or --what-if`, async (tenant, folder) => {
    for (const option of ["--what-if", "--yes"]) {
      const { code, screen } = await start(tenant, folder, [option]).end();
      assertEquals([code, screen.includes("[y] yes")], [0, false]);
    }
    assertEquals(IDS.map((id) => tenant.directory.hasPhoto(id)), [false, false, false]);
  });

  terminalTest(`a list from ${way} is asked about one by one with --confirm`, async (tenant, folder) => {
    const terminal = start(tenant, folder, ["--confirm"]);
    for (const [at, key] of ["y\n", "n\n", "y\n"].entries()) {
      await terminal.see(`Remove the photo of user ${IDS[at]}?`);
      await terminal.type(key);
    }
    const { code } = await terminal.end();
    assertEquals([code, IDS.map((id) => tenant.directory.hasPhoto(id))], [0, [false, true, false]]);
  });
}

terminalTest("--resume asks for what is left, and not at all for nothing", async (tenant, folder) => {
  const report = `${folder}/run.ndjson`;
  await runBulk(tenant, ["user", IDS[0]!, "--report", report]);
  const list = ["user", "--from", `${folder}/list`, "--resume", report];
  const start = () => startInTerminal(list, { env: bySecret(tenant), permissions: PERMISSIONS });
  const terminal = start();
  await terminal.see(
    `Remove the photos of 2 users in tenant ${tenant.tenantId}? (1 is already done, according to the report)`,
  );
  await terminal.type("y\n");
  assertEquals((await terminal.end()).code, 0);
  assertEquals(IDS.map((id) => tenant.directory.hasPhoto(id)), [false, false, false]);

  const { code, screen } = await start().end();
  assertEquals([code, screen.includes("[y] yes"), screen.includes("3 already done")], [0, false, true]);
});

terminalTest("a terminal shows how far a long run is, and the line is gone in the end", async (_, folder) => {
  await using slow = await startEmulator({ latency: 700 });
  const terminal = WAYS["a file"]!(slow, folder, ["--yes", "--concurrency", "1", "--batch-size", "1"]);
  await terminal.see("1 of 3");
  const { screen } = await terminal.end();
  // deno-lint-ignore no-control-regex
  assertMatch(screen, /\r\x1b\[K1 of 3, [\d.]+\/s, [\d.]+ s left/);
  assertMatch(screen, /3 removed in/);
});
