import { COMMAND_NAMES } from "../../lib/cli/commands.ts";
import { completionScript } from "../../lib/cli/completions.ts";
import { grammar } from "../../lib/cli/completions/grammar.ts";
import { assertEquals } from "../deps/assert.ts";
import { CASES, FILES, FOLDERS } from "../support/completion_cases.ts";
import { hostileGrammar } from "../support/hostile_grammar.ts";
import {
  assertOffered,
  listInZsh,
  makeHome,
  offered,
  runShell,
  shellTest,
  TESTED,
  type TestedShell,
  typeInto,
  workFolder,
} from "../support/shells.ts";

async function makeFiles(home: string): Promise<void> {
  for (const name of FILES) await Deno.writeTextFile(`${workFolder(home)}/${name}`, "");
  for (const name of FOLDERS) await Deno.mkdir(`${workFolder(home)}/${name}`);
}

for (const shell of TESTED) {
  Deno.test(shellTest(shell, "Tab offers what can be typed, and nothing else", async (home) => {
    await makeFiles(home);
    const cases = CASES.filter(([, , shells = TESTED]) => shells.includes(shell));
    const answers = await offered(shell, completionScript(shell), cases.map(([line]) => line), home);
    assertOffered(answers, cases);
    assertEquals(answers.length, cases.length);
  }));

  Deno.test(
    shellTest(shell, "Tab offers every option that a command takes, in each spelling", async (home) => {
      const { commands } = grammar();
      const lines = commands.map(({ name }) => `${name} --`);
      const answers = await offered(shell, completionScript(shell), lines, home);
      commands.forEach(({ name, options }, at) => {
        const long = options.flatMap(({ name, aliases = [] }) =>
          [name, ...aliases].map((word) => `--${word}`)
        );
        assertEquals(answers[at], long.sort(), name);
      });
    }),
  );
}

for (const shell of ["bash", "zsh"] as const) {
  Deno.test(shellTest(
    shell,
    "Tab itself completes a word, an option's value, a file name with spaces",
    async (home) => {
      await makeFiles(home);
      await Deno.writeTextFile(`${home}/.script`, completionScript(shell));
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
  ));
}

Deno.test(shellTest(
  "bash",
  "values and file names are also offered if = does not split words, and without compopt",
  async (home) => {
    await makeFiles(home);
    const script = completionScript("bash");
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
));

Deno.test(shellTest("zsh", "the script also works as a file in a folder of $fpath", async (home) => {
  await Deno.mkdir(`${home}/functions`);
  await Deno.writeTextFile(`${home}/functions/_remove-profile-photo`, completionScript("zsh"));
  await makeHome("zsh", home, "fpath=(~/functions $fpath)\nautoload -Uz compinit && compinit -i\n");
  const lines = ["remove-profile-photo us\t", "remove-profile-photo doctor --output t\t"];
  assertEquals(await typeInto("zsh", home, lines), [
    "remove-profile-photo user ",
    "remove-profile-photo doctor --output table ",
  ]);
}));

const CHECK: Readonly<Record<TestedShell, string>> = { bash: "-n", zsh: "-n", fish: "--no-execute" };

for (const shell of TESTED) {
  Deno.test(shellTest(shell, "no description can break the script or is executed", async (home) => {
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
      "--contact-sheet",
    ]);
    assertEquals(
      [...Deno.readDirSync(workFolder(home))].map(({ name }) => name).filter((name) => name === "pwned"),
      [],
    );
  }));
}

Deno.test(shellTest("zsh", "each description is shown unchanged", async (home) => {
  const of = hostileGrammar(5);
  await Deno.writeTextFile(`${home}/.script`, completionScript("zsh", of));
  await makeHome("zsh", home, "source ~/.script\n");
  const listed = async (texts: readonly string[], line: string) => {
    const screen = await listInZsh(home, `remove-profile-photo ${line}`);
    assertEquals(texts.filter((text) => !screen.includes(`-- ${text}`)), []);
  };
  await listed(of.commands.map(({ summary }) => summary), "");
  await listed(of.commands.find(({ name }) => name === "user")!.options.map(({ help }) => help), "user -");
}));

Deno.test(shellTest("fish", "each description is shown unchanged", async (home) => {
  const of = hostileGrammar(6);
  await Deno.writeTextFile(`${home}/.script`, completionScript("fish", of));
  const ask =
    "source ~/.script; complete -C 'remove-profile-photo '; complete -C 'remove-profile-photo user --'";
  const { stdout } = await runShell("fish", ["--no-config", "-c", ask], home);
  const shown = Object.fromEntries(stdout.trim().split("\n").map((row) => row.split("\t")));
  const user = of.commands.find(({ name }) => name === "user")!;
  for (const { name, summary } of of.commands) assertEquals(shown[name], summary);
  for (const { name, help } of user.options) assertEquals(shown[`--${name}`], help);
}));
