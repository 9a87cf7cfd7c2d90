import denoJson from "../deno.json" with { type: "json" };
import { assert, assertEquals, assertMatch, assertStringIncludes } from "./deps/assert.ts";
import { ACTIONLINT } from "./deps/actionlint.ts";
import { parseYaml } from "./deps/yaml.ts";
import { EXECUTABLE, runCli } from "./support/run_cli.ts";
import { inTemporaryFolder } from "./support/temporary.ts";
import { IS_WINDOWS } from "./support/test.ts";

const ROOT = new URL("../", import.meta.url);
const FOLDER = new URL(".github/workflows/", ROOT);
const RUN: Deno.PermissionOptionsObject = { read: true, write: true, run: true };

interface Step {
  name?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

interface Job {
  uses?: string;
  permissions?: unknown;
  "timeout-minutes"?: number;
  steps?: Step[];
}

interface Workflow {
  permissions?: unknown;
  concurrency?: unknown;
  jobs: Record<string, Job>;
}

function workflows(): Record<string, string> {
  const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();
  return Object.fromEntries(names.map((name) => [name, Deno.readTextFileSync(new URL(name, FOLDER))]));
}

/** Labels of runners that are newer than the linter, each with one that it knows. */
const NEWER_LABELS: Readonly<Record<string, string>> = { "macos-15-intel": "macos-15" };

/** What the linter has to say of workflows, "file:line: what" each. */
function lint(texts: Readonly<Record<string, string>>): Promise<string[]> {
  return inTemporaryFolder(async (folder) => {
    const into = `${folder}/.github/workflows`;
    await Deno.mkdir(into, { recursive: true });
    for (const [name, text] of Object.entries(texts)) {
      const known = Object.entries(NEWER_LABELS).reduce(
        (all, [label, old]) => all.replaceAll(label, old),
        text,
      );
      await Deno.writeTextFile(`${into}/${name}`, known);
    }
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", `--lock=${import.meta.dirname}/deno.lock`],
        ...["--config", `${import.meta.dirname}/../deno.json`],
        ...["--allow-read", "--allow-env", "--allow-sys", ACTIONLINT, "**/*.yml"],
      ],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    const said = new TextDecoder().decode(stdout);
    const [checked] = /Checking \d+/.exec(said) ?? [new TextDecoder().decode(stderr)];
    assertEquals(checked, `Checking ${Object.keys(texts).length}`);
    return Array.from(said.matchAll(/^\S*?([\w-]+\.yml):(\d+):\d+ (.*)/gm), ([, ...at]) => at.join(": "));
  });
}

const stepsOf = ({ steps = [] }: Job): Step[] => steps;
const uses = (text: string) => Array.from(text.matchAll(/^ *(?:- )?uses: (.*)$/gm), ([, used = ""]) => used);

/** The rules that the linter does not know: what breaks each, in words. */
const RULES: Readonly<Record<string, (workflow: Workflow, text: string) => string[]>> = {
  "an action is pinned by its commit, and its version stands beside": (_, text) =>
    uses(text).filter((used) => !/^(\.\/\S+|[\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/.test(used)),
  "nothing is permitted but what a job asks for": ({ permissions, jobs }) => [
    ...JSON.stringify(permissions) === "{}" ? [] : ["permissions"],
    ...Object.keys(jobs).filter((name) => typeof jobs[name]!.permissions !== "object"),
  ],
  "a job ends in time": ({ jobs }) =>
    Object.keys(jobs).filter((name) => !jobs[name]!.uses && !(jobs[name]!["timeout-minutes"]! <= 60)),
  "a job that holds an identity runs no code that others could have brought": ({ jobs }) =>
    Object.keys(jobs).filter((name) => {
      const { permissions, ...job } = jobs[name]!;
      const commands = stepsOf(job).flatMap(({ run }) => run ?? []);
      return JSON.stringify(permissions ?? null).includes("id-token") &&
        !commands.every((run) => /^(gh release create .*|npx -y deno@\d+\.\d+\.\d+ publish)$/.test(run));
    }),
  "a checkout leaves no credentials behind": ({ jobs }) =>
    Object.values(jobs).flatMap(stepsOf)
      .filter((step) =>
        step.uses?.startsWith("actions/checkout@") && step.with?.["persist-credentials"] !== false
      )
      .map(({ uses = "" }) => uses),
  "runs of the same ref do not run side by side": ({ concurrency }) => concurrency ? [] : ["concurrency"],
  "no text from outside becomes a command": ({ jobs }) =>
    Object.values(jobs).flatMap(stepsOf).flatMap(({ run }) => run?.includes("${{") ? [run] : []),
  "one version of Deno is used, that of the README": (_, text) =>
    Array.from(text.matchAll(/deno@\S+/g), ([used]) => used).filter((used) => used !== DENO),
};

const README = Deno.readTextFileSync(new URL("README.md", ROOT));
const SIGN_IN_PAGE = Deno.readTextFileSync(new URL("docs/sign-in.md", ROOT));
const [DENO = ""] = /deno@\d+\.\d+\.\d+/.exec(README) ?? [];
/** The workflow of GitHub Actions that the documentation gives. */
const [, GIVEN_WORKFLOW = ""] = /^```yaml\n(name: [^]*?)^```$/m.exec(SIGN_IN_PAGE) ?? [];

function broken(text: string): string[] {
  const workflow = parseYaml(text) as Workflow;
  return Object.entries(RULES).flatMap(([rule, find]) =>
    find(workflow, text).map((what) => `${rule}: ${what}`)
  );
}

/** What makes a good workflow a bad one, and who notices. */
const DAMAGE: readonly (readonly [file: string, from: string | RegExp, to: string, noticed: RegExp])[] = [
  ["check.yml", "bash .ci/run", "bash ${{ matrix.nothing }}", /"nothing" is not defined|becomes a command/],
  ["check.yml", "runs-on: ubuntu-24.04", "runs-on: ubuntu-1804", /label "ubuntu-1804" is unknown/],
  [
    "check.yml",
    "persist-credentials: false",
    "persist-credential: false",
    /input "persist-credential"|behind/,
  ],
  ["check.yml", "persist-credentials: false", "fetch-depth: 1", /leaves no credentials/],
  ["check.yml", /@[0-9a-f]{40} # v[\d.]+/, "@v7", /pinned by its commit/],
  ["check.yml", /(@[0-9a-f]{40}) # v[\d.]+/, "$1", /pinned by its commit/],
  ["check.yml", "permissions: {}", "permissions: read-all", /nothing is permitted/],
  ["check.yml", /timeout-minutes: \d+/, "continue-on-error: false", /ends in time/],
  ["check.yml", "contents: read", "content: read", /unknown permission scope "content"/],
  ["check.yml", "deno@2.9.6", "deno@2", /one version of Deno/],
  ["release.yml", "needs: build", "needs: built", /job "smoke" needs job "built"/],
  ["release.yml", "matrix.target }}${{", "matrix.triple }}${{", /"triple" is not defined/],
  ["release.yml", "concurrency:\n  group: release\n  cancel-in-progress: false\n", "", /side by side/],
  ["release.yml", "deno@2.9.6 publish", "some-tool publish", /holds an identity/],
  ["release.yml", "shell: cmd", "shell: dos", /shell name "dos" is invalid/],
];

Deno.test(
  "the workflows are what the linter and the rules of this project ask for",
  { permissions: RUN },
  async () => {
    const texts = workflows();
    assertEquals(Object.keys(texts), ["check.yml", "release.yml"]);
    assertEquals(Object.values(texts).flatMap(broken), []);
    // Of the documentation's, the identity is that of the user, who runs the very command with it.
    assertEquals(
      broken(GIVEN_WORKFLOW).filter((rule) => !rule.startsWith("a job that holds an identity")),
      [],
    );

    const damaged = DAMAGE.map(([file, from, to]) => {
      const text = texts[file]!.replace(from, to);
      assert(text !== texts[file], `${file} has no ${from}`);
      return text;
    });
    const messages = await lint({
      ...texts,
      "readme.yml": GIVEN_WORKFLOW,
      ...Object.fromEntries(damaged.map((text, at) => [`damaged-${at}.yml`, text])),
    });
    assertEquals(messages.filter((message) => !message.startsWith("damaged-")), []);
    for (const [at, [file, from, , noticed]] of DAMAGE.entries()) {
      const said = messages.filter((message) => message.startsWith(`damaged-${at}.yml`));
      assertMatch([...said, ...broken(damaged[at]!)].join("\n"), noticed, `${file}: ${from}`);
    }
  },
);

/** A step's commands, as a runner gives them to bash. */
function commandsOf(file: string, job: string, name: string): string {
  const { jobs } = parseYaml(workflows()[file]!) as Workflow;
  return stepsOf(jobs[job]!).find((step) => step.name === name)!.run!;
}

function bash(args: string[], env: Record<string, string>): Promise<Deno.CommandOutput> {
  return new Deno.Command("bash", { args, cwd: ROOT, env }).output();
}

Deno.test(
  "a release ends where the tag is not the version",
  { permissions: RUN, ignore: IS_WINDOWS },
  async () => {
    const commands = commandsOf("release.yml", "build", "The tag is the version");
    for (const [tag, code] of [[`v${denoJson.version}`, 0], ["v0.0.0", 1], [denoJson.version, 1]] as const) {
      const { code: found, stdout } = await bash(["-eo", "pipefail", "-c", commands], {
        GITHUB_REF_NAME: tag,
      });
      assertEquals(found, code, tag);
      if (code) assertStringIncludes(new TextDecoder().decode(stdout), `${tag} is not v${denoJson.version}`);
    }
  },
);

Deno.test("the smoke test of a release passes for the command, and fails for another program", {
  permissions: {
    ...RUN,
    env: true,
  },
  ignore: IS_WINDOWS,
}, () =>
  inTemporaryFolder(async (folder) => {
    const program = `${folder}/remove-profile-photo`;
    const words = EXECUTABLE ? [EXECUTABLE] : [Deno.execPath(), "run", "--quiet", "--allow-all", "cli.ts"];
    const script = (line: string) => Deno.writeTextFile(program, `#!/bin/sh\n${line}\n`);
    await script(`exec ${words.map((word) => `'${word}'`).join(" ")} "$@"`);
    const good = await bash([".github/smoke.sh"], { PROGRAM: program });
    assertEquals(good.code, 0, new TextDecoder().decode(good.stderr));
    await script("exit 0");
    const bad = await bash([".github/smoke.sh"], { PROGRAM: program });
    assertEquals(bad.code, 1);
  }));

/** How Windows makes words of a command line: PowerShell takes single quotes away, the program double ones. */
const words = (line: string) =>
  Array.from(line.matchAll(/(?:[^\s"']|"[^"]*"|'[^']*')+/g), ([word]) => word.replaceAll(/["']/g, ""));

/** The command lines of the smoke tests of Windows, where a shell adds nothing of its own, and the exit codes. */
function typedOnWindows(): [string, number][] {
  const read = (name: string) => Deno.readTextFileSync(new URL(`../${name}`, FOLDER)).replaceAll("\r", "");
  const found = [
    ...read("smoke.ps1").matchAll(/^& \$program (.*)\nAssert-Exit (\d)/gm),
    ...read("smoke.cmd").matchAll(
      /^"%EXE%" (.*?)(?: > nul)?(?: \|\| exit \/b 1|\nif not %ERRORLEVEL% == (\d))/gm,
    ),
  ];
  return found.filter(([, line = ""]) => !/\$(folder|ids)\b/.test(line)).map((
    [, line, code = "0"],
  ) => [line!, Number(code)]);
}

Deno.test("what the smoke tests of Windows type is understood", {
  permissions: { read: true, run: true, net: true },
}, async () => {
  const lines = typedOnWindows();
  assertEquals(lines.length, 10, JSON.stringify(lines));
  const runs = await Promise.all(lines.map(([line]) => runCli(words(line))));
  assertEquals(runs.map(({ code }, at) => [lines[at]![0], code]), lines);
});
