function Disconnect-ProfilePhoto {
    <#
    .SYNOPSIS
    Forgets the token of Connect-ProfilePhoto.
    .DESCRIPTION
    Clears the token from the memory of this session. At Microsoft Entra, it stays valid until it expires.
    .EXAMPLE
    Disconnect-ProfilePhoto
    #>
    [CmdletBinding()]
    param()
    if ($script:Connection) { $script:Connection.Token.Dispose() }
    $script:Connection = $null
}
