# Sets the preference variables of a function to those of its caller, which a module does not see by itself: a script
# that sets $WhatIfPreference counts on it. Parameters such as -WhatIf go first.
function Import-CallerPreference {
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [System.Collections.IDictionary]$Bound)
    foreach ($parameter in 'WhatIf', 'Confirm', 'Verbose', 'ErrorAction', 'WarningAction', 'ProgressAction') {
        if ($Bound.ContainsKey($parameter)) { continue }
        $variable = "$($parameter -replace '(?<!Error)Action$')Preference"
        $value = $Cmdlet.SessionState.PSVariable.GetValue($variable)
        if ($null -ne $value) { Set-Variable -Scope 1 -Name $variable -Value $value -WhatIf:$false -Confirm:$false }
    }
}
