# Sends what is not sent yet, as soon as the program has taken what was before it. Returns whether all is on its way.
function Send-Unsent([hashtable]$Run) {
    if ($Run.Writing -and -not $Run.Writing.IsCompleted) { return $false }
    if ($Run.Writing -and $Run.Writing.IsFaulted) { # it has ended, which its output tells
        [void]$Run.Unsent.Clear()
        $Run.IsFlushed = $true
    }
    if (-not $Run.IsFlushed) { # .NET Framework keeps what it writes
        $Run.Writing = $Run.Input.FlushAsync()
        $Run.IsFlushed = $true
        return $false
    }
    if ($Run.Unsent.Length -eq 0) { $Run.Writing = $null; return $true }
    $bytes = (New-Object System.Text.UTF8Encoding $false).GetBytes($Run.Unsent.ToString())
    [void]$Run.Unsent.Clear()
    $Run.Writing = $Run.Input.WriteAsync($bytes, 0, $bytes.Length)
    $Run.IsFlushed = $false
    $false
}

# Adds an id to what the program reads from its standard input.
function Send-Target([hashtable]$Run, [string]$Id) {
    $json = if ($Id -match '["\\]|[^ -~]') { ConvertTo-Json -InputObject $Id -Compress } else { "`"$Id`"" }
    [void]$Run.Unsent.Append('{"id":').Append($json).Append("}`n")
    $Run.Sent++
}
