import { type Grammar, type GrammarOption, optionsWithCommands } from "./grammar.ts";

/** A text in single quotes, as PowerShell reads it, to which typographic quotes are quotes too. */
const quoted = (text: string) => `'${text.replaceAll(/['\u2018-\u201b]/g, "$&$&")}'`;

const list = (words: readonly string[]) => `@(${words.map(quoted).join(", ")})`;

const rows = (entries: readonly Readonly<Record<string, string>>[]) =>
  entries.map((entry) =>
    `        @{ ${Object.entries(entry).map(([name, value]) => `${name} = ${value}`).join("; ")} }`
  ).join("\n");

/** A name in PowerShell's spelling: `WhatIf` for `what-if`. */
const pascalCase = (name: string) => name.replaceAll(/(?:^|-)(\w)/g, (_, letter) => letter.toUpperCase());

function optionRow([option, takenBy]: [GrammarOption, string[]]) {
  const names = [option.name, ...option.aliases ?? []];
  return {
    Words: list([...names.map((name) => `--${name}`), ...names.map((name) => `-${pascalCase(name)}`)]),
    Plain: list([...names.map((name) => name.replaceAll("-", "")), ...(option.short ? [option.short] : [])]),
    Value: quoted(option.value ?? ""),
    Choices: list(option.choices ?? []),
    Commands: list(takenBy),
    Help: quoted(option.help),
  };
}

/**
 * The completions for PowerShell, from 5.0 on. Where a completer returns nothing, PowerShell offers the names of
 * files; where it returns an empty text, nothing.
 */
export function powershellScript(of: Grammar): string {
  const { program, commands } = of;
  const commandRows = commands.map(({ name, summary, parameter, operand = {}, maxOperands = Infinity }) => ({
    Word: quoted(name),
    Parameter: quoted(parameter ? `-${parameter}` : ""),
    Most: maxOperands === Infinity ? "[int]::MaxValue" : `${maxOperands}`,
    Value: quoted(operand.value ?? ""),
    Choices: list(operand.choices ?? []),
    Help: quoted(summary),
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

    # What stands before the word at the cursor.
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

    # PowerShell hands over --output=js as one word, and of -Output:js what stands after the colon.
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

    # What there is to offer for it.
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

    # In ConstrainedLanguage a script may make texts alone, which PowerShell shows as they are.
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
