import { COMMAND_NAMES, commandSpec, type Shell, SHELLS } from "../../lib/cli/commands.ts";
import { completionScript } from "../../lib/cli/completions.ts";
import { helpText } from "../../lib/cli/help.ts";
import { assert, assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "../deps/assert.ts";
import { installLine, TESTED } from "../support/shells.ts";
import { documentation } from "../support/readme.ts";
import { runInProcess } from "../support/run_in_process.ts";
import { NONE } from "../support/test.ts";

Deno.test("completions prints the script of a shell, whose name can be in any case", NONE, async () => {
  const words: readonly (readonly [word: string, shell: Shell])[] = [
    ...SHELLS.map((shell) => [shell, shell] as const),
    ["BASH", "bash"],
  ];
  for (const [word, shell] of words) {
    const { code, stdout, stderr } = await runInProcess(["completions", word]);
    assertEquals([code, stdout, stderr], [0, completionScript(shell), ""]);
  }
});

Deno.test("a script is plain ASCII, names no path of this machine, and never runs the program", NONE, () => {
  for (const script of SHELLS.map((shell) => completionScript(shell))) {
    assertMatch(script, /^[\n -~]+$/);
    assertNotMatch(script, /deno|\/root|\/home/);
  }
});

Deno.test(
  "the documentation has the same lines to install them as the help",
  { permissions: { read: true } },
  async () => {
    const text = await documentation();
    for (const shell of TESTED) {
      assertStringIncludes(text, `\n${installLine(shell, helpText("completions"))}\n`);
    }
  },
);

Deno.test("commands refuse the operands that the completions do not offer", NONE, async () => {
  const limited = COMMAND_NAMES.flatMap((name) => {
    const { maxOperands } = commandSpec(name);
    return maxOperands === undefined ? [] : [[name, ...Array<string>(maxOperands + 1).fill("bash")]];
  });
  assert(limited.length > 3);
  for (const args of limited) {
    const { code, stderr } = await runInProcess(args);
    assertEquals(code, 2, args.join(" "));
    assertMatch(stderr, /takes (no ids|one shell|one of)/);
  }
});
