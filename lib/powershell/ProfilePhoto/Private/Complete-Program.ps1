# Notes that the program has ended; what it says of the whole run is a terminating error.
function Complete-Program([hashtable]$Run) {
    $Run.Process.WaitForExit()
    $Run.IsEnded = $true
    $exitCode = $Run.Process.ExitCode
    $Run.Process.Dispose()
    if ($Run.Failure) { $Run.Cmdlet.ThrowTerminatingError($Run.Failure) }
    if ($Run.ErrorText.Count -eq 0 -and (0, 1 -contains $exitCode)) { return }
    $code = switch ($exitCode) { 2 { 'UsageError' } 4 { 'CredentialError' } 130 { 'Interrupted' } default { 'RunError' } }
    $text = if ($Run.ErrorText.Count) { $Run.ErrorText -join "`n" } else { "The program ended with exit code $exitCode" }
    $Run.Cmdlet.ThrowTerminatingError((New-ProgramError $code $text))
}
