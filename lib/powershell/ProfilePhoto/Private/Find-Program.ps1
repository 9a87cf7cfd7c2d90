# Returns the program to start and the arguments that come before its own. In this order: what
# $env:REMOVE_PROFILE_PHOTO names, what is beside the module, what is on the PATH. A .js or .ts file is run by Deno.
function Find-Program {
    $onWindows = [System.IO.Path]::DirectorySeparatorChar -eq '\'
    # Not a .cmd, whose arguments cmd.exe would take apart.
    $name = if ($onWindows) { 'remove-profile-photo.exe' } else { 'remove-profile-photo' }
    $path = $env:REMOVE_PROFILE_PHOTO
    if ($path) {
        if (-not (Test-Path -LiteralPath $path -PathType Leaf)) {
            throw "REMOVE_PROFILE_PHOTO names no file: $path"
        }
        if ($path -match '\.(cmd|bat)$') {
            throw 'REMOVE_PROFILE_PHOTO must name an executable or a .js file: cmd.exe would take arguments apart'
        }
        $path = (Resolve-Path -LiteralPath $path).ProviderPath
    } else {
        foreach ($file in $name, 'remove-profile-photo.js') {
            $path = Join-Path (Split-Path $PSScriptRoot) $file
            if (Test-Path -LiteralPath $path -PathType Leaf) { break }
            $path = $null
        }
    }
    if (-not $path) {
        $found = @(Get-Command -Name $name -CommandType Application -ErrorAction Ignore)
        if ($found.Count -eq 0) {
            throw ("Cannot find ${name}: put it beside the module or on the PATH, " +
                'or let $env:REMOVE_PROFILE_PHOTO name the executable or remove-profile-photo.js')
        }
        $path = $found[0].Source
    }
    if ($path -notmatch '\.[jt]s$') { return @{ Path = $path; Arguments = @() } }
    $deno = @(Get-Command -Name deno -CommandType Application -ErrorAction Ignore)
    if ($deno.Count -eq 0) { throw "Cannot run ${path}: deno is not on the PATH" }
    $opener = 'xdg-open'
    if ($onWindows) { $opener = 'rundll32' }
    elseif (Test-Path /usr/bin/open) { $opener = 'open' }
    @{
        Path = $deno[0].Source
        Arguments = @('run', '--quiet', '--no-prompt', '--allow-net', '--allow-env', '--allow-read', '--allow-write',
            "--allow-run=$opener", $path)
    }
}
