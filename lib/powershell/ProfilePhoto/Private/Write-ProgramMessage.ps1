# Returns whether a line of the program's standard error is a detail, which PowerShell shows with -Verbose, and no warning.
function Test-Detail([string]$Line) {
    foreach ($detail in @(
            '^(no targets|nothing was done|[\d,]+ .+) in [\d.,]+ ?\w' # the summary
            '^  [\d,]+ \u00d7 ' # failures, which have errors of their own
            '^  (Property|Column) "|^  Passed over: '
            '^To (undo|resume|go on)\b'
            '^ *[\d,]+ (users?|groups?) \(' # what was chosen
            '^https?://.* credential: ' # what the program's --verbose adds
            '^(Signed in|Printed an access token)\b'
            '^\s*$')) {
        if ($Line -match $detail) { return $true }
    }
    $false
}

# Writes a line of the program's standard error where PowerShell expects it.
function Write-ProgramMessage([hashtable]$Run, [string]$Line) {
    if ($Run.ErrorText.Count -or $Line -match '^error: ') { $Run.ErrorText.Add(($Line -replace '^error: ')); return }
    if ($Line -match '^Stopping') { $Run.IsStopping = $true }
    if ($Line -match '^(Sign in in|To sign in)') { $Run.IsPrompt = $true }
    if ($Run.IsPrompt) {
        $Run.IsPrompt = $Line -notmatch '^Waiting for '
        $Run.Cmdlet.Host.UI.WriteLine($Line) # which must be read now, whatever the preferences are
    } elseif (Test-Detail $Line) { Write-Verbose $Line.Trim() } else { Write-Warning (ConvertTo-ParameterName $Line.Trim()) }
}
