function Restore-ProfilePhoto {
    <#
    .SYNOPSIS
    Puts back the profile photos that Remove-ProfilePhoto -Backup saved.
    .DESCRIPTION
    Puts back all photos of a folder, or those of some ids, and writes an object for each: restored, kept (it has a photo
    now), planned (-WhatIf). A target that fails is an error. Asks once; -Confirm:$false does not.
    .PARAMETER Path
    The folder that was given to -Backup.
    .PARAMETER Id
    Ids as they were removed by; me for the signed-in user. Default: all of them.
    .PARAMETER Overwrite
    Replaces photos that are there now; each is saved to the same folder first.
    .PARAMETER Since
    Only photos saved at this time or later.
    .PARAMETER Before
    The newest photos saved before this time.
    .PARAMETER Report
    Appends a record of each outcome to this file (NDJSON).
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
    .OUTPUTS
    ProfilePhoto.Result
    .EXAMPLE
    Restore-ProfilePhoto photos -WhatIf

    Checks the photos, and changes nothing.
    .EXAMPLE
    Restore-ProfilePhoto photos -Id alex@contoso.com -Confirm:$false

    Puts back one photo.
    #>
    [CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')]
    [OutputType('ProfilePhoto.Result')]
    param(
        [Parameter(Mandatory, Position = 0)]
        [string]$Path,
        [Parameter(Position = 1, ValueFromPipeline, ValueFromPipelineByPropertyName)]
        [Alias('UserId', 'ObjectId', 'UserPrincipalName')]
        [object[]]$Id,
        [switch]$Overwrite,
        [datetime]$Since,
        [datetime]$Before,
        [string]$Report,
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
        Import-CallerPreference $PSCmdlet $PSBoundParameters
        $ids = New-Object System.Collections.Generic.List[string]
    }
    process {
        foreach ($item in $Id | Where-Object { $null -ne $_ }) {
            $of = if ($item.PSObject.Properties['Target']) { $item.Target }
            $kind = if ($of -eq 'group') { 'group' } else { 'user' }
            $one = if ($of -eq 'me') { 'me' } else { Get-TargetId $item $kind }
            if ($one -is [string]) { $ids.Add($one) } else { $PSCmdlet.WriteError($one) }
        }
    }
    end {
        $isSome = $MyInvocation.ExpectingInput -or $PSBoundParameters.ContainsKey('Id')
        if ($isSome -and $ids.Count -eq 0) { return } # nobody is not everybody
        $action = 'Restore profile photo'
        $folder = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
        $options = @(ConvertTo-Option $PSCmdlet $PSBoundParameters) + '--output=ndjson' + '--yes'
        if ($WhatIfPreference) { $options += '--what-if' }
        else {
            $what = if ($ids.Count) { "$($ids -join ', ') from $folder" } else { "all in $folder" }
            if ($Overwrite) { $what += ', in place of the photos that are there now' }
            if (-not $PSCmdlet.ShouldProcess($what, $action)) { return }
        }
        if ($ErrorActionPreference -eq 'Stop') { $options += '--error-action=stop' }
        $isDone = $false
        $run = Start-Program $PSCmdlet (@('restore') + $options + '--' + $folder + $ids)
        try {
            Receive-Result $run $action -ToEnd
            $isDone = $true
        } finally {
            if (-not $isDone) { Stop-Program $run }
        }
    }
}
