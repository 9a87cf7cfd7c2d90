import type { Emulator } from "../../../lib/emulator/mod.ts";
import { assert, assertEquals } from "../../deps/assert.ts";
import { bySecret, processTest } from "../../support/command.ts";
import {
  installCommand,
  NO_POWERSHELL,
  powershellEnvironment,
  runPowershell,
} from "../../support/powershell.ts";
import { documentation } from "../../support/readme.ts";
import { EXECUTABLE, recordsOf, UNDER_TEST } from "../../support/run_cli.ts";
import { NO_TERMINAL, startProgramInTerminal, type Terminal } from "../../support/terminal.ts";
import { photosOf, userName } from "../../support/users.ts";

const ROOT = new URL("../../../", import.meta.url);
const path = (relative: string) => new URL(relative, ROOT).pathname.replace(/^\/(?=[A-Z]:)/, "");

/** The module runs cli.ts and the executable; a bundle would be the same again. */
const MISSING = UNDER_TEST && !EXECUTABLE ? "not with a bundle" : NO_POWERSHELL;

/** Runs the Pester tests, and returns what each came to. */
const SUITE = String.raw`
$configuration = New-PesterConfiguration
$configuration.Run.Path = $env:SUITE
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'None'
if ($env:ONLY) { $configuration.Filter.Tag = $env:ONLY }
$run = Invoke-Pester -Configuration $configuration
'<<'
ConvertTo-Json -InputObject @($run.Tests + $run.FailedBlocks | Where-Object { $_.Result -ne 'NotRun' } | ForEach-Object {
  @{ name = $_.ExpandedPath; result = "$($_.Result)"; error = "$($_.ErrorRecord)"; at = @("$($_.ErrorRecord.ScriptStackTrace)" -split [char]10 -notmatch 'Pester.psm1') }
})
`;

Deno.test(processTest(
  "the PowerShell module passes its Pester tests",
  { users: 20_000, latency: 10, missing: MISSING },
  async (tenant) => {
    const user = tenant.directory.signedInUser.id;
    const { stdout, stderr } = await runPowershell(SUITE, {
      env: {
        ...bySecret(tenant),
        TOKEN_OF_A_USER: await tenant.issueToken({ user, scopes: ["User.ReadWrite"] }),
        REMOVE_PROFILE_PHOTO: UNDER_TEST ?? path("cli.ts"),
        SUITE: path("tests/powershell/ProfilePhoto.Tests.ps1"),
        ONLY: UNDER_TEST ? "Program" : "",
      },
    });
    const [shown, json] = stdout.split("<<");
    const results: { name: string; result: string; error: string; at: string[] }[] = JSON.parse(json ?? "[]");
    const failed = results.filter(({ result }) => result !== "Passed");
    assertEquals(failed, [], stderr + shown);
    assertEquals(
      results.length > (UNDER_TEST ? 5 : 22),
      true,
      `${results.length} tests\n${stdout}${stderr}`,
    );
  },
));

/** A script with the module and some users. */
const MODULE = `
Import-Module '${path("lib/powershell/ProfilePhoto/ProfilePhoto.psd1")}'
function Show { process { "<$($_.Id) $($_.Outcome)>" } }
`;

/** Starts a script in PowerShell at a terminal. */
async function startAtTerminal(tenant: Emulator, folder: string, script: string): Promise<Terminal> {
  await Deno.writeTextFile(`${folder}/script.ps1`, MODULE + script);
  const env = { ...bySecret(tenant), REMOVE_PROFILE_PHOTO: UNDER_TEST ?? path("cli.ts") };
  return startProgramInTerminal(["pwsh", "-NoProfile", "-File", `${folder}/script.ps1`], {
    env: powershellEnvironment(env),
    cwd: folder,
  });
}

const list = (...ids: string[]) => ids.map((id) => `'${id}'`).join(", ");

/** What the screen shows as results, in order. */
const resultsOf = (screen: string) =>
  [...screen.matchAll(/<([^ <>]+ \w+)>/g)].map(([, result]) => result).sort();

Deno.test(processTest(
  "the PowerShell module asks for each target, and once for a selection, and takes each answer",
  { users: 20, denoFlags: true, missing: MISSING ?? NO_TERMINAL },
  async (tenant, folder) => {
    const terminal = await startAtTerminal(
      tenant,
      folder,
      `
& {
  ${list(userName(1), userName(2))}
  while (-not (Get-Item run.ndjson -ErrorAction Ignore).Length) { Start-Sleep -Milliseconds 20 }
  ${list(userName(3), userName(4), userName(9))}
} | Remove-ProfilePhoto -Report run.ndjson | Show
${list(userName(5), userName(6))} | Remove-ProfilePhoto | Show
${list(userName(7), userName(8))} | Remove-ProfilePhoto -Confirm | Show
Remove-ProfilePhoto -Filter "displayName eq 'Alex Wilber'" -WarningAction SilentlyContinue | Show
Remove-ProfilePhoto -Filter "startswith(userPrincipalName, 'd')" | Show
`,
    );
    for (
      const [question, answer] of [
        [userName(1), "?"], // help
        ["resume the pipeline", "s"], // suspend, and what is typed then
        [">> ", "exit"],
        [userName(1), "n"], // no
        [userName(2), "y"], // yes
        [userName(3), "y"],
        [userName(4), "a"], // yes to all
        [userName(5), "l"], // no to all
        [userName(7), ""], // Enter: yes
        [userName(8), "n"],
        ["alex@contoso.com", "n"],
        ["diego@contoso.com", "y"],
      ] as const
    ) {
      const shown = await terminal.see(question);
      if (question === userName(4)) assert(!shown.includes("Remove profile photo ["), `a bar: ${shown}`);
      if (answer !== "exit") await terminal.see('(default is "Y"):');
      await terminal.type(`${answer}\n`);
    }
    const { code, screen } = await terminal.end();
    const removed = [2, 3, 4, 7, 9].map(userName);
    assertEquals([code, resultsOf(screen).length], [0, removed.length + 1], screen);
    const touched = [...Array(9).keys()].map((at) => userName(at + 1)).concat(
      "alex@contoso.com",
      "diego@contoso.com",
    );
    const gone = touched.filter((id) => !tenant.directory.hasPhoto(id));
    assertEquals(gone, [...removed, "diego@contoso.com"]);
  },
));

Deno.test(processTest(
  "Ctrl-C ends the PowerShell module's program in good order",
  { users: 500, latency: 300, missing: MISSING ?? NO_TERMINAL },
  async (tenant, folder) => {
    const report = `${folder}/run.ndjson`;
    const terminal = await startAtTerminal(
      tenant,
      folder,
      // To draw progress, PowerShell asks where the cursor is, and takes a key that comes meanwhile for the answer.
      `$ProgressPreference = 'SilentlyContinue'
1..500 | ForEach-Object { 'user{0:d5}@contoso.com' -f $_ } |
  Remove-ProfilePhoto -Confirm:$false -Concurrency 1 -Report '${report}' | Show`,
    );
    await terminal.see("<");
    await terminal.type("\x03");
    const { screen } = await terminal.end();
    const records = recordsOf(await Deno.readTextFile(report));
    assertEquals(records.map(({ outcome }) => outcome), Array(records.length).fill("removed"), screen);
    const removed = tenant.directory.photoCount;
    assertEquals(records.length, photosOf(500) - removed, "all that was removed is in the report");
    assert(records.length < 200, `${records.length} were removed`);
  },
));

Deno.test(processTest(
  "the PowerShell lines of the documentation succeed, those of the module too",
  { posix: true, denoFlags: true, missing: MISSING },
  async (tenant, folder) => {
    const PATH = await installCommand(folder);
    const ids = ["alex@contoso.com", "megan@contoso.com", "lee@contoso.com"];
    await Deno.writeTextFile(`${folder}/leavers.txt`, ids.join("\r\n"));
    await Deno.writeTextFile(
      `${folder}/leavers.csv`,
      ["userPrincipalName,name", ...ids.map((id) => `${id},x`)].join("\n"),
    );
    const text = await documentation();
    const lines = Array.from(
      text.matchAll(/^```powershell\n([^]*?)^```$/gm),
      ([, body = ""]) => body.trimEnd().split("\n"),
    )
      .flat().concat(/^\$env:.*$/m.exec(text) ?? [])
      .map((line) => line.replace("./lib", path("lib")).replace(/ --?sign-?in browser.*/i, ""));
    assert(lines.length > 10, lines.join("\n"));
    const script = lines.map((line) => `${line}\nif ($LASTEXITCODE) { throw 'exit code' }\n"ok"\n`).join("");
    const { code, stdout, stderr } = await runPowershell(
      `$ErrorActionPreference = 'Stop'; $ConfirmPreference = 'None'; $WarningPreference = 'SilentlyContinue'\n${script}`,
      { env: { ...bySecret(tenant), PATH }, cwd: folder },
    );
    assertEquals([code, stdout.match(/^ok$/gm)?.length], [0, lines.length], stdout + stderr);
    assertEquals(ids.map((id) => tenant.directory.hasPhoto(id)), [false, false, false]);
  },
));
