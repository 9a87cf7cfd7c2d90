# Sets the preference variables of a function to those of its caller, which a module does not see by itself: a script
# that sets $WhatIfPreference counts on it. Parameters such as -WhatIf go first.
function Import-CallerPreference {
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [System.Collections.IDictionary]$Bound)
    foreach ($name in 'WhatIf', 'Confirm', 'Verbose', 'ErrorAction', 'Warning', 'Progress', 'Information') {
        $variable = if ($name -eq 'ErrorAction') { 'ErrorActionPreference' } else { "${name}Preference" }
        $parameter = switch ($name) { Warning { 'WarningAction' } Progress { 'ProgressAction' } Information { 'InformationAction' } default { $name } }
        if ($Bound.ContainsKey($parameter)) { continue }
        $value = $Cmdlet.SessionState.PSVariable.GetValue($variable)
        if ($null -ne $value) { Set-Variable -Scope 1 -Name $variable -Value $value -WhatIf:$false -Confirm:$false }
    }
}
