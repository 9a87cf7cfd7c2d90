# Ends the program in good order if it still runs: what is in flight finishes, and nothing else is started.
function Stop-Program([hashtable]$Run) {
    if (-not $Run -or $Run.IsEnded) { return }
    $Run.IsEnded = $true
    $process = $Run.Process
    $read = {
        while ($Run.ReadingError -and $Run.ReadingError.Wait(250)) {
            $line = $Run.ReadingError.Result
            $Run.ReadingError = if ($null -eq $line) { $null } else { $process.StandardError.ReadLineAsync() }
            if (-not $line) { continue }
            $isSummary = $Run.Sent -and $line -match '^\d.* in \d'
            if ($isSummary -or -not (Test-Detail $line)) { $Run.Cmdlet.Host.UI.WriteWarningLine($line.Trim()) }
            if ($line -match '^Stopping') { return $true }
        }
        $process.HasExited
    }
    try {
        # At a terminal, Ctrl-C has reached the program too; a second signal would end it at once.
        if (-not $Run.IsStopping -and -not (& $read) -and [System.IO.Path]::DirectorySeparatorChar -eq '/') {
            $signal = "-c `"kill -TERM $($process.Id) 2> /dev/null`"" # it may have ended by now
            [System.Diagnostics.Process]::Start('/bin/sh', $signal).WaitForExit()
        }
        $process.StandardOutput.Dispose()
        $Run.Input.Dispose()
        for ($waited = 0; $waited -lt 60 -and -not $process.WaitForExit(500); $waited++) { }
        if (-not $process.HasExited) { $process.Kill() }
        [void](& $read)
    } catch [System.IO.IOException], [System.InvalidOperationException], [System.AggregateException] {
        if (-not $process.HasExited) { $process.Kill() }
    } finally {
        $process.Dispose()
    }
}
