import { assertEquals } from "../../deps/assert.ts";
import { startEmulator } from "../../../lib/emulator/mod.ts";
import { bySecret, outcomes, PROCESS } from "../../support/command.ts";
import { NO_POWERSHELL, runPowershell } from "../../support/powershell.ts";
import { UNDER_TEST } from "../../support/run_cli.ts";
import { runInProcess } from "../../support/run_in_process.ts";
import { inTemporaryFolder } from "../../support/temporary.ts";
import { IS_WINDOWS } from "../../support/test.ts";

const { PATH = "" } = Deno.env.toObject();

/** A program that writes down what it is given: its words, and what it reads. */
const NOTE = String.raw`#!/bin/sh
folder=$(mktemp -d "$NOTES/XXXXXX")
for word in "$@"; do printf '%s\0' "$word"; done > "$folder/words"
cat > "$folder/input"
echo "$folder"
`;

const BOTH = ["alex@contoso.com", "diego@contoso.com"];
const ALEX = BOTH.slice(0, 1);
const MULLER = "m\u00fcller@contoso.com";

/** What is typed, whose photo the command is about then, and with which outcome; `null`: exit 2. */
const LINES: readonly (readonly [line: string, ids: readonly string[] | null, outcome?: string])[] = [
  ["remove-profile-photo -UserId alex@contoso.com,diego@contoso.com", BOTH],
  ["remove-profile-photo -UserId $ids -Confirm:$false", BOTH],
  ["remove-profile-photo -Confirm:$false -UserId $ids", BOTH],
  ["remove-profile-photo user @ids", BOTH],
  ["remove-profile-photo @named", BOTH, "planned"],
  ["remove-profile-photo user $ids -WhatIf", BOTH, "planned"],
  ["remove-profile-photo user $ids -WhatIf:$true", BOTH, "planned"],
  ["remove-profile-photo user $ids --what-if=$true", BOTH, "planned"],
  ["remove-profile-photo user $ids -ErrorAction SilentlyContinue", BOTH],
  ["remove-profile-photo --% user alex@contoso.com", ALEX],
  ["remove-profile-photo user 'alex@contoso.com' \"$($ids[1])\"", BOTH],
  ["remove-profile-photo user --filter \"displayName eq 'Alex Wilber'\" -Force", [
    "0a000000-0000-4000-8000-000000000002",
  ]],
  ["remove-profile-photo user '$servicedesk@contoso.com'", ["$servicedesk@contoso.com"]],
  ["remove-profile-photo user 'miriam.o''neil@contoso.com'", ["miriam.o'neil@contoso.com"]],
  ["remove-profile-photo user 'pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com'", [
    "pradeep_fabrikam.com#EXT#@contoso.onmicrosoft.com",
  ]],
  ["remove-profile-photo user $muller", [MULLER], "failed"],
  ["$muller | remove-profile-photo user - -Force", [MULLER], "failed"],
  ["$ids | remove-profile-photo user - -Force", BOTH],
  ["$objects | ConvertTo-Json | remove-profile-photo user - -Force", BOTH],
  ["$objects[0] | ConvertTo-Json -Compress | remove-profile-photo user - -Force", ALEX],
  ["$objects | ConvertTo-Csv | remove-profile-photo user - -Force", BOTH],
  ["$objects | remove-profile-photo user - -Force", null], // a table for people
  ["remove-profile-photo user $null", null],
  ["remove-profile-photo user $empty", null],
  ["remove-profile-photo user,alex@contoso.com", null],
  ["remove-profile-photo user alex@contoso.com -Zzz", null],
];

const SCRIPT = `
$ids = ${BOTH.map((id) => `'${id}'`).join(", ")}
$named = @{ UserId = $ids; WhatIf = $true; Confirm = $false }
$objects = $ids | ForEach-Object { [pscustomobject]@{ DisplayName = 'x, "y"'; UserPrincipalName = $_ } }
$muller = '${MULLER}'
$empty = ''
foreach ($mode in 'Standard', 'Legacy') {
  $PSNativeCommandArgumentPassing = $mode
${LINES.map(([line]) => `  ${line}\n`).join("")}
}`;

Deno.test(
  "what is typed and piped in PowerShell arrives, with both settings of $PSNativeCommandArgumentPassing" +
    (NO_POWERSHELL ? ` (${NO_POWERSHELL})` : ""),
  { permissions: PROCESS, ignore: NO_POWERSHELL !== undefined || IS_WINDOWS || UNDER_TEST !== undefined },
  () =>
    inTemporaryFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/remove-profile-photo`, NOTE, { mode: 0o755 });
      const env = { NOTES: folder, PATH: `${folder}:${PATH}` };
      const { stdout, stderr } = await runPowershell(SCRIPT, { env, cwd: folder });
      const notes = stdout.trim().split("\n");
      assertEquals(notes.length, 2 * LINES.length, stdout + stderr);
      for (const [at, [line, ids, outcome = "removed"]] of [...LINES, ...LINES].entries()) {
        await using tenant = await startEmulator();
        const words = (await Deno.readTextFile(`${notes[at]}/words`)).split("\0").slice(0, -1);
        const stdin = await Deno.readTextFile(`${notes[at]}/input`);
        const run = await runInProcess(words, { env: bySecret(tenant), stdin });
        const why = `${line}: ${JSON.stringify(words)} ${stdin}\n${run.stderr}`;
        if (ids === null) {
          assertEquals(run.code, 2, why);
        } else assertEquals(outcomes(run), Object.fromEntries(ids.map((id) => [id, outcome])), why);
      }
    }),
);
