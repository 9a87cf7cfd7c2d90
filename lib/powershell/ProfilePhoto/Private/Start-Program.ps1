# Starts the program. Its standard input stays open only for -Input; no secret is an argument.
function Start-Program {
    param(
        [System.Management.Automation.PSCmdlet]$Cmdlet,
        [string[]]$Arguments,
        [hashtable]$Environment = @{},
        [switch]$KeepInput,
        [switch]$Alone # without what Connect-ProfilePhoto keeps
    )
    try { $program = Find-Program } catch {
        $Cmdlet.ThrowTerminatingError((New-ProgramError 'ProgramNotFound' "$_"))
    }
    $all = @($program.Arguments) + $Arguments
    $connection = if ($Alone) { $null } else { $script:Connection }
    if ($connection) {
        $given = @($Arguments) -replace '(?s)=.*'
        $all += @($connection.Options | Where-Object { $given -notcontains ($_ -replace '(?s)=.*') })
    }
    if ($VerbosePreference -ne 'SilentlyContinue') { $all += '--verbose' }

    $start = New-Object System.Diagnostics.ProcessStartInfo
    $start.FileName = $program.Path
    $start.Arguments = ConvertTo-CommandLine $all
    $start.UseShellExecute = $false
    # In a console, the program shares it, and with it Ctrl-C.
    $start.CreateNoWindow = $Cmdlet.Host.Name -eq 'Windows PowerShell ISE Host'
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $start.StandardOutputEncoding = [System.Text.Encoding]::UTF8
    $start.StandardErrorEncoding = [System.Text.Encoding]::UTF8
    $location = $Cmdlet.SessionState.Path.CurrentFileSystemLocation.ProviderPath
    if ($location) { $start.WorkingDirectory = $location }
    if ($connection) { $start.EnvironmentVariables['GRAPH_ACCESS_TOKEN'] = ConvertFrom-Secret $connection.Token }
    foreach ($name in $Environment.Keys) { $start.EnvironmentVariables[$name] = $Environment[$name] }

    try { $process = [System.Diagnostics.Process]::Start($start) } catch {
        $Cmdlet.ThrowTerminatingError((New-ProgramError 'ProgramNotFound' "Cannot start $($program.Path): $_"))
    }
    $run = @{
        Process = $process
        Cmdlet = $Cmdlet
        Input = $process.StandardInput.BaseStream
        Unsent = New-Object System.Text.StringBuilder
        Writing = $null
        IsFlushed = $true
        Reading = $process.StandardOutput.ReadLineAsync()
        ReadingError = $process.StandardError.ReadLineAsync()
        ErrorText = New-Object System.Collections.Generic.List[string]
        IsPrompt = $false
        IsStopping = $false
        IsEnded = $false
        Labels = @{} # what is shown in place of an id, until its result has come
        Sent = 0
        Received = 0
        Clock = [System.Diagnostics.Stopwatch]::StartNew()
        Shown = 0
        Due = 0
        Failure = $null
    }
    if (-not $KeepInput) { $run.Input.Dispose() }
    $run
}
