# The fields of records, which get PowerShell's case. Text in a value cannot be one of them: its quotes are escaped.
$script:Fields = @(
    'target', 'id', 'outcome', 'status', 'code', 'message', 'hint', 'requestId', 'attempts', 'durationMs', 'graphCode'
    'backup', 'verified', 'presumed', 'existence', 'clientRequestId', 'replaces', 'name'
    'userPrincipalName', 'displayName', 'photo', 'width', 'height', 'contentType', 'synced', 'enabled'
    'cloud', 'graph', 'authority', 'credential', 'token', 'tenantId', 'clientId', 'user', 'audience', 'permissions'
    'expires', 'access', 'photoUpdateSettings', 'next', 'sources', 'signIn'
)

# Returns the records of NDJSON lines as objects of a type.
function ConvertFrom-Record([string[]]$Lines, [string]$Type) {
    $json = '[' + ($Lines -join ',') + ']'
    foreach ($name in $script:Fields) {
        $json = $json.Replace("`"${name}`":", "`"$($name.Substring(0, 1).ToUpperInvariant())$($name.Substring(1))`":")
    }
    foreach ($record in ConvertFrom-Json -InputObject $json) {
        $record.PSObject.TypeNames.Insert(0, $Type)
        $record
    }
}
