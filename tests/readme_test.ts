import { startEmulator } from "../lib/emulator/mod.ts";
import { ENVIRONMENT_VARIABLES } from "../lib/environment_variables.ts";
import { OPTION_NAMES, optionSpec } from "../lib/cli/options.ts";
import { GRAPH_CODES, HINTS, NO_RESPONSE_CODES, STATUS_MEANINGS } from "../lib/graph/error_codes.ts";
import { PERMISSIONS } from "../lib/permissions.ts";
import { assert, assertEquals, assertStringIncludes } from "./deps/assert.ts";
import { runCli } from "./support/run_cli.ts";
import { test } from "./support/test.ts";

const README = new URL("../README.md", import.meta.url);
const PROGRAM = "remove-profile-photo ";
const LEAVERS = ["alex@contoso.com", "megan@contoso.com", "lee@contoso.com"];
const FLAGS = ["--allow-net", "--allow-env", "--allow-read", "--allow-write"];

/** The blocks of one language, each as its lines. */
async function blocks(language: string): Promise<string[][]> {
  const text = await Deno.readTextFile(README);
  const found = text.matchAll(new RegExp("^```" + language + "\\n([^]*?)^```$", "gm"));
  return Array.from(found, ([, body = ""]) => body.trimEnd().split("\n"));
}

/** The words of a command line, as a shell takes them. */
function words(line: string): string[] {
  return Array.from(line.matchAll(/'([^']*)'|(\S+)/g), ([, quoted, bare]) => quoted ?? bare ?? "");
}

async function inFolder(run: (folder: string, env: Record<string, string>, token: string) => Promise<void>) {
  await using tenant = await startEmulator();
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/leavers.txt`, LEAVERS.join("\r\n"));
    await Deno.writeTextFile(
      `${folder}/leavers.csv`,
      ["userPrincipalName,name", ...LEAVERS.map((id) => `${id},x`)].join("\n"),
    );
    await run(folder, {
      GRAPH_ENDPOINT: tenant.cloud.graph,
      AZURE_AUTHORITY_HOST: tenant.cloud.authority,
      AZURE_TENANT_ID: tenant.tenantId,
      AZURE_CLIENT_ID: tenant.clientId,
      AZURE_CLIENT_SECRET: tenant.clientSecret,
    }, await tenant.issueToken({ user: tenant.directory.signedInUser.id, scopes: ["User.ReadWrite"] }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const PERMITTED: Deno.PermissionOptions = { read: true, write: true, run: true, net: ["127.0.0.1"] };

test("the README's command lines succeed", PERMITTED, async () => {
  await inFolder(async (cwd, env, token) => {
    for (const line of (await blocks("sh")).flat().filter((line) => line.startsWith(PROGRAM))) {
      const [command = "", file] = line.slice(PROGRAM.length).split(" < ");
      const args = words(command);
      const { code, stderr } = await runCli(args, {
        cwd,
        permissions: FLAGS,
        env: args[0] === "me" ? { ...env, GRAPH_ACCESS_TOKEN: token } : env,
        stdin: file && await Deno.readTextFile(`${cwd}/${file}`),
      });
      assertEquals(code, 0, `${line}\n${stderr}`);
    }
  });
});

test(
  "the README's PowerShell lines succeed, given what the cmdlets before them give",
  PERMITTED,
  async () => {
    const given: [RegExp, string][] = [
      [/^Get-Content/, LEAVERS.join("\r\n")],
      [
        /^Import-Csv .*ConvertTo-Json/,
        JSON.stringify(LEAVERS.map((userPrincipalName) => ({ userPrincipalName })), null, 4),
      ],
    ];
    await inFolder(async (cwd, env) => {
      for (const line of (await blocks("powershell")).flat()) {
        const command = line.split(" | ").find((part) => part.startsWith(PROGRAM))!.slice(PROGRAM.length);
        const stdin = given.find(([cmdlets]) => cmdlets.test(line))?.[1];
        const { code, stderr } = await runCli(words(command), { cwd, env, stdin });
        assertEquals(code, 0, `${line}\n${stderr}`);
      }
    });
  },
);

test("the README's two commands for a fresh machine are exactly those", { read: true }, async () => {
  assertEquals((await blocks("sh"))[0], ["npx -y deno@2.9.6 task demo", "npx -y deno@2.9.6 task test"]);
});

test("the README names exactly the environment variables that are read", { read: true }, async () => {
  const text = await Deno.readTextFile(README);
  const named = text.match(/(?<=`)((GRAPH|AZURE)_[A-Z_]+(?=[`=])|NO_PROXY(?=`)|no_proxy(?=`))/g);
  assertEquals([...new Set(named)].sort(), Object.keys(ENVIRONMENT_VARIABLES).sort());
});

test("the README names every option, permission and code", { read: true }, async () => {
  const text = await Deno.readTextFile(README);
  for (const name of OPTION_NAMES) {
    assertStringIncludes(text, `\`--${name}`);
    for (const choice of optionSpec(name).choices ?? []) assert(text.includes(choice), `${name} ${choice}`);
  }
  const codes = [GRAPH_CODES, STATUS_MEANINGS, NO_RESPONSE_CODES].flatMap((table) => Object.values(table));
  const permissions = Object.values(PERMISSIONS).flatMap((row) => Object.values(row).flat());
  for (const word of [...codes, ...Object.keys(HINTS), ...permissions]) {
    if (word !== "NoPhoto") assertStringIncludes(text, `\`${word}\``);
  }
});
