# Notes that the program has ended; what it says of the whole run is a terminating error.
function Complete-Program([hashtable]$Run, [switch]$BeforeInput) {
    $Run.Process.WaitForExit()
    $Run.IsEnded = $true
    $exitCode = $Run.Process.ExitCode
    $Run.Process.Dispose()
    if ($Run.Failure) { $Run.Cmdlet.ThrowTerminatingError($Run.Failure) }
    if ($Run.ErrorText.Count -eq 0 -and (0, 1 -contains $exitCode) -and -not $BeforeInput) { return }
    $code = @{ 2 = 'UsageError'; 4 = 'CredentialError'; 130 = 'Interrupted' }[$exitCode]
    if (-not $code) { $code = 'RunError' }
    $text = "The program ended with exit code $exitCode"
    if ($BeforeInput) { $text += ' before its input did' }
    if ($Run.ErrorText.Count) { $text = $Run.ErrorText -join "`n" }
    $Run.Cmdlet.ThrowTerminatingError((New-ProgramError $code $text))
}
