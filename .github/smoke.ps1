# Tries the executable PROGRAM as Windows PowerShell 5 and PowerShell 7 start it, against the emulator inside it.
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false
$program = (Resolve-Path $env:PROGRAM).Path
$folder = New-Item -ItemType Directory -Path (Join-Path ([IO.Path]::GetTempPath()) ([Guid]::NewGuid()))

function Assert-Exit($expected, $what) {
    if ($LASTEXITCODE -ne $expected) { throw "Exit code $LASTEXITCODE in place of ${expected}: $what" }
}

$name = Split-Path $program -Leaf
$sum = (Get-FileHash $program -Algorithm SHA256).Hash
if (-not (Select-String -Path dist/SHA256SUMS -Pattern "$sum [ *]$([regex]::Escape($name))$")) {
    throw "The checksum of $name is not the one in SHA256SUMS"
}

& $program --version --verbose
Assert-Exit 0 '--version'
& $program -UserId alex@contoso.com,diego@contoso.com -WhatIf -Cloud emulator
Assert-Exit 0 '-UserId a,b -WhatIf'
& $program user '$servicedesk@contoso.com' -Cloud emulator -ErrorAction SilentlyContinue
Assert-Exit 0 'a name with $'
& $program user nobody@contoso.com -Cloud emulator
Assert-Exit 1 'a user who does not exist'
& $program user alex@contoso.com -Zzz
Assert-Exit 2 'an unknown option'

$ids = 'alex@contoso.com', 'diego@contoso.com'
$records = & $program -UserId $ids -Confirm:$false -Cloud emulator | ConvertFrom-Json
Assert-Exit 0 '-UserId $ids -Confirm:$false'
if (@($records | Where-Object outcome -EQ removed).Count -ne 2) { throw 'Two photos were to be removed' }

$ids | & $program user - -Force -Cloud emulator
Assert-Exit 0 'ids from a pipe'
[pscustomobject]@{ userPrincipalName = $ids[0] } | ConvertTo-Json | & $program user - -Force -Cloud emulator
Assert-Exit 0 'one object as JSON from a pipe'
$ids > "$folder\leavers.txt"
& $program user --from "$folder\leavers.txt" --yes --cloud emulator --backup "$folder\photos" --report "$folder\run.ndjson"
Assert-Exit 0 'ids from a file, with paths of Windows'

$env:REMOVE_PROFILE_PHOTO = $program
Import-Module ./lib/powershell/ProfilePhoto
$results = @($ids | Remove-ProfilePhoto -Cloud emulator -Backup "$folder\module photos" -Confirm:$false)
if (@($results | Where-Object Outcome -EQ removed).Count -ne 2) { throw 'The module was to remove two photos' }
if ((Remove-ProfilePhoto $ids[0] -Cloud emulator -WhatIf).Outcome -ne 'planned') { throw '-WhatIf of the module' }
try {
    Remove-ProfilePhoto nobody@contoso.com -Cloud emulator -Confirm:$false
    throw 'The module was to fail'
} catch {
    if ($_.FullyQualifiedErrorId -ne 'TargetNotFound,Remove-ProfilePhoto') { throw }
}
if (-not (Test-ProfilePhotoAccess -Cloud emulator).Access.User.Allowed) { throw 'Test-ProfilePhotoAccess' }

Remove-Item $folder -Recurse
exit 0
