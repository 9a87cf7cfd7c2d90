import { assert, assertEquals, assertMatch } from "../../deps/assert.ts";
import { bySecret, graphRequests, processTest } from "../../support/command.ts";
import {
  installCommand,
  NO_POWERSHELL,
  powershellEnvironment,
  runPowershell,
} from "../../support/powershell.ts";
import { EXECUTABLE, recordsOf, UNDER_TEST } from "../../support/run_cli.ts";
import { NO_TERMINAL, startProgramInTerminal } from "../../support/terminal.ts";
import { photosOf, writeUsers } from "../../support/users.ts";

/** The command is cli.ts or the executable; a bundle would be the same again. */
const MISSING = UNDER_TEST && !EXECUTABLE ? "not with a bundle" : NO_POWERSHELL;

/** Runs a line with `2>&1`; writes its exit code, outcomes, the text of errors, and the id of what was thrown. */
const TRY = `
function Try-It([string]$line) {
  $said = New-Object System.Collections.ArrayList
  $caught = ''
  try { Invoke-Expression "$line 2>&1" | ForEach-Object { [void]$said.Add($_) } } catch { $caught = $_.FullyQualifiedErrorId }
  $exit = $LASTEXITCODE
  $records = @($said | Where-Object { $_ -is [string] } | ConvertFrom-Json)
  $errors = ($said | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] } | Out-String).Trim()
  $results = @($records | ForEach-Object { "$($_.id) $($_.outcome) $($_.code)".Trim() } | Sort-Object)
  [Console]::Out.WriteLine((ConvertTo-Json -Compress @{ exit = $exit; results = $results; errors = $errors; caught = $caught }))
}
`;

interface Tried {
  exit: number;
  results: string[];
  errors: string;
  caught: string;
}

/** What is typed, and what comes of it. */
const LINES: readonly [args: string, exit: number, results: string[], errors: RegExp][] = [
  ["user alex@contoso.com -WhatIf", 0, ["alex@contoso.com planned"], /^1 planned in .*$/],
  [
    "user alex@contoso.com nobody@contoso.com -WhatIf",
    1,
    ["alex@contoso.com planned", "nobody@contoso.com failed TargetNotFound"],
    /^1 planned, 1 failed in .*\n {2}1 × TargetNotFound: .*$/,
  ],
  ["user alex@contoso.com -Zzz", 2, [], /^error: Unknown option -Zzz.*\n/],
];

const PREFERENCES = [
  "",
  "$ErrorActionPreference = 'Stop'",
  "$PSNativeCommandUseErrorActionPreference = $true",
];

Deno.test(processTest(
  "in PowerShell, 2>&1 keeps records and messages apart, and no preference loses the exit code",
  { posix: true, missing: MISSING },
  async (tenant, folder) => {
    const lines = LINES.map(([args]) => `Try-It 'remove-profile-photo ${args}'\n`).join("");
    const { stdout, stderr } = await runPowershell(
      TRY + PREFERENCES.map((set) => `${set}\n${lines}`).join(""),
      {
        env: { ...bySecret(tenant), PATH: await installCommand(folder) },
        cwd: folder,
      },
    );
    const tried = recordsOf(stdout) as unknown as Tried[];
    assertEquals(tried.length, PREFERENCES.length * LINES.length, stdout + stderr);
    for (const [at, { errors, ...rest }] of tried.entries()) {
      const [args, exit, results, pattern] = LINES[at % LINES.length]!;
      const throws = exit > 0 && at >= 2 * LINES.length;
      const caught = throws ? "ProgramExitedWithNonZeroCode" : "";
      assertEquals(rest, { exit, results, caught }, `${PREFERENCES[Math.floor(at / LINES.length)]} ${args}`);
      assertMatch(errors, pattern);
    }
  },
));

const MULLER = "m\u00fcller@contoso.com";
const ALEX = "alex@contoso.com";

const WHOLE = [`${ALEX} planned`, `${MULLER} failed TargetNotFound`];
const LOST = (letter: string) => [`${ALEX} planned`, `m${letter}ller@contoso.com failed InvalidTarget`];
const REMOVE = "remove-profile-photo user - -Force -WhatIf";
const piped = (encoding: string) =>
  `$OutputEncoding = [Text.Encoding]::GetEncoding('${encoding}'); $ids | ${REMOVE}`;
const written = (write: string) => `$ids ${write}; remove-profile-photo user --from list.txt -Force -WhatIf`;

/** How ids get to the command, and what becomes of them. An \ufffd is what another code page leaves. */
const ENCODED: readonly (readonly [line: string, results: readonly string[]])[] = [
  [piped("utf-8"), WHOLE],
  [piped("utf-16"), WHOLE],
  [piped("us-ascii"), LOST("?")], // the default of Windows PowerShell
  [piped("iso-8859-1"), LOST("\ufffd")],
  [piped("utf-32"), []],
  [written("> list.txt"), WHOLE],
  ...["unicode", "bigendianunicode", "utf8BOM"].map((name) =>
    [written(`| Out-File list.txt -Encoding ${name}`), WHOLE] as const
  ),
  [written("| Out-File list.txt -Encoding ascii"), LOST("?")],
  [written("| Out-File list.txt -Encoding latin1"), LOST("\ufffd")],
  [written("| Out-File list.txt -Encoding utf32"), []],
  [
    `$utf8 = [Console]::OutputEncoding; [Console]::OutputEncoding = [Text.Encoding]::ASCII
$shown = $ids | ${REMOVE} | ConvertFrom-Json; [Console]::OutputEncoding = $utf8; $shown.id | ${REMOVE}`,
    LOST("??"),
  ],
];

Deno.test(processTest(
  "in PowerShell, an id that an encoding damages is never sent, and UTF-8 and UTF-16 damage none",
  { posix: true, missing: MISSING },
  async (tenant, folder) => {
    const script = `$ids = '${ALEX}', '${MULLER}'\n` +
      ENCODED.map(([line]) => `Try-It @'\n${line}\n'@\n`).join("");
    const { stdout, stderr } = await runPowershell(TRY + script, {
      env: { ...bySecret(tenant), PATH: await installCommand(folder) },
      cwd: folder,
    });
    const tried = recordsOf(stdout) as unknown as Tried[];
    assertEquals(tried.length, ENCODED.length, stdout + stderr);
    for (const [at, [line, results]] of ENCODED.entries()) {
      assertEquals(tried[at]!.results, results, line);
      assertEquals(tried[at]!.exit, results.length ? 1 : 2, line);
    }
    const sent = graphRequests(tenant).map((request) => /\/users\/([^/?]*)/.exec(request)?.[1] ?? "");
    assertEquals([...new Set(sent.map(decodeURIComponent))].sort(), [ALEX, MULLER]);
  },
));

Deno.test(processTest(
  "at PowerShell's prompt, Ctrl-C lets what is in flight finish, and $LASTEXITCODE is 130",
  { users: 500, latency: 100, posix: true, missing: MISSING ?? NO_TERMINAL },
  async (tenant, folder) => {
    const users = await writeUsers(folder, 500);
    // PSReadLine draws what is typed again with each key.
    const profile = "Remove-Module PSReadLine -ErrorAction Ignore\nfunction prompt { 'ready> ' }\n";
    await Deno.writeTextFile(`${folder}/profile.ps1`, profile);
    const terminal = startProgramInTerminal(
      ["pwsh", "-NoProfile", "-NoLogo", "-NoExit", "-File", `${folder}/profile.ps1`],
      {
        env: powershellEnvironment({ ...bySecret(tenant), PATH: await installCommand(folder) }),
        cwd: folder,
      },
    );
    await terminal.see("ready> ");
    const words = `user --from ${users} --yes --report run.ndjson --concurrency 1`;
    await terminal.type(`remove-profile-photo ${words}\n`);
    await terminal.see("of 500");
    await terminal.type("\x03");
    await terminal.see("Ctrl-C again ends now");
    await terminal.see("were not begun");
    await terminal.see(`To resume: remove-profile-photo user --yes --from ${users} --resume run.ndjson`);
    await terminal.see("ready> ");
    await terminal.type('"exit code $LASTEXITCODE"\n');
    await terminal.see("exit code 130");
    await terminal.type("exit\n");
    const { screen } = await terminal.end();
    const records = recordsOf(await Deno.readTextFile(`${folder}/run.ndjson`));
    const removed = photosOf(500) - tenant.directory.photoCount;
    assertEquals(records.filter(({ outcome }) => outcome === "removed").length, removed, screen);
    assert(removed < 400, `${removed} were removed`);
  },
));
