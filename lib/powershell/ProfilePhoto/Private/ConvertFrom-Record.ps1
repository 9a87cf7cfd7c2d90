$script:Names = @{}

# Returns the records of NDJSON lines as objects of a type, with names in PowerShell's case.
function ConvertFrom-Record([string[]]$Lines, [string]$Type) {
    foreach ($record in ConvertFrom-Json -InputObject ('[' + ($Lines -join ',') + ']')) {
        $values = [ordered]@{}
        foreach ($property in $record.PSObject.Properties) {
            $name = $script:Names[$property.Name]
            if (-not $name) {
                $name = $property.Name.Substring(0, 1).ToUpperInvariant() + $property.Name.Substring(1)
                $script:Names[$property.Name] = $name
            }
            $values[$name] = $property.Value
        }
        $object = [pscustomobject]$values
        $object.PSObject.TypeNames.Insert(0, $Type)
        $object
    }
}
