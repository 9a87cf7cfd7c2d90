/**
 * What the PowerShell module costs: 5,000 objects through Remove-ProfilePhoto against the same ids piped to the plain
 * command, in the same PowerShell. The ratio counts, not the time; exits 1 when it is not below the limit.
 */
import { NO_POWERSHELL, runPowershell } from "../support/powershell.ts";
import { report, type Row, startEmulator } from "./bulk_runs.ts";
import { median, ratioOf } from "./row.ts";

const TARGETS = 5000;
const RUNS = 5;
const LIMIT = 1.5;

const path = (relative: string) => new URL(`../../${relative}`, import.meta.url).pathname;

/** Times both by turns, each with users of its own, and prints the milliseconds. */
const SCRIPT = `
Import-Module '${path("lib/powershell/ProfilePhoto/ProfilePhoto.psd1")}'
$flags = '--allow-net', '--allow-env', '--allow-read', '--allow-write'
$next = 1
function Get-User { # objects, as from a directory
  $script:next..($script:next + ${
  TARGETS - 1
}) | ForEach-Object { [pscustomobject]@{ Id = 'user{0:d5}@contoso.com' -f $_ } }
  $script:next += ${TARGETS}
}
$kinds = @{
  module = { param($users) $users | Remove-ProfilePhoto -Confirm:$false }
  plain = { param($users) $users.Id | & $env:DENO run --quiet @flags $env:REMOVE_PROFILE_PHOTO user - --yes }
  parsed = { param($users) $users.Id | & $env:DENO run --quiet @flags $env:REMOVE_PROFILE_PHOTO user - --yes | ConvertFrom-Json }
}
foreach ($run in 0..${RUNS}) { # the first warms up
  foreach ($kind in ('plain', 'module', 'parsed'), ('parsed', 'module', 'plain') | Select-Object -Index ($run % 2) | ForEach-Object { $_ }) {
    $users = @(Get-User)
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $count = @(& $kinds[$kind] $users).Count
    if ($count -ne ${TARGETS}) { throw "$count of ${TARGETS} by $kind" }
    if ($run) { "<$kind $($watch.ElapsedMilliseconds)>" }
  }
}
`;

async function rows(latency: number, below?: number): Promise<Row[]> {
  await using emulator = await startEmulator({ users: TARGETS * 3 * (RUNS + 1), latency });
  const { code, stdout, stderr } = await runPowershell(SCRIPT, {
    env: {
      GRAPH_ENDPOINT: emulator.cloud.graph,
      AZURE_AUTHORITY_HOST: emulator.cloud.authority,
      GRAPH_ACCESS_TOKEN: emulator.token,
      REMOVE_PROFILE_PHOTO: path("cli.ts"),
      DENO: Deno.execPath(),
    },
  });
  if (code !== 0) throw new Error(stdout + stderr);
  const took = (kind: string) =>
    [...stdout.matchAll(/<(\w+) (\d+)>/g)].filter(([, of]) => of === kind).map(([, , ms]) => Number(ms));
  const [module, ...others] = ["module", "plain", "parsed"].map(took);
  return ["the plain command", "the plain command and ConvertFrom-Json"].map((what, at) => ({
    what: `${TARGETS} objects, ${latency} ms per answer, to ${what}`,
    figure: `${median(module!)} to ${median(others[at]!)} ms`,
    ratio: ratioOf(module!, others[at]!),
    below: at === 0 ? below : undefined,
  }));
}

if (NO_POWERSHELL) {
  console.log(`${NO_POWERSHELL}: the module is not measured`);
  Deno.exit();
}
Deno.exit(report([...await rows(50, LIMIT), ...await rows(0)]) ? 0 : 1);
