import { assert, assertEquals, assertMatch, assertNotMatch } from "../deps/assert.ts";
import { type Emulator, startEmulator } from "../../lib/emulator/mod.ts";
import { NO_TERMINAL, startInTerminal } from "../support/terminal.ts";
import { bySecret, graphRequests, mapConcurrently, RUN } from "./support.ts";

const IDS = ["alex@contoso.com", "diego@contoso.com", "grady@contoso.com"];
const QUESTION = "Remove the photo of user ";
// deno-lint-ignore no-control-regex
const ESCAPE = /\x1b/;

if (NO_TERMINAL) console.warn(`The tests of the terminal are skipped: ${NO_TERMINAL}.`);

function terminalTest(name: string, fn: (tenant: Emulator) => Promise<void>): void {
  Deno.test({
    name,
    permissions: RUN,
    ignore: NO_TERMINAL !== undefined,
    sanitizeOps: true,
    sanitizeResources: true,
    fn: async () => {
      await using tenant = await startEmulator();
      await fn(tenant);
    },
  });
}

/** Each answer to the questions in turn, which photos remain, and the exit code. */
const ANSWERS: readonly (readonly [name: string, keys: string[], left: string, code: number])[] = [
  ["yes", ["y\n", "Y\n", "yes\n"], "- - -", 0],
  ["no", ["n\n", "N\n", "no\n"], "1 2 3", 0],
  ["yes to all", ["a\n"], "- - -", 0],
  ["no, then yes to all", ["n\n", "A\n"], "1 - -", 0],
  ["no to all", ["l\n"], "1 2 3", 0],
  ["yes, then no to all", ["y\n", "L\n"], "- 2 3", 0],
  ["quit", ["q\n"], "1 2 3", 1],
  ["yes, then quit", ["y\n", "q\n"], "- 2 3", 1],
  ["Enter alone, which is no", ["\n", "\n", "\n"], "1 2 3", 0],
  ["end of input", ["\x04"], "1 2 3", 1],
  ["yes, then the end of input", ["y\n", "\x04"], "- 2 3", 1],
];

terminalTest("--confirm asks for each target, and removes what was agreed to", async () => {
  const results = await mapConcurrently(ANSWERS, async ([, keys]) => {
    await using tenant = await startEmulator();
    const terminal = startInTerminal(["user", ...IDS, "--confirm"], { env: bySecret(tenant) });
    for (const [at, key] of keys.entries()) {
      await terminal.see(`${QUESTION}${IDS[at]}?`);
      await terminal.see("[q] quit: ");
      await terminal.type(key);
    }
    const { code } = await terminal.end();
    const left = IDS.map((id, at) => tenant.directory.hasPhoto(id) ? String(at + 1) : "-").join(" ");
    return { code, left, requests: graphRequests(tenant).length };
  });
  ANSWERS.forEach(([name, , left, code], at) => {
    assertEquals(results[at], { code, left, requests: left.split("-").length - 1 }, name);
  });
});

terminalTest("an answer that is none is asked for again", async (tenant) => {
  const terminal = startInTerminal(["user", IDS[0]!, "--confirm"], { env: bySecret(tenant) });
  for (const keys of ["maybe\n", "yn\n", "y\n"]) {
    await terminal.see(`${QUESTION}${IDS[0]}?`);
    assertEquals(tenant.directory.hasPhoto(IDS[0]!), true);
    await terminal.type(keys);
  }
  assertEquals([(await terminal.end()).code, tenant.directory.hasPhoto(IDS[0]!)], [0, false]);
});

terminalTest("with --confirm, what became of a target is shown before the next question", async (tenant) => {
  const args = ["user", ...IDS, "--confirm", "--no-color"];
  const terminal = startInTerminal(args, { env: bySecret(tenant) });
  for (const id of IDS) {
    await terminal.see(`${QUESTION}${id}?`);
    await terminal.type("y\n");
  }
  const { screen } = await terminal.end();
  assertEquals(
    screen.match(/(?<=photo of user )\S+(?=\?)|removed(?= {2})/g),
    IDS.flatMap((id) => [id, "removed"]),
  );
});

terminalTest(
  "Ctrl-C at a question quits: nothing is removed, the summary is written, exit 130",
  async (tenant) => {
    const terminal = startInTerminal(["user", ...IDS, "--confirm"], { env: bySecret(tenant) });
    await terminal.see(QUESTION);
    await terminal.type("\x03");
    await terminal.see("3 not attempted");
    assertEquals([(await terminal.end()).code, tenant.counts.graph], [130, 0]);
  },
);

terminalTest("--what-if never asks", async (tenant) => {
  const terminal = startInTerminal(["user", ...IDS, "--confirm", "--what-if"], { env: bySecret(tenant) });
  const { code, screen } = await terminal.end();
  assertEquals(code, 0);
  assert(!screen.includes(QUESTION));
});

terminalTest("on a terminal the records are a table in color", async (tenant) => {
  const terminal = startInTerminal(["user", IDS[0]!, "bob@contoso.com"], { env: bySecret(tenant) });
  const { code, screen } = await terminal.end();
  assertEquals(code, 1);
  // deno-lint-ignore no-control-regex
  assertMatch(screen, /\x1b\[32mremoved *\x1b\[39m +user +alex@contoso\.com\n/);
  // deno-lint-ignore no-control-regex
  assertMatch(screen, /\x1b\[31mfailed *\x1b\[39m +user +bob@contoso\.com\n +TargetNotFound: /);
  assertMatch(screen, /1 removed, 1 failed|1 failed, 1 removed/);
});

/** Ways to say that colors are unwanted, on a run that shows a table, one that fails, and one that signs in. */
const COLORLESS: readonly (readonly [args: string[], env: Record<string, string>])[] = [
  [["user", "bob@contoso.com"], { NO_COLOR: "1" }],
  [["usr"], { NO_COLOR: "1" }],
  [["doctor"], { NO_COLOR: "1" }],
  [["--help"], { NO_COLOR: "1" }],
  [["user", "bob@contoso.com", "--no-color"], {}],
  [["user", "a/b", "--no-color"], {}],
  [["usr", "--no-color"], {}],
];

terminalTest("NO_COLOR and --no-color leave no escape code in anything", async (tenant) => {
  const runs = await mapConcurrently(COLORLESS, async ([args, env]) => {
    const { screen } = await startInTerminal(args, { env: { ...bySecret(tenant), ...env } }).end();
    return screen;
  });
  const colored = COLORLESS.filter((_, at) => ESCAPE.test(runs[at]!)).map(([args]) => args.join(" "));
  assertEquals(colored, []);
});

/** What a server may try on whoever reads its message in a terminal. */
const HOSTILE = "\x1b[2J\x1b]0;owned\x07\u009b31m\r\nremoved       user   alex@contoso.com\u202e\x7f\b";

terminalTest(
  "what a server says cannot move the cursor, recolor the screen or forge a row",
  async (tenant) => {
    const body = JSON.stringify({ error: { code: `Evil${HOSTILE}`, message: HOSTILE } });
    tenant.fault({ kind: "body", status: 403, body, times: 2 });
    const args = ["user", "bob@contoso.com", "--verbose", "--no-color"];
    const { screen } = await startInTerminal(args, { env: bySecret(tenant) }).end();
    // deno-lint-ignore no-control-regex
    assertNotMatch(screen, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
    assertNotMatch(screen, /^removed/m);
  },
);
