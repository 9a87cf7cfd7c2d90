import { type Grammar, type GrammarOption, optionsWithCommands } from "./grammar.ts";

/** Quotes text for PowerShell, which takes typographic quotes for quotes, too. */
const powershellQuote = (text: string) => `'${text.replaceAll(/['\u2018-\u201b]/g, "$&$&")}'`;

const list = (words: readonly string[]) => `@(${words.map(powershellQuote).join(", ")})`;

const rows = (entries: readonly Readonly<Record<string, string>>[]) =>
  entries.map((entry) =>
    `        @{ ${Object.entries(entry).map(([name, value]) => `${name} = ${value}`).join("; ")} }`
  ).join("\n");

/** Returns a name in PowerShell's spelling: `WhatIf` for `what-if`. */
const pascalCase = (name: string) => name.replaceAll(/(?:^|-)(\w)/g, (_, letter) => letter.toUpperCase());

function optionRow([option, takenBy]: [GrammarOption, string[]]) {
  const names = [option.name, ...option.aliases ?? []];
  return {
    Words: list([...names.map((name) => `--${name}`), ...names.map((name) => `-${pascalCase(name)}`)]),
    Plain: list([...names.map((name) => name.replaceAll("-", "")), ...(option.short ? [option.short] : [])]),
    Value: powershellQuote(option.value ?? ""),
    Choices: list(option.choices ?? []),
    Commands: list(takenBy),
    Help: powershellQuote(option.help),
  };
}

/**
 * Returns the completions for PowerShell 5.0 and later. PowerShell offers file names if a completer returns nothing,
 * and nothing if it returns an empty string.
 */
export function powershellScript(of: Grammar): string {
  const { program, commands } = of;
  const commandRows = commands.map(({ name, summary, parameter, operand = {}, maxOperands = Infinity }) => ({
    Word: powershellQuote(name),
    Parameter: powershellQuote(parameter ? `-${parameter}` : ""),
    Most: maxOperands === Infinity ? "[int]::MaxValue" : `${maxOperands}`,
    Value: powershellQuote(operand.value ?? ""),
    Choices: list(operand.choices ?? []),
    Help: powershellQuote(summary),
  }));
  return `# Completions of ${program} for PowerShell.
Register-ArgumentCompleter -Native -CommandName ${list([program, `${program}.exe`])} -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $commands = @(
${rows(commandRows)}
    )
    $options = @(
${rows([...optionsWithCommands(of)].map(optionRow))}
    )

    # The words before the one at the cursor.
    $command = ''
    $operands = 0
    $pending = ''
    $given = @()
    $ended = $false
    $current = ''
    foreach ($element in @($commandAst.CommandElements | Select-Object -Skip 1)) {
        if ($element.Extent.StartOffset -ge $cursorPosition) { break }
        $word = $element.Extent.Text
        if ($element.Extent.EndOffset -ge $cursorPosition) { $current = $word; break }
        if ($ended -or $word -notmatch '^-.') {
            if ($pending) { $pending = '' }
            elseif ($command) { $operands++ }
            else { $command = $word.ToLowerInvariant() }
            continue
        }
        $pending = ''
        if ($word -eq '--') { $ended = $true; continue }
        $name, $value = $word -split '[=:]', 2
        foreach ($known in $commands) {
            if (-not $command -and $known.Parameter -eq $name) { $command = $known.Word }
        }
        $key = $name.Replace('-', '')
        foreach ($option in $options) {
            if ($option.Plain -notcontains $key) { continue }
            $given += $option.Plain
            if ($option.Value -and $null -eq $value) { $pending = $key }
        }
    }

    foreach ($known in $commands) {
        if ($known.Word -eq $command -and $operands -gt $known.Most) { return '' }
    }

    # PowerShell passes --output=js as one word, but of -Output:js only the part after the colon.
    $prefix = ''
    $typed = $wordToComplete
    if (-not $ended -and $current -match '^--?[a-z][a-z-]*[=:]') {
        $start = $Matches[0]
        $pending = $start -replace '[-=:]', ''
        if ($typed.StartsWith($start)) {
            $prefix = $start
            $typed = $typed.Substring($start.Length)
        }
    } elseif ($typed -match '^-.') {
        $pending = ''
    }

    # What can be offered for it.
    $offers = @()
    $type = 'ParameterValue'
    $paths = ''
    if ($pending) {
        foreach ($option in $options) {
            if ($option.Plain -notcontains $pending -or $option.Commands -notcontains $command) { continue }
            foreach ($choice in $option.Choices) { $offers += @{ Word = $choice; Help = $option.Help } }
            $paths = $option.Value
        }
    } elseif (-not $ended -and $typed -like '-*') {
        $type = 'ParameterName'
        $dashes = if ($typed -like '--*') { '^--' } else { '^-[^-]' }
        foreach ($known in $commands) {
            if (-not $command -and $known.Parameter -match $dashes) {
                $offers += @{ Word = $known.Parameter; Help = $known.Help }
            }
        }
        foreach ($option in $options) {
            if ($option.Commands -notcontains $command -or $given -contains $option.Plain[0]) { continue }
            foreach ($word in $option.Words) {
                if ($word -match $dashes) { $offers += @{ Word = $word; Help = $option.Help } }
            }
        }
    } else {
        foreach ($known in $commands) {
            if (-not $command) { $offers += $known }
            elseif ($known.Word -eq $command -and $operands -eq 0) {
                foreach ($choice in $known.Choices) { $offers += @{ Word = $choice; Help = $known.Help } }
                $paths = $known.Value
            }
        }
    }

    # In ConstrainedLanguage a script can create only strings, which PowerShell shows as they are.
    $free = $ExecutionContext.SessionState.LanguageMode -eq 'FullLanguage'
    if ($paths -eq 'FILE' -or $paths -eq 'DIR') {
        if (-not $free -or ($paths -eq 'FILE' -and -not $prefix)) { return }
        $found = [System.Management.Automation.CompletionCompleters]::CompleteFilename($typed)
        $found = @($found | Where-Object { $paths -eq 'FILE' -or $_.ResultType -eq 'ProviderContainer' })
        foreach ($path in $found) {
            [System.Management.Automation.CompletionResult]::new(
                $prefix + $path.CompletionText, $path.ListItemText, $path.ResultType, $path.ToolTip)
        }
        if ($found.Count -eq 0) { '' }
        return
    }
    $found = @($offers | Where-Object { $_.Word.StartsWith($typed, 'OrdinalIgnoreCase') })
    if ($found.Count -eq 0) { return '' }
    foreach ($offer in $found) {
        if ($free) {
            [System.Management.Automation.CompletionResult]::new(
                $prefix + $offer.Word, $offer.Word, $type, $offer.Help)
        } else {
            $prefix + $offer.Word
        }
    }
}
`;
}
