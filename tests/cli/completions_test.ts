import { COMMAND_NAMES, commandSpec, type Shell, SHELLS } from "../../lib/cli/commands.ts";
import { completionScript } from "../../lib/cli/completions.ts";
import { grammar } from "../../lib/cli/completions/grammar.ts";
import { assert, assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "../deps/assert.ts";
import { commandLine, runCli } from "../support/run_cli.ts";
import { test } from "../support/test.ts";
import {
  assertOffered,
  listInZsh,
  makeHome,
  MISSING,
  offered,
  runShell,
  shellTest,
  TESTED,
  type TestedShell,
  typeInto,
  workFolder,
} from "./completions_support.ts";
import { CASES, FILES, FOLDERS } from "./completions_cases.ts";
import { hostileGrammar } from "./completions_hostile.ts";
import { mapConcurrently, RUN } from "./support.ts";

for (const shell of TESTED) {
  if (MISSING[shell]) console.warn(`The tests of ${shell}'s completions are skipped: ${MISSING[shell]}.`);
}

async function printed(shell: Shell): Promise<string> {
  const { code, stdout, stderr } = await runCli(["completions", shell], { permissions: [] });
  assertEquals([code, stderr], [0, ""]);
  return stdout;
}

async function makeFiles(home: string): Promise<void> {
  for (const name of FILES) await Deno.writeTextFile(`${workFolder(home)}/${name}`, "");
  for (const name of FOLDERS) await Deno.mkdir(`${workFolder(home)}/${name}`);
}

for (const shell of TESTED) {
  shellTest(shell, "Tab offers what can be typed, and nothing else", async (home) => {
    await makeFiles(home);
    const cases = CASES.filter(([, , shells = TESTED]) => shells.includes(shell));
    const answers = await offered(shell, await printed(shell), cases.map(([line]) => line), home);
    assertOffered(answers, cases);
    assertEquals(answers.length, cases.length);
  });

  shellTest(shell, "Tab offers every option that a command takes, in each spelling", async (home) => {
    const { commands } = grammar();
    const lines = commands.map(({ name }) => `${name} --`);
    const answers = await offered(shell, await printed(shell), lines, home);
    commands.forEach(({ name, options }, at) => {
      const long = options.flatMap(({ name, aliases = [] }) => [name, ...aliases].map((word) => `--${word}`));
      assertEquals(answers[at], long.sort(), name);
    });
  });
}

for (const shell of ["bash", "zsh"] as const) {
  shellTest(
    shell,
    "Tab itself completes a word, an option's value, a file name with blanks",
    async (home) => {
      await makeFiles(home);
      await Deno.writeTextFile(`${home}/.script`, await printed(shell));
      await makeHome(shell, home, "source ~/.script\n");
      const line = "remove-profile-photo ";
      const typed = await typeInto(shell, home, [
        `${line}us\t`,
        `${line}user --verif\t`,
        `${line}user --cloud usgovd\t`,
        `${line}user --from my\\ fi\t`,
        `${line}user --from "my fi\t`,
        `${line}user --from=my\\ fi\t`,
        `${line}restore my\t`,
      ]);
      assertEquals(typed, [
        `${line}user `,
        `${line}user --verify `,
        `${line}user --cloud usgovdod `,
        `${line}user --from my\\ file.csv `,
        `${line}user --from "my file.csv" `,
        `${line}user --from=my\\ file.csv `,
        `${line}restore my\\ folder/`,
      ]);
    },
  );
}

shellTest(
  "bash",
  "values and file names also come where = does not part words, and without compopt",
  async (home) => {
    await makeFiles(home);
    const script = await printed("bash");
    const lines = ["user --output=n", "user --from=my", "user --backup=p", "user --from my", "restore p"];
    const expected = [["ndjson", "none"], ["my file.csv", "my folder"], ["photos"], [
      "my file.csv",
      "my folder",
    ], [
      "photos",
    ]];
    for (const setting of ["COMP_WORDBREAKS=${COMP_WORDBREAKS//=/}", "enable -n compopt"]) {
      assertEquals(await offered("bash", `${script}${setting}\n`, lines, home), expected, setting);
    }
  },
);

shellTest("zsh", "the script also works as a file in a folder of $fpath", async (home) => {
  await Deno.mkdir(`${home}/functions`);
  await Deno.writeTextFile(`${home}/functions/_remove-profile-photo`, await printed("zsh"));
  await makeHome("zsh", home, "fpath=(~/functions $fpath)\nautoload -Uz compinit && compinit -i\n");
  const lines = ["remove-profile-photo us\t", "remove-profile-photo doctor --output t\t"];
  assertEquals(await typeInto("zsh", home, lines), [
    "remove-profile-photo user ",
    "remove-profile-photo doctor --output table ",
  ]);
});

/** The line of the help text that installs a shell's completions. */
async function installLine(shell: Shell): Promise<string> {
  const { stdout } = await runCli(["completions", "--help"]);
  return new RegExp(`^  # ${shell}\\b.*\\n  (.*)$`, "im").exec(stdout)![1]!;
}

/** An executable is tested without them, but a shell needs both. */
const { HOME = "", PATH = "" } = Deno.env.toObject();

for (const shell of TESTED) {
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
    const { code, stderr } = await runShell(shell, ["-c", await installLine(shell)], home, env);
    assertEquals([code, stderr], [0, ""]);
    if (shell === "fish") {
      const { stdout } = await runShell("fish", ["-c", "complete -C 'remove-profile-photo us'"], home, env);
      assertMatch(stdout, /^user\t.+\n$/);
    } else {
      const [typed] = await typeInto(shell, home, ["remove-profile-photo us\t"], env);
      assertEquals(typed, "remove-profile-photo user ");
    }
  });
}

const CHECK: Readonly<Record<TestedShell, string>> = { bash: "-n", zsh: "-n", fish: "--no-execute" };

for (const shell of TESTED) {
  shellTest(shell, "no description can break the script, and none is run", async (home) => {
    for (const seed of [1, 2, 3]) {
      const script = completionScript(shell, hostileGrammar(seed));
      await Deno.writeTextFile(`${home}/.script`, script);
      assertEquals(await runShell(shell, [CHECK[shell], `${home}/.script`], home), {
        code: 0,
        stdout: "",
        stderr: "",
      });
    }
    const of = hostileGrammar(4);
    const [commands, options] = await offered(shell, completionScript(shell, of), ["", "user --c"], home);
    assertEquals(commands, [...COMMAND_NAMES].sort());
    assertEquals(options, [
      "--certificate",
      "--client-id",
      "--cloud",
      "--column",
      "--concurrency",
      "--confirm",
    ]);
    assertEquals(
      [...Deno.readDirSync(workFolder(home))].map(({ name }) => name).filter((name) => name === "pwned"),
      [],
    );
  });
}

shellTest("zsh", "each description is shown as it is", async (home) => {
  const of = hostileGrammar(5);
  await Deno.writeTextFile(`${home}/.script`, completionScript("zsh", of));
  await makeHome("zsh", home, "source ~/.script\n");
  const listed = async (texts: readonly string[], line: string) => {
    const screen = await listInZsh(home, `remove-profile-photo ${line}`);
    assertEquals(texts.filter((text) => !screen.includes(`-- ${text}`)), []);
  };
  await listed(of.commands.map(({ summary }) => summary), "");
  await listed(of.commands.find(({ name }) => name === "user")!.options.map(({ help }) => help), "user -");
});

shellTest("fish", "each description is shown as it is", async (home) => {
  const of = hostileGrammar(6);
  await Deno.writeTextFile(`${home}/.script`, completionScript("fish", of));
  const ask =
    "source ~/.script; complete -C 'remove-profile-photo '; complete -C 'remove-profile-photo user --'";
  const { stdout } = await runShell("fish", ["--no-config", "-c", ask], home);
  const shown = Object.fromEntries(stdout.trim().split("\n").map((row) => row.split("\t")));
  const user = of.commands.find(({ name }) => name === "user")!;
  for (const { name, summary } of of.commands) assertEquals(shown[name], summary);
  for (const { name, help } of user.options) assertEquals(shown[`--${name}`], help);
});

test("the README has the same lines to install them as the help", { ...RUN, read: true }, async () => {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  for (const shell of TESTED) assertStringIncludes(readme, `\n${await installLine(shell)}\n`);
});

test("a script is plain ASCII, names no path of this machine, and never runs the program", RUN, async () => {
  for (const script of await mapConcurrently(SHELLS, printed)) {
    assertMatch(script, /^[\n -~]+$/);
    assertNotMatch(script, /deno|\/root|\/home/);
  }
});

test("a shell's name works in any case", RUN, async () => {
  const runs = await mapConcurrently(["bash", "BASH"], (shell) => runCli(["completions", shell]));
  assertEquals(runs.map(({ code }) => code), [0, 0]);
  assertEquals(runs[0]!.stdout, runs[1]!.stdout);
});

test("commands refuse the operands that the completions do not offer", RUN, async () => {
  const limited = COMMAND_NAMES.flatMap((name) => {
    const { maxOperands } = commandSpec(name);
    return maxOperands === undefined ? [] : [[name, ...Array<string>(maxOperands + 1).fill("bash")]];
  });
  assert(limited.length > 3);
  const runs = await mapConcurrently(limited, (args) => runCli(args));
  for (const { code, stderr } of runs) {
    assertEquals(code, 2);
    assertMatch(stderr, /takes (no ids|one shell)/);
  }
});
