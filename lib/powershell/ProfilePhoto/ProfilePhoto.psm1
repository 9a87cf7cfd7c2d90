Set-StrictMode -Version 2

foreach ($file in Get-ChildItem -Path "$PSScriptRoot/Private", "$PSScriptRoot/Public" -Filter *.ps1) { . $file.FullName }

# What Connect-ProfilePhoto keeps: the token, and the options of the cloud that it is for.
$script:Connection = $null

# A pipeline can also be stopped while a command before this one runs. From 7.3 on, PowerShell tells; the block that it
# calls then would be a syntax error in earlier ones.
if ($PSVersionTable.PSVersion -ge [version]'7.3') {
    $text = ${function:Remove-ProfilePhoto}.ToString() + "`nclean { Stop-Program `$run }"
    ${function:Remove-ProfilePhoto} = $ExecutionContext.SessionState.Module.NewBoundScriptBlock(
        [scriptblock]::Create($text))
}
