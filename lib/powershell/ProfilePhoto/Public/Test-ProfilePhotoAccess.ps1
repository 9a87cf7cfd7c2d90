function Test-ProfilePhotoAccess {
    <#
    .SYNOPSIS
    Checks the sign-in, permissions and configuration.
    .DESCRIPTION
    Signs in, reads the token, and writes an object that says who you are, what the token may do, and in Next what to do
    if it can remove no photo. A sign-in that fails is a terminating error.
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
    ProfilePhoto.Access
    .EXAMPLE
    Test-ProfilePhotoAccess

    With the credential of the environment, or of Connect-ProfilePhoto.
    .EXAMPLE
    (Test-ProfilePhotoAccess).Access.User

    Whether the photos of users can be removed, and why.
    #>
    [CmdletBinding()]
    [OutputType('ProfilePhoto.Access')]
    param(
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
    $options = @(ConvertTo-Option $PSCmdlet $PSBoundParameters) + '--output=ndjson'
    $run = Start-Program $PSCmdlet (@('doctor') + $options)
    Read-Output $run 'Check access' | ForEach-Object { ConvertFrom-Record $_ ProfilePhoto.Access }
}
