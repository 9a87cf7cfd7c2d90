# Parameters whose value is a path, which is relative to the location of PowerShell, not of its process.
$script:PathParameters = 'Except', 'ContactSheet', 'Backup', 'Report', 'Resume', 'Certificate', 'Path'
# Parameters that are no options of the program.
$script:OwnParameters = 'UserId', 'GroupId', 'Me', 'Id', 'Path', 'Kind', 'For', 'AccessToken', 'ErrorAction', 'Verbose'

# Returns the program's options for bound parameters: --batch-size=20 for -BatchSize 20.
function ConvertTo-Option {
    param([System.Management.Automation.PSCmdlet]$Cmdlet, [System.Collections.IDictionary]$Bound)
    $common = [System.Management.Automation.PSCmdlet]::CommonParameters +
        [System.Management.Automation.PSCmdlet]::OptionalCommonParameters
    foreach ($name in @($Bound.Keys | Sort-Object)) {
        if ($common -contains $name -or $script:OwnParameters -contains $name) { continue }
        $value = $Bound[$name]
        $option = '--' + ($name -creplace '(?<!^)([A-Z])', '-$1').ToLowerInvariant()
        if ($value -is [switch]) { if ($value) { $option }; continue }
        if ($script:PathParameters -contains $name) { $value = $Cmdlet.GetUnresolvedProviderPathFromPSPath($value) }
        if ($value -is [datetime]) { $value = $value.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ss.fffZ') }
        if ($value -is [double]) { $value = $value.ToString([cultureinfo]::InvariantCulture) }
        "$option=$value"
    }
}
