# Returns the lines of records that have arrived, and passes on messages. With -Wait (ms), waits for the first of anything.
function Receive-Line([hashtable]$Run, [int]$Wait) {
    if ($Wait) {
        $tasks = @($Run.Reading, $Run.ReadingError, $Run.Writing | Where-Object { $_ })
        if ($tasks.Count) { [void][System.Threading.Tasks.Task]::WaitAny([System.Threading.Tasks.Task[]]$tasks, $Wait) }
    }
    while ($Run.ReadingError -and $Run.ReadingError.IsCompleted) {
        $line = $Run.ReadingError.Result
        $Run.ReadingError = if ($null -eq $line) { $null } else { $Run.Process.StandardError.ReadLineAsync() }
        if ($null -ne $line) { Write-ProgramMessage $Run $line }
    }
    $limit = $Run.Received + 1000 # Windows PowerShell parses 2 MB of JSON at a time
    while ($Run.Reading -and $Run.Reading.IsCompleted -and $Run.Received -lt $limit) {
        $line = $Run.Reading.Result
        $Run.Reading = if ($null -eq $line) { $null } else { $Run.Process.StandardOutput.ReadLineAsync() }
        if ($line) { $line; $Run.Received++ }
    }
}
