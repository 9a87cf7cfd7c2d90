import type { Emulator } from "../lib/emulator/mod.ts";
import { ENVIRONMENT_VARIABLES } from "../lib/environment_variables.ts";
import { OPTION_NAMES, optionSpec } from "../lib/cli/options.ts";
import {
  GRAPH_CODES,
  HINTS,
  NO_RESPONSE_CODES,
  RETRIED_MEANINGS,
  STATUS_MEANINGS,
} from "../lib/graph/error_codes.ts";
import { PERMISSIONS } from "../lib/permissions.ts";
import { assert, assertEquals, assertStringIncludes } from "./deps/assert.ts";
import { parseYaml } from "./deps/yaml.ts";
import { bySecret, byToken, endpoints, PROCESS, words } from "./support/command.ts";
import { drawScreen, textOf } from "./support/draw_screen.ts";
import { documentation } from "./support/readme.ts";
import { runAsApp, runInProcess } from "./support/run_in_process.ts";
import { tenantFileTest } from "./support/temporary.ts";
import { NO_TERMINAL } from "./support/terminal.ts";
import { COLUMNS, PICTURE, recordSession } from "./support/terminal_session.ts";
import { NONE } from "./support/test.ts";

const TEXT = await documentation();
const PROGRAM = "remove-profile-photo ";
const LEAVERS = ["alex@contoso.com", "megan@contoso.com", "lee@contoso.com"];

/** The blocks in a language, of the README and then of each page, as lines. */
function blocks(language: string): string[][] {
  const found = TEXT.matchAll(new RegExp("^```" + language + "\\n([^]*?)^```$", "gm"));
  return Array.from(found, ([, body = ""]) => body.trimEnd().split("\n"));
}

const FILES: Readonly<Record<string, string>> = {
  "leavers.txt": LEAVERS.join("\r\n"),
  "keep.csv": "userPrincipalName\ngrady@contoso.com\n",
  "leavers.csv": ["userPrincipalName,name", ...LEAVERS.map((id) => `${id},x`)].join("\n"),
};
const CREATED = ["photos", "run.ndjson", "photos.html"];

/** Runs a command line of the documentation in a folder, with the credential that its command needs. */
async function follow(tenant: Emulator, folder: string, line: string, stdin?: string): Promise<void> {
  const [command = "", file = ""] = line.slice(PROGRAM.length).split(" < ");
  const args = words(command).map((word) =>
    word in FILES || CREATED.includes(word) ? `${folder}/${word}` : word
  );
  const { id: user } = tenant.directory.signedInUser;
  const env = args[0] === "me"
    ? byToken(tenant, await tenant.issueToken({ user, scopes: ["User.ReadWrite"] }))
    : bySecret(tenant);
  const { code, stderr } = await runInProcess(args, { env, stdin: stdin ?? FILES[file] });
  assertEquals(code, 0, `${line}\n${stderr}`);
}

// deno-lint-ignore no-control-regex
const ESCAPES = /\x1b\[[\d;]*[mK]|\r/g;

/** Output without what differs from run to run: escapes of a terminal, times, and the order of a batch. */
const comparable = (lines: readonly string[]) =>
  lines.map((line) => line.replaceAll(ESCAPES, "").replace(/\bin \d+\.\d s/, "in 0.1 s").trimEnd())
    .filter((line) => line !== "").sort();

Deno.test(tenantFileTest("the README shows what its commands print", async (tenant, folder) => {
  for (const [name, text] of Object.entries(FILES)) await Deno.writeTextFile(`${folder}/${name}`, text);
  const sessions = blocks("console").flat().join("\n").split("$ ").slice(1);
  assert(sessions.length >= 6, `${sessions.length} commands`);
  for (const session of sessions) {
    const [line = "", ...printed] = session.split("\n");
    const args = words(line.slice(PROGRAM.length)).map((word) =>
      word in FILES || CREATED.includes(word) ? `${folder}/${word}` : word
    );
    const { code, screen } = await runAsApp(tenant, args, { isTerminal: true });
    assertEquals(code, 0, screen);
    const shown = screen.replaceAll(`${folder}/`, "").split("\n");
    assertEquals(comparable(shown.map(inOrder)), comparable(printed.map(inOrder)), line);
  }
}));

Deno.test({
  name: `the picture shows what a terminal shows today${NO_TERMINAL ? ` (${NO_TERMINAL})` : ""}`,
  permissions: PROCESS,
  ignore: NO_TERMINAL !== undefined,
  fn: async () => {
    const [shown, today] = [await Deno.readTextFile(PICTURE), drawScreen(await recordSession(), COLUMNS)];
    const lines = (svg: string) => comparable(textOf(svg).map(inOrder));
    assertEquals(lines(shown), lines(today), "deno task picture draws it again");
  },
});

/** The line to undo a run, with its ids in order. */
function inOrder(line: string): string {
  const [, before, ids] = /^(To undo: \S+ restore \S+) (.*)$/.exec(line) ?? [];
  return before === undefined ? line : `${before} ${ids!.split(" ").sort().join(" ")}`;
}

/** What the cmdlets before a command line write. */
const CMDLETS: readonly (readonly [RegExp, string])[] = [
  [/^Get-Content/, LEAVERS.join("\r\n")],
  [
    /^Import-Csv .*ConvertTo-Json/,
    JSON.stringify(LEAVERS.map((userPrincipalName) => ({ userPrincipalName })), null, 4),
  ],
];

Deno.test(tenantFileTest("the command lines of the documentation succeed", async (tenant, folder) => {
  for (const [name, text] of Object.entries(FILES)) await Deno.writeTextFile(`${folder}/${name}`, text);
  for (const line of (blocks("sh")).flat().filter((line) => line.startsWith(PROGRAM))) {
    await follow(tenant, folder, line);
  }
}));

Deno.test(
  tenantFileTest(
    "the PowerShell lines of the documentation succeed with the cmdlets' output",
    async (tenant, folder) => {
      for (const line of (blocks("powershell")).flat()) {
        const command = line.split(" | ").find((part) => part.startsWith(PROGRAM));
        if (command === undefined) continue; // of the module, which tests/cli/process/powershell_test.ts runs
        await follow(tenant, folder, command, CMDLETS.find(([cmdlets]) => cmdlets.test(line))?.[1]);
      }
    },
  ),
);

/** The platforms of the pipelines of the documentation, in order, and the step of each that runs the command. */
const PIPELINES = [
  ["github", (yaml: Pipeline) => yaml.jobs!.remove!],
  ["azurePipelines", (yaml: Pipeline) => ({ ...yaml, env: yaml.variables })],
] as const;

interface Job {
  env?: Record<string, string>;
  steps?: { run?: string; inputs?: { inlineScript: string }; env?: Record<string, string> }[];
}

interface Pipeline extends Job {
  jobs?: Record<string, Job>;
  variables?: Record<string, string>;
}

Deno.test(
  tenantFileTest(
    "the pipelines of the documentation remove the photos of their list",
    async (tenant, folder) => {
      await Deno.writeTextFile(`${folder}/leavers.csv`, FILES["leavers.csv"]!);
      const texts = (blocks("yaml")).map((lines) => lines.join("\n"));
      assertEquals(texts.length, PIPELINES.length);
      for (const [at, [platform, jobOf]] of PIPELINES.entries()) {
        const { env = {}, steps = [] } = jobOf(parseYaml(texts[at]!) as Pipeline);
        const step = steps.at(-1)!;
        const given = { ...env, ...step.env };
        const line = step.run ?? step.inputs!.inlineScript;
        const [, flags = "", args = ""] = /^npx -y deno@2\.9\.6 run (.*) remove-profile-photo\.js (.*)$/.exec(
          line,
        )!;
        assertEquals(flags, "--allow-net --allow-env --allow-read");
        const variables: Record<string, string> = tenant.platformVariables(platform);
        assertEquals([given.AZURE_TENANT_ID, given.AZURE_CLIENT_ID], [tenant.tenantId, tenant.clientId]);
        if (platform === "azurePipelines") {
          assertEquals(given.SYSTEM_ACCESSTOKEN, "$(System.AccessToken)");
        }
        const { code, stderr, records } = await runInProcess(
          words(args.replace("leavers.csv", `${folder}/leavers.csv`)),
          { env: { ...endpoints(tenant), ...variables } },
        );
        assertEquals([code, records().length], [0, LEAVERS.length], stderr);
      }
      assertEquals(LEAVERS.filter((id) => tenant.directory.hasPhoto(id)), []);
    },
  ),
);

Deno.test(
  "the README's two commands for a fresh machine are exactly those",
  NONE,
  () => {
    assertEquals((blocks("sh"))[0], ["npx -y deno@2.9.6 task demo", "npx -y deno@2.9.6 task test"]);
  },
);

Deno.test(
  "the documentation names exactly the environment variables that are read",
  NONE,
  () => {
    const [, list = ""] = /and no others:([^]*?)\n\n/.exec(TEXT) ?? [];
    const listed = list.match(/(?<=`)[A-Z_]+(?=`)/g);
    assertEquals(listed?.sort(), Object.keys(ENVIRONMENT_VARIABLES).sort());
    const named = TEXT.match(/(?<=`)(GRAPH|AZURE)_[A-Z_]+(?=[`=])/g) ?? [];
    assertEquals(named.filter((name) => !listed?.includes(name)), []);
  },
);

Deno.test(
  "the documentation names every option, permission and code",
  { permissions: { read: true } },
  () => {
    for (const name of OPTION_NAMES) {
      assertStringIncludes(TEXT, `\`--${name}`);
      for (const choice of optionSpec(name).choices ?? []) assert(TEXT.includes(choice), `${name} ${choice}`);
    }
    const codes = [GRAPH_CODES, STATUS_MEANINGS, RETRIED_MEANINGS, NO_RESPONSE_CODES].flatMap((table) =>
      Object.values(table)
    );
    const permissions = Object.values(PERMISSIONS).flatMap((row) => Object.values(row).flat());
    for (const word of [...codes, ...Object.keys(HINTS), ...permissions]) {
      if (word !== "NoPhoto" && word !== "Transient") assertStringIncludes(TEXT, `\`${word}\``);
    }
  },
);

Deno.test("each link of the documentation leads to a file, and to a title in it", {
  permissions: { read: true },
}, () => {
  const root = new URL("../", import.meta.url);
  const slug = (title: string) => title.toLowerCase().replaceAll(/[^a-z0-9 -]/g, "").replaceAll(" ", "-");
  const titlesOf = (url: URL) =>
    Array.from(Deno.readTextFileSync(url).matchAll(/^#+ (.+)$/gm), ([, title]) => slug(title!));
  const pages = [...Deno.readDirSync(new URL("docs/", root))].map(({ name }) => `docs/${name}`);
  const files = ["README.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md", ...pages];
  const broken = files.filter((name) => name.endsWith(".md")).flatMap((name) => {
    const page = new URL(name, root);
    const links = Deno.readTextFileSync(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)]*))?\)/g);
    return Array.from(links).filter(([, path = "", title]) => {
      const url = path === "" ? page : new URL(path, page);
      try {
        return !Deno.statSync(url).isFile || (title !== undefined && !titlesOf(url).includes(title));
      } catch {
        return true;
      }
    }).map(([link]) => `${name}: ${link}`);
  });
  assertEquals(broken, []);
});
