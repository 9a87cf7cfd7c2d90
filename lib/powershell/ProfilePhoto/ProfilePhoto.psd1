@{
    RootModule = 'ProfilePhoto.psm1'
    ModuleVersion = '0.1.0'
    GUID = 'b0b6d7a5-6c3e-4b58-9a0c-2f6f0d5c9e41'
    Author = 'The authors of remove-profile-photo'
    Copyright = 'MIT license'
    Description = 'Removes Microsoft 365 profile photos through Microsoft Graph: one or a hundred thousand, with backup, restore, resume and verification. It runs remove-profile-photo, which it finds beside it, on the PATH, or by $env:REMOVE_PROFILE_PHOTO.'
    PowerShellVersion = '5.1'
    CompatiblePSEditions = 'Desktop', 'Core'
    FormatsToProcess = 'ProfilePhoto.format.ps1xml'
    FunctionsToExport = @(
        'Connect-ProfilePhoto'
        'Disconnect-ProfilePhoto'
        'Find-ProfilePhoto'
        'Remove-ProfilePhoto'
        'Restore-ProfilePhoto'
        'Test-ProfilePhotoAccess'
    )
    CmdletsToExport = @()
    VariablesToExport = @()
    AliasesToExport = @()
    PrivateData = @{
        PSData = @{
            Tags = 'Microsoft365', 'MicrosoftGraph', 'EntraID', 'ProfilePhoto', 'PSEdition_Desktop', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS'
        }
    }
}
