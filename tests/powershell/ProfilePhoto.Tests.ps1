# The module against an emulator that tests/cli/process/powershell_test.ts starts; the environment says how to reach it.
# The emulator is shared: each test removes the photos of users of its own, user00001 and on.
BeforeAll {
    Import-Module "$PSScriptRoot/../../lib/powershell/ProfilePhoto/ProfilePhoto.psd1" -Force
    function Get-User([int]$From, [int]$Count = 1) {
        $From..($From + $Count - 1) | ForEach-Object { 'user{0:d5}@contoso.com' -f $_ }
    }
    function Test-Photo([string[]]$Id) {
        @(Remove-ProfilePhoto $Id -WhatIf 6> $null | ForEach-Object { $_.Outcome -eq 'planned' })
    }
    $group = '0c000000-0000-4000-8000-000000000001'
    # Where the photos of a test are saved, so that the next run has them.
    function New-Folder { (New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))).FullName }
}

Describe 'Remove-ProfilePhoto' {
    It 'removes, and writes an object with a type for each' -Tag Program {
        $results = @(Remove-ProfilePhoto (Get-User 1 2) -Confirm:$false)
        $results.Outcome | Should -Be removed, removed
        ($results.Id | Sort-Object) | Should -Be (Get-User 1 2)
        $results[0].PSObject.TypeNames[0] | Should -Be ProfilePhoto.Result
        ($results | Out-String) | Should -Match 'Outcome\s+Target\s+Id'
        @(Remove-ProfilePhoto (Get-User 1) -Confirm:$false).Outcome | Should -Be absent
    }

    It 'takes ids, objects and rows from the pipeline' {
        $ids = Get-User 10 9
        $items = @(
            $ids[0]
            [pscustomobject]@{ Id = $ids[1]; DisplayName = 'x' }
            [pscustomobject]@{ UserPrincipalName = $ids[2]; Mail = 'x@contoso.com' }
            [pscustomobject]@{ ObjectId = $ids[3] }
            [pscustomobject]@{ UserId = $ids[4]; Id = 'about something else' }
            @{ Id = $ids[5] }
            ("UserPrincipalName,Name`n$($ids[6]),x" | ConvertFrom-Csv)
            ("UPN,Name`n$($ids[8]),x" | ConvertFrom-Csv)
            "  <$($ids[7])> "
        )
        $results = @($items | Remove-ProfilePhoto -Confirm:$false)
        ($results.Id | Sort-Object) | Should -Be $ids
        $results.Outcome | Select-Object -Unique | Should -Be removed
    }

    It 'takes groups by -GroupId, by -Kind, and from Find-ProfilePhoto' {
        @(Remove-ProfilePhoto -GroupId $group -WhatIf).Target | Should -Be group
        @([pscustomobject]@{ Id = $group } | Remove-ProfilePhoto -Kind Group -WhatIf).Target | Should -Be group
        $found = @(Find-ProfilePhoto Group -All -WithPhoto)
        @($found | Remove-ProfilePhoto -Kind Group -WhatIf).Count | Should -Be $found.Count
    }

    It 'is about nothing that is no user' {
        $items = @{ Mail = 'x@contoso.com' }, @{ GroupId = $group; Id = $group }, @{ Target = 'group'; Id = $group }
        $items + 'no id' + 'a@b@c' | Remove-ProfilePhoto -Confirm:$false -ErrorAction SilentlyContinue `
            -ErrorVariable failed | Should -BeNullOrEmpty
        $failed.FullyQualifiedErrorId | Should -Be (@('InvalidTarget,Remove-ProfilePhoto') * 5)
        "$($failed[0])" | Should -Match 'ForEach-Object NAME'
        "$($failed[3])" | Should -Match '^no id: "no id" is not a user id'
    }

    It 'says what to do with the name of a file' {
        Push-Location (New-Folder)
        try {
            'UPN' > leavers.csv
            Remove-ProfilePhoto leavers.csv -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable failed
            "$failed" | Should -Match "Import-Csv 'leavers.csv' \| Remove-ProfilePhoto$"
        } finally { Pop-Location }
    }

    It 'shows the name of an object that it takes by its id' {
        $item = [pscustomobject]@{ Id = '0a000000-0000-4000-8000-00000000dead'; UserPrincipalName = 'x@contoso.com' }
        $item | Remove-ProfilePhoto -WhatIf -ErrorAction SilentlyContinue -ErrorVariable failed
        "$($failed[0].Exception.Message)" | Should -BeLike "x@contoso.com ($($item.Id)): *"
    }

    It 'removes nothing with -WhatIf, and looks' {
        $results = @(Remove-ProfilePhoto (Get-User 20) -WhatIf)
        $results.Outcome | Should -Be planned
        $WhatIfPreference = $true
        @(Get-User 20 | Remove-ProfilePhoto).Outcome | Should -Be planned
        @(Remove-ProfilePhoto -Filter "userPrincipalName eq '$(Get-User 20)'").Outcome | Should -Be planned
        $WhatIfPreference = $false
        Test-Photo (Get-User 20) | Should -BeTrue
    }

    It 'lets a failed target be an error that does not end the pipeline' {
        $ids = 'nobody@contoso.com', (Get-User 30), '404-ImageNotFound@answers.contoso.com'
        $results = @($ids | Remove-ProfilePhoto -Confirm:$false -ErrorVariable failed -ErrorAction SilentlyContinue)
        $results.Id | Should -Contain (Get-User 30)
        $error = $failed | Where-Object { $_.TargetObject.Id -eq 'nobody@contoso.com' }
        $error.FullyQualifiedErrorId | Should -Be 'TargetNotFound,Remove-ProfilePhoto'
        $error.CategoryInfo.Category | Should -Be ObjectNotFound
        $error.CategoryInfo.TargetName | Should -Be 'nobody@contoso.com'
        $error.TargetObject.Code | Should -Be TargetNotFound
        $results.Count + $failed.Count | Should -Be 3
    }

    It 'stops at the first failure with -ErrorAction Stop, after what was in flight' {
        { 'nobody@contoso.com', (Get-User 31) | Remove-ProfilePhoto -Confirm:$false -ErrorAction Stop -Concurrency 1 } |
            Should -Throw -ErrorId 'TargetNotFound,Remove-ProfilePhoto'
        & { $ErrorActionPreference = 'Stop'; { Remove-ProfilePhoto nobody@contoso.com -Confirm:$false } | Should -Throw }
        Test-Photo (Get-User 31) | Should -BeTrue
        $script:seen = @()
        { (Get-User 33), 'nobody@contoso.com', (Get-User 34) | Remove-ProfilePhoto -Confirm:$false -ErrorAction Stop |
                ForEach-Object { $script:seen += $_.Id } } | Should -Throw -ErrorId 'TargetNotFound,Remove-ProfilePhoto'
        ($script:seen | Sort-Object) | Should -Be (Get-User 33 2)
        { @((Get-User 32), @{ Mail = 'x' }, (Get-User 31)) | Remove-ProfilePhoto -Confirm:$false -ErrorAction Stop | ForEach-Object { $script:seen = $_ } } |
            Should -Throw -ErrorId 'InvalidTarget,Remove-ProfilePhoto'
        $script:seen.Id, $script:seen.Outcome | Should -Be (Get-User 32), removed
        Test-Photo (Get-User 31) | Should -BeTrue
    }

    It 'lets what is wrong with the whole run be a terminating error' {
        { Remove-ProfilePhoto x@contoso.com -Confirm:$false -Concurrency 0 -ErrorAction SilentlyContinue } |
            Should -Throw -ErrorId 'UsageError,Remove-ProfilePhoto'
        { Remove-ProfilePhoto x@contoso.com -Confirm:$false -Certificate (Join-Path $TestDrive none.pem) } |
            Should -Throw -ErrorId 'CredentialError,Remove-ProfilePhoto'
        { Remove-ProfilePhoto -Me -Confirm:$false } | Should -Throw -ErrorId '*,Remove-ProfilePhoto'
        { 1..3000 | ForEach-Object { "x$_@contoso.com" } | Remove-ProfilePhoto -Confirm:$false -BatchSize 99 } |
            Should -Throw -ErrorId 'UsageError,Remove-ProfilePhoto'
    }

    It 'chooses in the directory' {
        $filter = "userPrincipalName eq '$(Get-User 40)'"
        $except = Join-Path (New-Folder) keep.csv
        "userPrincipalName`n$(Get-User 40)" | Set-Content $except
        { Remove-ProfilePhoto -Filter $filter -Except $except -Confirm:$false } | Should -Throw -ErrorId UsageError*
        $result = Remove-ProfilePhoto -Filter $filter -Confirm:$false
        $result.Outcome, $result.Name | Should -Be removed, (Get-User 40)
        { Remove-ProfilePhoto -All -Limit 2 -Confirm:$false } | Should -Throw -ErrorId UsageError*
    }

    It 'takes paths as PowerShell does, whatever is in their names' -Tag Program {
        Push-Location (New-Item -ItemType Directory (Join-Path (New-Folder) "it's a `"folder`" \"))
        try {
            Get-User 50 | Remove-ProfilePhoto -Backup photos -Report run.ndjson -Verify -Confirm:$false |
                ForEach-Object { $_.Verified } | Should -BeTrue
            'photos/manifest.ndjson', 'run.ndjson' | Should -Exist
            @(Get-User 50 2 | Remove-ProfilePhoto -Resume run.ndjson -Confirm:$false).Id | Should -Be (Get-User 51)
            @(Restore-ProfilePhoto photos -WhatIf).Outcome | Should -Be planned
            @(Restore-ProfilePhoto photos -Id (Get-User 50) -Confirm:$false).Outcome | Should -Be restored
            @(Get-User 50 | Restore-ProfilePhoto photos -Confirm:$false).Outcome | Should -Be kept
            @(@() | Restore-ProfilePhoto photos -Confirm:$false).Count | Should -Be 0
            @(Restore-ProfilePhoto photos -Id $null -Confirm:$false).Count | Should -Be 0
            @(Restore-ProfilePhoto photos -Id @{ Mail = 'x' } -Confirm:$false -ErrorAction Ignore).Count | Should -Be 0
            { [pscustomobject]@{ Target = 'me' } | Restore-ProfilePhoto photos -Confirm:$false } |
                Should -Throw '*no photo of "me"*'
        } finally { Pop-Location }
    }

    It 'writes what the program says as verbose text and warnings' {
        $said = Remove-ProfilePhoto (Get-User 60) -Confirm:$false -Verbose 4>&1
        "$said" | Should -Match '1 removed in '
        "$said" | Should -Match 'credential: AZURE_CLIENT_SECRET'
        Remove-ProfilePhoto (Get-User 60) -WhatIf -Resume (Join-Path $TestDrive none) -WarningVariable warned 3> $null
        "$warned" | Should -Match 'There is no report'
    }

    It 'passes on 5,000 objects as they come, with ids outside ASCII' -Tag Program {
        $results = @(Get-User 10001 5000 | ForEach-Object { [pscustomobject]@{ Id = $_ } } |
                Remove-ProfilePhoto -Confirm:$false)
        ($results | Group-Object Outcome).Name | Should -Be removed
        $results.Count | Should -Be 5000
        Remove-ProfilePhoto "m$([char]0xfc)ller@contoso.com" -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed[0].TargetObject.Id | Should -Be "m$([char]0xfc)ller@contoso.com"
    }

    It 'shows how many are done, and that it is done' {
        $shell = [powershell]::Create([initialsessionstate]::CreateDefault2())
        [void]$shell.AddScript({
            param($module, $ids)
            Import-Module $module
            $ids | Remove-ProfilePhoto -Confirm:$false -Concurrency 1 -BatchSize 1
        }).AddArgument((Get-Module ProfilePhoto).Path.Replace('psm1', 'psd1')).AddArgument((Get-User 700 60))
        $shell.Invoke().Count | Should -Be 60
        $progress = @($shell.Streams.Progress)
        $progress.Activity | Select-Object -Unique | Should -Be 'Remove profile photo'
        $progress.RecordType | Select-Object -Unique | Should -Be Processing, Completed
        $progress[-1].RecordType | Should -Be Completed
        $last = $progress[-2]
        $last.StatusDescription | Should -Match '^\d+ of 60$'
        $last.PercentComplete | Should -Be ([int](100 * [int]($last.StatusDescription -replace ' .*') / 60))
    }

    It 'ends the program when a later command needs no more' {
        $first = Get-User 3001 2000 | Remove-ProfilePhoto -Confirm:$false -WarningAction SilentlyContinue | Select-Object -First 1
        $first.Outcome | Should -Be removed
        Test-Photo (Get-User 5000) | Should -BeTrue
    }

    It 'ends the program in good order when the pipeline is stopped (<Name>)' -Tag Program -ForEach @(
        @{ Name = 'while it waits'; From = 6001; Script = { $ids | Remove-ProfilePhoto -Confirm:$false -Concurrency 1 } }
        @{ Name = 'while a command before it runs'; From = 8001; Script = { & { $ids; while (-not (Get-Item $report -ErrorAction Ignore).Length) { Start-Sleep -Milliseconds 20 }; $waiting.Set(); Start-Sleep 60 } | Remove-ProfilePhoto -Confirm:$false -Concurrency 1 } }
    ) {
        $report = Join-Path (New-Folder) run.ndjson
        $state = [initialsessionstate]::CreateDefault2()
        $shell = [powershell]::Create($state)
        $waiting = New-Object System.Threading.ManualResetEventSlim
        [void]$shell.AddScript({
            param($module, $script, $ids, $waiting, $report)
            Import-Module $module
            $PSDefaultParameterValues = @{ 'Remove-ProfilePhoto:Report' = $report }
            . ([scriptblock]::Create($script))
        }).AddArgument((Get-Module ProfilePhoto).Path.Replace('psm1', 'psd1')).AddArgument("$Script")
        [void]$shell.AddArgument((Get-User $From 2000)).AddArgument($waiting).AddArgument($report)
        $output = New-Object 'System.Management.Automation.PSDataCollection[psobject]'
        $arrived = New-Object System.Threading.ManualResetEventSlim
        Register-ObjectEvent $output DataAdded -SourceIdentifier arrived
        $going = $shell.BeginInvoke((New-Object 'System.Management.Automation.PSDataCollection[psobject]'), $output)
        if ($From -eq 8001) { $waiting.Wait(20000) | Should -BeTrue }
        else { Wait-Event arrived -Timeout 20 | Should -Not -BeNullOrEmpty }
        $shell.Stop()
        Unregister-Event arrived
        Get-Event arrived -ErrorAction Ignore | Remove-Event
        $done = @(Get-Content $report | ConvertFrom-Json)
        $done.Outcome | Select-Object -Unique | Should -Be removed # and none is cut off
        $done.Count | Should -BeLessThan 2000
        Test-Photo (Get-User ($From + 1999)) | Should -BeTrue
    }
}

Describe 'Find-ProfilePhoto' {
    It 'lists objects that Remove-ProfilePhoto takes' {
        $found = @(Find-ProfilePhoto -Filter "displayName eq 'Alex Wilber'")
        $found.UserPrincipalName, $found.Photo, $found.Target | Should -Be alex@contoso.com, $true, user
        ($found | Out-String) | Should -Match 'Photo\s+Enabled'
        ($found | Remove-ProfilePhoto -WhatIf).Outcome | Should -Be planned
        @(Find-ProfilePhoto -MemberOf $group -WithoutPhoto -WarningAction SilentlyContinue).Photo | Should -Not -Contain $true
        { Find-ProfilePhoto } | Should -Throw '*-Filter, -MemberOf or -All*' -ErrorId UsageError*
    }
}

Describe 'Connect-ProfilePhoto and Test-ProfilePhotoAccess' {
    AfterEach { Disconnect-ProfilePhoto }

    It 'shows the access of the environment' {
        $access = Test-ProfilePhotoAccess
        $access.Access.User.Allowed | Should -BeTrue
        $access.Credential | Should -Be AZURE_CLIENT_SECRET
        ($access | Out-String) | Should -Match '(?s)Permissions +: \{.*RemoveMe +: no: The .*RemoveUsers +: yes'
    }

    It 'signs in once, and hands on the token by the environment of the program alone' -Tag Program {
        (Connect-ProfilePhoto).Credential | Should -Be GRAPH_ACCESS_TOKEN
        $env:GRAPH_ACCESS_TOKEN | Should -BeNullOrEmpty
        (Test-ProfilePhotoAccess).Credential | Should -Be GRAPH_ACCESS_TOKEN
        Disconnect-ProfilePhoto
        (Test-ProfilePhotoAccess).Credential | Should -Be AZURE_CLIENT_SECRET
    }

    It 'passes no token in a command line' -Skip:($env:OS -eq 'Windows_NT') {
        $program = $env:REMOVE_PROFILE_PHOTO
        $fake = Join-Path (New-Folder) program
        '#!/bin/sh', "echo `"{\`"arguments\`":\`"`$*\`",\`"inherited\`":\`"`$GRAPH_ACCESS_TOKEN\`"}`"" | Set-Content $fake
        /bin/chmod +x $fake
        try {
            $env:REMOVE_PROFILE_PHOTO = $fake
            $token = ConvertTo-SecureString -AsPlainText -Force 'canary'
            $said = @(Connect-ProfilePhoto -AccessToken $token -Cloud usgov) + (Test-ProfilePhotoAccess)
            $said.Arguments | Should -Be 'doctor --output=ndjson --cloud=usgov', 'doctor --output=ndjson --cloud=usgov'
            $said.Inherited | Should -Be canary, canary
        } finally { $env:REMOVE_PROFILE_PHOTO = $program }
    }

    It 'takes a token that is there, such as that of a user' {
        $token = ConvertTo-SecureString -AsPlainText -Force $env:TOKEN_OF_A_USER
        Connect-ProfilePhoto -AccessToken $token
        (Remove-ProfilePhoto -Me -WhatIf).Outcome | Should -Be planned
        (Remove-ProfilePhoto -Me -Confirm:$false -Backup (New-Folder)).Outcome | Should -Be removed
    }

    It 'stops where the token can remove nothing, and says so' {
        $token = ConvertTo-SecureString -AsPlainText -Force $env:TOKEN_OF_A_USER
        Connect-ProfilePhoto -AccessToken $token
        try {
            Get-User 100 300 | Remove-ProfilePhoto -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable failed `
                -WarningVariable warned 3> $null
        } catch { $_.FullyQualifiedErrorId | Should -Be 'RunError,Remove-ProfilePhoto' }
        $failed[0].CategoryInfo.Category | Should -Be PermissionDenied
        $failed.Count | Should -BeLessThan 300
        "$warned" | Should -Match 'no further targets are started'
        Disconnect-ProfilePhoto
        Test-Photo (Get-User 399) | Should -BeTrue
    }

    It 'keeps nothing of a sign-in that fails' {
        { Connect-ProfilePhoto -ClientId 00000000-0000-4000-8000-000000000000 } | Should -Throw -ErrorId CredentialError*
        (Test-ProfilePhotoAccess).Credential | Should -Be AZURE_CLIENT_SECRET
    }
}

Describe 'The module' {
    It 'has a valid manifest, and help with examples for each function' {
        $manifest = Test-ModuleManifest (Get-Module ProfilePhoto).Path.Replace('psm1', 'psd1')
        @($manifest.ExportedFunctions.Keys).Count | Should -Be 6
        foreach ($name in $manifest.ExportedFunctions.Keys) {
            $help = Get-Help $name -Full
            $help.Synopsis | Should -Match '^[A-Z].*\.$' -Because $name
            @($help.examples.example).Count | Should -BeGreaterThan 0 -Because $name
            $common = [System.Management.Automation.PSCmdlet]::CommonParameters + 'WhatIf', 'Confirm'
            foreach ($parameter in (Get-Command $name).Parameters.Keys | Where-Object { $common -notcontains $_ }) {
                (Get-Help $name -Parameter $parameter).description.Text | Should -Not -BeNullOrEmpty -Because "$name -$parameter"
            }
        }
    }

    It 'completes values' {
        $line = 'Remove-ProfilePhoto -Cloud usg'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be usgov, usgovdod
    }

    It 'runs what the variable names, else what is beside it, on the PATH, or what Deno can run' {
        $program, $searched = $env:REMOVE_PROFILE_PHOTO, $env:PATH
        $onWindows = $env:OS -eq 'Windows_NT'
        $name = if ($onWindows) { 'remove-profile-photo.exe' } else { 'remove-profile-photo' }
        $folder, $onPath = (New-Folder), (New-Folder)
        $deno = Split-Path (Get-Command deno -CommandType Application)[0].Source
        Copy-Item -Recurse (Split-Path (Get-Module ProfilePhoto).Path) $folder
        $copy = Import-Module "$folder/ProfilePhoto/ProfilePhoto.psd1" -PassThru -Prefix Copied
        try {
            $env:PATH = $onPath + [System.IO.Path]::PathSeparator + $deno
            $env:REMOVE_PROFILE_PHOTO = $null
            { & $copy { Find-Program } } | Should -Throw '*Cannot find*'
            Set-Content "$folder/ProfilePhoto/remove-profile-photo.js" ''
            (& $copy { Find-Program }).Arguments[-1] | Should -Match 'ProfilePhoto.remove-profile-photo\.js$'
            foreach ($place in $onPath, "$folder/ProfilePhoto") {
                $path = Join-Path $place $name
                Set-Content $path '#!/bin/sh'
                if (-not $onWindows) { /bin/chmod +x $path }
                (& $copy { Find-Program }).Path | Should -Be $path
            }
            $env:REMOVE_PROFILE_PHOTO = $program
            (& $copy { Find-Program }).Path | Should -Not -Be $path
        } finally {
            $env:REMOVE_PROFILE_PHOTO, $env:PATH = $program, $searched
            Remove-Module $copy
        }
    }

    It 'says where it looks for a program that is not there' {
        $program = $env:REMOVE_PROFILE_PHOTO
        try {
            $env:REMOVE_PROFILE_PHOTO = Join-Path $TestDrive none
            { Test-ProfilePhotoAccess } | Should -Throw -ErrorId ProgramNotFound*
        } finally { $env:REMOVE_PROFILE_PHOTO = $program }
    }
}
