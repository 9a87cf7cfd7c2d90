# Shows how many are done, four times a second at most.
function Show-Progress([hashtable]$Run, [string]$Activity, [bool]$IsTotalKnown) {
    if (-not $Run.Reading) {
        if ($Run.Shown) { Write-Progress -Activity $Activity -Completed }
        return
    }
    if ($Run.Clock.ElapsedMilliseconds - $Run.Shown -lt 250) { return }
    $Run.Shown = $Run.Clock.ElapsedMilliseconds
    $of = @{ Activity = $Activity; Status = "$($Run.Received) done" }
    if ($Run.Sent) { $of.Status = "$($Run.Received) of $($Run.Sent)" }
    if ($Run.Sent -and $IsTotalKnown) { $of.PercentComplete = [math]::Min(100, 100 * $Run.Received / $Run.Sent) }
    Write-Progress @of
}
