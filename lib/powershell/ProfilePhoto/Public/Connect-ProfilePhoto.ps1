function Connect-ProfilePhoto {
    <#
    .SYNOPSIS
    Signs in once for the other functions of this module.
    .DESCRIPTION
    Keeps an access token in the memory of this session, until Disconnect-ProfilePhoto or its end, and hands it to the
    program in its environment: it is in no variable, file, history or command line. When it expires, connect again.
    Writes who is signed in, as Test-ProfilePhotoAccess does.
    .PARAMETER For
    What the token is for: me asks a person for less than user (default) and group.
    .PARAMETER AccessToken
    A ready-made token of Microsoft Graph, in place of a sign-in.
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
    Connect-ProfilePhoto -SignIn browser -ClientId 22222222-2222-4222-8222-222222222222 -TenantId contoso.com

    Signs in a person with the browser.
    .EXAMPLE
    Connect-ProfilePhoto

    Signs in an app with the AZURE_ variables.
    .EXAMPLE
    Connect-ProfilePhoto -AccessToken (Get-AzAccessToken -ResourceTypeName MSGraph -AsSecureString).Token

    Uses a token that is there already.
    #>
    [CmdletBinding(DefaultParameterSetName = 'SignIn')]
    [OutputType('ProfilePhoto.Access')]
    param(
        [Parameter(ParameterSetName = 'SignIn')]
        [ValidateSet('me', 'user', 'group')]
        [string]$For = 'user',
        [Parameter(Mandatory, ParameterSetName = 'Token')]
        [securestring]$AccessToken,
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
    $options = @(ConvertTo-Option $PSCmdlet $PSBoundParameters)
    if (-not $AccessToken) {
        $run = Start-Program $PSCmdlet (@('token', $For) + $options) -Alone
        $AccessToken = ConvertTo-SecureString -AsPlainText -Force "$(Read-Output $run 'Sign in')"
        $AccessToken.MakeReadOnly()
    }
    $endpoints = @($options -match '^--(cloud|graph-endpoint|authority-host)=')
    $environment = @{ GRAPH_ACCESS_TOKEN = ConvertFrom-Secret $AccessToken }
    $run = Start-Program $PSCmdlet (@('doctor', '--output=ndjson') + $endpoints) -Environment $environment -Alone
    Read-Output $run 'Check access' | ForEach-Object { ConvertFrom-Record $_ ProfilePhoto.Access }
    $script:Connection = @{ Token = $AccessToken; Options = $endpoints }
}
