import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "../../deps/assert.ts";
import { ALL_FLAGS, bySecret, processTest } from "../../support/command.ts";
import { UNDER_TEST } from "../../support/run_cli.ts";
import { NO_TERMINAL, startInTerminal } from "../../support/terminal.ts";
import { writeUsers } from "../../support/users.ts";

const IDS = ["alex@contoso.com", "diego@contoso.com"];
const AT_TERMINAL = { missing: NO_TERMINAL };
const WRAPPER = new URL("../../support/with_piped_input.ts", import.meta.url).href;

Deno.test(processTest(
  "at a terminal, --confirm reads keys, and shows a table in color",
  AT_TERMINAL,
  async (tenant) => {
    const terminal = startInTerminal(["user", ...IDS, "--confirm"], { env: bySecret(tenant) });
    await terminal.see(`Remove the photo of user ${IDS[0]}?`);
    await terminal.see("[q] quit  [?] help: ");
    await terminal.type("y\n");
    const shown = await terminal.see(`Remove the photo of user ${IDS[1]}?`);
    assertStringIncludes(shown, "\x1b[32mremoved     \x1b[39m  user   alex@contoso.com");
    await terminal.type("\x04");
    assertEquals((await terminal.end()).code, 1);
    assertEquals(IDS.map((id) => tenant.directory.hasPhoto(id)), [false, true]);
  },
));

Deno.test(
  processTest("a list from a pipe is asked about at the terminal", AT_TERMINAL, async (tenant, folder) => {
    await Deno.writeTextFile(`${folder}/list`, IDS.join("\n"));
    const terminal = startInTerminal([`${folder}/list`, "user", "-"], {
      env: { ...bySecret(tenant), ...(UNDER_TEST ? { COMMAND_UNDER_TEST: UNDER_TEST } : {}) },
      script: WRAPPER,
      permissions: ["--allow-all"],
    });
    await terminal.see(`Remove the photos of 2 users in tenant ${tenant.tenantId}?`);
    await terminal.see("[y] yes  [n] no (default)  [?] help: ");
    await terminal.type("y\n");
    assertEquals((await terminal.end()).code, 0);
    assertEquals(IDS.map((id) => tenant.directory.hasPhoto(id)), [false, false]);
  }),
);

Deno.test(processTest("a terminal in raw mode answers with CR", AT_TERMINAL, async (tenant) => {
  const terminal = startInTerminal(
    ["user", ...IDS, "--confirm"],
    { env: bySecret(tenant) },
    (line) => `stty raw -echo; ${line}`,
  );
  await terminal.see("[q] quit  [?] help: ");
  await terminal.type("y\r");
  await terminal.see(`Remove the photo of user ${IDS[1]}?`);
  await terminal.type("\x03");
  await terminal.see("1 was not begun");
  assertEquals((await terminal.end()).code, 1);
}));

Deno.test(processTest("Ctrl-C at a question quits, and exits 130", AT_TERMINAL, async (tenant) => {
  const terminal = startInTerminal(["user", ...IDS, "--confirm"], { env: bySecret(tenant) });
  await terminal.see("Remove the photo of user ");
  await terminal.type("\x03");
  await terminal.see("\nStopping: nothing is in flight; Ctrl-C again ends now");
  await terminal.see("2 were not begun");
  assertEquals([(await terminal.end()).code, tenant.counts.graph], [130, 0]);
}));

Deno.test(processTest(
  "Ctrl-C replaces the progress line by how many are in flight",
  { ...AT_TERMINAL, users: 60 },
  async (tenant, folder) => {
    tenant.fault({ kind: "stall", on: "batch", times: 3 });
    const users = await writeUsers(folder, 60);
    const terminal = startInTerminal(["user", "--from", users, "--yes"], {
      env: bySecret(tenant),
      permissions: ALL_FLAGS,
    });
    await terminal.see("0 of 60");
    await terminal.type("\x03");
    await terminal.see("\r\x1b[KStopping: 60 in flight finish; Ctrl-C again ends now\r\n");
    await terminal.type("\x03");
    const { code, screen } = await terminal.end();
    assertEquals([code, screen.slice(screen.indexOf("Stopping")).includes("of 60")], [130, false], screen);
  },
));

Deno.test(
  processTest(
    "with standard error in a file, a question is at the terminal",
    AT_TERMINAL,
    async (tenant, folder) => {
      for (const [at, permissions] of [["--allow-all"], ALL_FLAGS].entries()) { // the latter may not open /dev/tty
        const options = { env: bySecret(tenant), permissions };
        const line = ["user", IDS[at]!, "--confirm"];
        const terminal = startInTerminal(line, options, (line) => `${line} 2>${folder}/errors`);
        await terminal.see("[q] quit  [?] help: ");
        await terminal.type("y\n");
        await terminal.see("removed");
        assertEquals((await terminal.end()).code, 0);
        assertNotMatch(await Deno.readTextFile(`${folder}/errors`), /\[q\]/);
      }
    },
  ),
);

Deno.test(processTest("NO_COLOR leaves no escape code on a terminal", AT_TERMINAL, async (tenant) => {
  const env = { ...bySecret(tenant), NO_COLOR: "1" };
  const { code, screen } = await startInTerminal(["user", "bob@contoso.com"], { env }).end();
  assertMatch(screen, /^failed +user +bob@contoso\.com\n/m);
  assert(code === 1 && !screen.replaceAll("\r\x1b[K", "").includes("\x1b"), screen);
}));
