# Returns arguments as the one text that ProcessStartInfo takes everywhere, quoted as the C runtime reads it.
function ConvertTo-CommandLine([string[]]$Arguments) {
    $quoted = foreach ($argument in $Arguments) {
        if ($argument -match '^[^\s"]+$') { $argument; continue }
        '"' + (($argument -replace '(\\*)"', '$1$1\"') -replace '(\\+)$', '$1$1') + '"'
    }
    $quoted -join ' '
}
