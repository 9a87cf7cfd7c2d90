# Writes the results that have arrived; with -ToEnd, all of them, until the program has ended.
function Receive-Result([hashtable]$Run, [string]$Action, [switch]$ToEnd) {
    $isSent = $false
    # While it may still ask, a bar would be drawn around the questions.
    $isShown = $ToEnd -or $WhatIfPreference -or $ConfirmPreference -eq 'None'
    do {
        $wait = if ($ToEnd -or $Run.Unsent.Length -gt 65536) { 100 } else { 0 }
        $lines = @(Receive-Line $Run $wait)
        if ($lines.Count) { Write-Result $Run @(ConvertFrom-Record $lines ProfilePhoto.Result) $Action }
        if ($isShown) { Show-Progress $Run $Action $ToEnd }
        if (-not $isSent -and (Send-Unsent $Run) -and $ToEnd) {
            $Run.Input.Dispose()
            $isSent = $true
        }
    } while (($ToEnd -or $Run.Unsent.Length -gt 65536) -and ($Run.Reading -or $Run.ReadingError))
    # It ended before its input did: that is an error.
    if ($ToEnd -or -not $Run.Reading) {
        while ($Run.ReadingError) { Receive-Line $Run 100 }
        Complete-Program $Run -BeforeInput:(-not $ToEnd)
    }
}
