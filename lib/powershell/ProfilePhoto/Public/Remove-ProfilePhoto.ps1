function Remove-ProfilePhoto {
    <#
    .SYNOPSIS
    Removes the profile photos of users, groups, or the signed-in user.
    .DESCRIPTION
    Removes profile photos through Microsoft Graph, and writes an object for each: removed, absent, planned (-WhatIf),
    declined or notAttempted. A target that fails is an error: its id is the code of the failure, its TargetObject
    the result. Asks for each target; -Confirm:$false does not. For -Filter, -MemberOf and -All it asks once, with the
    number and the first names.
    .PARAMETER UserId
    Object ids or userPrincipalNames of users. Objects from the pipeline are taken by UserId, Id, ObjectId,
    UserPrincipalName or UPN, in this order.
    .PARAMETER GroupId
    Object ids of groups.
    .PARAMETER Me
    The signed-in user.
    .PARAMETER Kind
    What the pipeline or the selection is about: User (default) or Group.
    .PARAMETER Filter
    Chooses those that an OData filter matches.
    .PARAMETER MemberOf
    Chooses the users in this group, nested groups included.
    .PARAMETER All
    Chooses everybody in the directory, or with -Kind Group every group.
    .PARAMETER Except
    A file with those who are not to be touched, whichever way they are named.
    .PARAMETER Limit
    Removes nothing if more than this match.
    .PARAMETER ContactSheet
    With -WhatIf, writes the photos to this new file, a page to look at and to choose on (HTML).
    .PARAMETER Backup
    Saves each photo to this folder before removing it; see Restore-ProfilePhoto.
    .PARAMETER Verify
    Checks after each removal that the photo is gone.
    .PARAMETER Report
    Appends a record of each outcome to this file (NDJSON).
    .PARAMETER Resume
    Skips targets already done in this report, and appends to it; begins it if it does not exist.
    .PARAMETER BatchSize
    Targets per request, 1 to 20. Default: 20.
    .PARAMETER Concurrency
    Requests in flight at a time. Default: 4.
    .PARAMETER Timeout
    Seconds per attempt. Default: 30.
    .PARAMETER MaxAttempts
    Attempts per target. Default: 5.
    .PARAMETER MaxWait
    Longest wait in seconds that Graph may ask for. Default: 180.
    .PARAMETER Cloud
    The Microsoft cloud: global (default), usgov, usgovdod, china; emulator starts a local one to try things out.
    .PARAMETER GraphEndpoint
    Root of another Microsoft Graph.
    .PARAMETER AuthorityHost
    Root of another sign-in service.
    .PARAMETER SignIn
    How to sign in: environment (default), browser, device, managed-identity, github or azure-pipelines.
    .PARAMETER TenantId
    Tenant to sign in to.
    .PARAMETER ClientId
    App to sign in as.
    .PARAMETER Certificate
    PEM or PFX file with the app's certificate and key.
    .PARAMETER Port
    Port of this computer to which the browser returns; default: a free one.
    .INPUTS
    Ids, or objects such as those of Import-Csv, Get-MgUser and Find-ProfilePhoto.
    .OUTPUTS
    ProfilePhoto.Result
    .EXAMPLE
    Remove-ProfilePhoto -UserId alex@contoso.com -WhatIf

    Looks whether there is a photo, and removes nothing.
    .EXAMPLE
    Import-Csv leavers.csv | Remove-ProfilePhoto -Backup photos -Report run.ndjson -Confirm:$false

    Removes the photos of a list, after saving them.
    .EXAMPLE
    Remove-ProfilePhoto -Filter 'accountEnabled eq false' -Except keep.csv -WhatIf

    Looks at everybody whose account is disabled, except those in a file.
    .EXAMPLE
    Get-Content leavers.txt | Remove-ProfilePhoto -Confirm:$false -ErrorVariable failed
    $failed.TargetObject | Export-Csv failed.csv

    Keeps those that failed for another try.
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High', DefaultParameterSetName = 'User')]
    [OutputType('ProfilePhoto.Result')]
    param(
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'User', ValueFromPipeline,
            ValueFromPipelineByPropertyName)]
        [Alias('Id', 'ObjectId', 'UserPrincipalName')]
        [object[]]$UserId,
        [Parameter(Mandatory, ParameterSetName = 'Group')]
        [string[]]$GroupId,
        [Parameter(Mandatory, ParameterSetName = 'Me')]
        [switch]$Me,
        [Parameter(ParameterSetName = 'User')]
        [Parameter(ParameterSetName = 'Selection')]
        [ValidateSet('User', 'Group')]
        [string]$Kind = 'User',
        [Parameter(ParameterSetName = 'Selection')]
        [string]$Filter,
        [Parameter(ParameterSetName = 'Selection')]
        [string]$MemberOf,
        [Parameter(ParameterSetName = 'Selection')]
        [switch]$All,
        [string]$Except,
        [int]$Limit,
        [string]$ContactSheet,
        [string]$Backup,
        [switch]$Verify,
        [string]$Report,
        [string]$Resume,
        [int]$BatchSize,
        [int]$Concurrency,
        [double]$Timeout,
        [int]$MaxAttempts,
        [double]$MaxWait,
        [ValidateSet('global', 'usgov', 'usgovdod', 'china', 'emulator')]
        [string]$Cloud,
        [string]$GraphEndpoint,
        [string]$AuthorityHost,
        [ValidateSet('environment', 'browser', 'device', 'managed-identity', 'github', 'azure-pipelines')]
        [string]$SignIn,
        [string]$TenantId,
        [string]$ClientId,
        [string]$Certificate,
        [int]$Port
    )
    begin {
        $run = $null
        $isStopped = $false
        Import-CallerPreference $PSCmdlet $PSBoundParameters
        $action = 'Remove profile photo'
        $command = if ($GroupId) { 'group' } else { $Kind.ToLowerInvariant() }
        $options = @(ConvertTo-Option $PSCmdlet $PSBoundParameters) + '--output=ndjson' + '--yes'
        if ($WhatIfPreference) { $options += '--what-if' }
        if ($ErrorActionPreference -eq 'Stop') { $options += '--error-action=stop' }
    }
    process {
        $isDone = $false
        try {
            foreach ($item in $(if ($GroupId) { $GroupId } else { $UserId })) {
                $id = Get-TargetId $item $command
                if ($id -isnot [string] -and $run -and $ErrorActionPreference -eq 'Stop') {
                    $run.Failure = $id # after the results of those before it
                    $isStopped = $true
                }
                if ($isStopped) { break }
                if ($id -isnot [string]) { $PSCmdlet.WriteError($id); continue }
                $label = Get-TargetLabel $item $id
                if (-not $WhatIfPreference -and -not $PSCmdlet.ShouldProcess($label, $action)) { continue }
                if (-not $run) {
                    $run = Start-Program $PSCmdlet (@($command, '-', '--column=id') + $options) -KeepInput
                }
                if ($label -ne $id) { $run.Labels[$id] = $label }
                Send-Target $run $id
            }
            if ($run -and $run.Clock.ElapsedMilliseconds -ge $run.Due) {
                Receive-Result $run $action
                $run.Due = $run.Clock.ElapsedMilliseconds + 20 # ms: piped objects mostly arrive together
            }
            $isDone = $true
        } finally {
            if (-not $isDone) { Stop-Program $run }
        }
    }
    end {
        $isDone = $false
        try {
            if ($PSCmdlet.ParameterSetName -eq 'Me') {
                if ($Me -and ($WhatIfPreference -or $PSCmdlet.ShouldProcess('me', $action))) {
                    $run = Start-Program $PSCmdlet (@('me') + $options)
                }
            } elseif ($PSCmdlet.ParameterSetName -eq 'Selection') {
                $run = Start-Selection $PSCmdlet $PSBoundParameters $command $options $action
            }
            if ($run) { Receive-Result $run $action -ToEnd }
            $isDone = $true
        } finally {
            if (-not $isDone) { Stop-Program $run }
        }
    }
}
