# Starts the removal of what is chosen in the directory. What has to be asked about is listed first, so that the
# question names it, and nobody else is removed.
function Start-Selection {
    param(
        [System.Management.Automation.PSCmdlet]$Cmdlet,
        [System.Collections.IDictionary]$Bound,
        [string]$Kind,
        [string[]]$Options,
        [string]$Action
    )
    if ($WhatIfPreference -or $ConfirmPreference -eq 'None') { return Start-Program $Cmdlet (@($Kind) + $Options) }
    $choosing = 'Filter', 'MemberOf', 'All', 'Except', 'Limit'
    $finding = @{}
    foreach ($name in $Bound.Keys) {
        if ('Backup', 'Verify', 'Report', 'Resume', 'ContactSheet' -notcontains $name) { $finding[$name] = $Bound[$name] }
    }
    $find = Start-Program $Cmdlet (@('find', $Kind, '--output=ndjson') + @(ConvertTo-Option $Cmdlet $finding))
    $lines = @(Read-Output $find 'Find profile photos')
    if ($lines.Count -eq 0) { return }
    $found = @(ConvertFrom-Record $lines ProfilePhoto.Found)
    $names = @($found | Select-Object -First 3 | ForEach-Object {
            if ($_.UserPrincipalName) { $_.UserPrincipalName } elseif ($_.DisplayName) { $_.DisplayName } else { $_.Id }
        }) -join ', '
    if ($found.Count -gt 3) { $names += ', ...' }
    $noun = if ($found.Count -eq 1) { $Kind } else { "${Kind}s" }
    $withPhoto = @($found | Where-Object { $_.Photo }).Count
    if (-not $Cmdlet.ShouldProcess("$($found.Count) $noun, $withPhoto with a photo: $names", $Action)) { return }
    $chosen = '^--(' + (($choosing | ForEach-Object { $_ -creplace '(?<!^)([A-Z])', '-$1' }) -join '|') + ')(=|$)'
    $run = Start-Program $Cmdlet (@($Kind, '-', '--column=id') + ($Options -notmatch $chosen)) -KeepInput
    foreach ($item in $found) { Send-Target $run $item.Id }
    $run
}
