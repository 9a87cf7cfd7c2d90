function Find-ProfilePhoto {
    <#
    .SYNOPSIS
    Lists users or groups, and whether they have a profile photo.
    .DESCRIPTION
    Lists what -Filter, -MemberOf or -All chooses, as objects that Remove-ProfilePhoto takes from the pipeline. One whose
    photo cannot be looked at is an error.
    .PARAMETER Kind
    User (default) or Group.
    .PARAMETER Filter
    Chooses those that an OData filter matches.
    .PARAMETER MemberOf
    Chooses the users in this group, nested groups included.
    .PARAMETER All
    Chooses everybody in the directory, or with -Kind Group every group.
    .PARAMETER Except
    Leaves out those in this file, whichever way they are named.
    .PARAMETER Limit
    Fails if more than this match.
    .PARAMETER ContactSheet
    Writes the photos to this new file, a page to look at and to choose on (HTML).
    .PARAMETER WithPhoto
    Only those with a photo.
    .PARAMETER WithoutPhoto
    Only those without a photo.
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
    .OUTPUTS
    ProfilePhoto.Found
    .EXAMPLE
    Find-ProfilePhoto -Filter "userType eq 'Guest'" -WithPhoto

    The guests who have a photo.
    .EXAMPLE
    Find-ProfilePhoto -MemberOf 0c000000-0000-4000-8000-000000000001 -WithPhoto | Remove-ProfilePhoto -WhatIf

    What would be removed in a group.
    #>
    [CmdletBinding()]
    [OutputType('ProfilePhoto.Found')]
    param(
        [Parameter(Position = 0)]
        [ValidateSet('User', 'Group')]
        [string]$Kind = 'User',
        [string]$Filter,
        [string]$MemberOf,
        [switch]$All,
        [string]$Except,
        [int]$Limit,
        [string]$ContactSheet,
        [switch]$WithPhoto,
        [switch]$WithoutPhoto,
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
    Import-CallerPreference $PSCmdlet $PSBoundParameters
    $of = $Kind.ToLowerInvariant()
    $options = @(ConvertTo-Option $PSCmdlet $PSBoundParameters) + '--output=ndjson'
    $run = Start-Program $PSCmdlet (@('find', $of) + $options)
    Read-Output $run 'Find profile photos' | ForEach-Object {
        $found = ConvertFrom-Record $_ ProfilePhoto.Found
        Add-Member -InputObject $found -NotePropertyName Target -NotePropertyValue $of
        if (-not $found.Code) { return $found }
        $PSCmdlet.WriteError((New-ProgramError $found.Code "$($found.Id): $($found.Message)" $found $found.Id))
    }
}
