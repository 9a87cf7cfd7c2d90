import { quoteWord } from "../../../lib/cli/text.ts";
import { assertEquals, assertMatch } from "../../deps/assert.ts";
import { installLine, makeHome, runShell, shellTest, TESTED, typeInto } from "../../support/shells.ts";
import { commandLine, runCli } from "../../support/run_cli.ts";

/** An executable is tested without them, but a shell needs both. */
const { HOME = "", PATH = "" } = Deno.env.toObject();

/** Words in which shells see something of their own. */
const WORDS = [
  "a b",
  "$HOME",
  "`id`",
  "it's",
  "\\\\host\\share\\",
  "a\\'b",
  '"!!"',
  "~/x",
  "#a",
  "=ls",
  "*",
  "a;b|c&d",
  "{a,b}",
  "%HOME%",
  "",
];

for (const shell of TESTED) {
  Deno.test(shellTest(shell, "words that are quoted to be pasted arrive as they were", async (home) => {
    const line = `printf '<%s>' ${WORDS.map((word) => quoteWord(word)).join(" ")}`;
    const { stdout } = await runShell(shell, ["-c", line], home, { PATH });
    assertEquals(stdout, WORDS.map((word) => `<${word}>`).join(""));
  }));

  Deno.test(
    shellTest(shell, "the line in the help installs the completions for every new shell", async (home) => {
      const words = commandLine(["$@"]).map((word) => word === "$@" ? '"$@"' : `'${word}'`).join(" ");
      await Deno.mkdir(`${home}/bin`);
      await Deno.writeTextFile(
        `${home}/bin/remove-profile-photo`,
        `#!/bin/sh\nHOME='${HOME}' exec ${words}\n`,
        { mode: 0o755 },
      );
      if (shell === "fish") await Deno.mkdir(`${home}/.config/fish`, { recursive: true });
      else await makeHome(shell, home, "");
      const env = { PATH: `${home}/bin:${PATH}` };
      const { stdout: help } = await runCli(["completions", "--help"], { permissions: [] });
      const { code, stderr } = await runShell(shell, ["-c", installLine(shell, help)], home, env);
      assertEquals([code, stderr], [0, ""]);
      if (shell === "fish") {
        const { stdout } = await runShell("fish", ["-c", "complete -C 'remove-profile-photo us'"], home, env);
        assertMatch(stdout, /^user\t.+\n$/);
      } else {
        const [typed] = await typeInto(shell, home, ["remove-profile-photo us\t"], env);
        assertEquals(typed, "remove-profile-photo user ");
      }
    }),
  );
}
