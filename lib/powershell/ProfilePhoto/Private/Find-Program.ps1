# Returns the program to start, and the arguments that come before its own. It takes the first that exists: the path in
# $env:REMOVE_PROFILE_PHOTO, an executable in the module's folder, one on the PATH, remove-profile-photo.js in that folder.
function Find-Program {
    $onWindows = [System.IO.Path]::DirectorySeparatorChar -eq '\'
    # Not a .cmd, whose arguments cmd.exe would take apart.
    $name = if ($onWindows) { 'remove-profile-photo.exe' } else { 'remove-profile-photo' }
    $folder = Split-Path $PSScriptRoot
    $path = $env:REMOVE_PROFILE_PHOTO
    if ($path) {
        if ($path -match '\.(cmd|bat)$' -or -not (Test-Path -LiteralPath $path -PathType Leaf)) {
            throw "REMOVE_PROFILE_PHOTO must be the path of an executable or of remove-profile-photo.js, not $path"
        }
        $path = (Resolve-Path -LiteralPath $path).ProviderPath
    } else {
        $path = Join-Path $folder $name
        if (-not (Test-Path -LiteralPath $path -PathType Leaf)) {
            $path = Get-Command -Name $name -CommandType Application -ErrorAction Ignore |
                Select-Object -First 1 -ExpandProperty Source
        }
        if (-not $path) { $path = Join-Path $folder remove-profile-photo.js }
    }
    if ($path -notmatch '\.[jt]s$') { return @{ Path = $path; Arguments = @() } }
    $deno = if ($onWindows) { 'deno.exe' } else { 'deno' }
    $deno = Get-Command -Name $deno -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    if (-not $deno -or -not (Test-Path -LiteralPath $path)) {
        throw ("Cannot find ${name}: put it in the module's folder or on the PATH, or set `$env:REMOVE_PROFILE_PHOTO to its path. " +
            'With Deno on the PATH, remove-profile-photo.js works, too')
    }
    $opener = 'xdg-open'
    if ($onWindows) { $opener = 'rundll32' }
    elseif (Test-Path /System/Library) { $opener = 'open' }
    @{
        Path = $deno.Source
        Arguments = @('run', '--quiet', '--no-prompt', '--allow-net', '--allow-env', '--allow-read', '--allow-write',
            "--allow-run=$opener", $path)
    }
}
