# Runs the program to its end, and returns the lines that it writes.
function Read-Output([hashtable]$Run, [string]$Activity) {
    $isDone = $false
    try {
        while ($Run.Reading -or $Run.ReadingError) {
            Receive-Line $Run 100
            Show-Progress $Run $Activity $false
        }
        Complete-Program $Run
        $isDone = $true
    } finally {
        if (-not $isDone) { Stop-Program $Run }
    }
}
