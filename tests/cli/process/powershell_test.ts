import { assertEquals } from "../../deps/assert.ts";
import { bySecret, processTest } from "../../support/command.ts";
import { NO_POWERSHELL, runPowershell } from "../../support/powershell.ts";
import { UNDER_TEST } from "../../support/run_cli.ts";

const ROOT = new URL("../../../", import.meta.url);
const path = (relative: string) => new URL(relative, ROOT).pathname.replace(/^\/(?=[A-Z]:)/, "");

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

processTest(
  "the PowerShell module passes its Pester tests",
  { users: 10_000, latency: 10, missing: NO_POWERSHELL },
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
      results.length > (UNDER_TEST ? 14 : 20),
      true,
      `${results.length} tests\n${stdout}${stderr}`,
    );
  },
);
