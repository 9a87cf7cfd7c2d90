# Writes results: a failure as an error, everything else as an object.
function Write-Result([hashtable]$Run, [object[]]$Results, [string]$Action) {
    foreach ($result in $Results) {
        $name = if ($result.PSObject.Properties['Name'] -and $result.Name) { $result.Name } else { $result.Id }
        if (-not $name) { $name = $result.Target }
        if ($Run.Labels.ContainsKey($name)) {
            $label = $Run.Labels[$name]
            $Run.Labels.Remove($name)
            $name = $label
        }
        if ('failed', 'planned' -notcontains $result.Outcome) { $Run.Cmdlet.WriteObject($result); continue }
        if ($result.Outcome -eq 'failed') {
            $message = $result.Message -replace '^line \d+: ' # of what Send-Target writes
            $failure = New-ProgramError $result.Code "${name}: $message" $result $name $result.Hint
            # What stops the pipeline comes last: the others that were in flight have been removed.
            $isLast = $result.Code -eq 'DelegatedTokenRequired' -or $ErrorActionPreference -eq 'Stop'
            if (-not $isLast) { $Run.Cmdlet.WriteError($failure) }
            elseif ($Run.Failure) { $Run.Cmdlet.WriteObject($result) }
            else { $Run.Failure = $failure }
            continue
        }
        [void]$Run.Cmdlet.ShouldProcess($name, $Action) # says "What if: ..."
        $Run.Cmdlet.WriteObject($result)
    }
}
