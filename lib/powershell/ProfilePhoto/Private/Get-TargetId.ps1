# The properties that hold an id, in order; beside a UserId or GroupId, an Id is about something else.
$script:IdProperties = @{
    user = 'UserId', 'Id', 'ObjectId', 'UserPrincipalName'
    group = 'GroupId', 'Id', 'ObjectId'
}

# Returns the id of an object from the pipeline, or an error record if it is not about a target of that kind.
function Get-TargetId([object]$Item, [string]$Kind) {
    if ($Item -is [string] -or $Item -is [guid]) { return "$Item" }
    $properties = if ($Item -is [System.Collections.IDictionary]) { $Item } else {
        $found = @{}
        foreach ($property in $Item.PSObject.Properties) { $found[$property.Name] = $property.Value }
        $found
    }
    $of = $properties['Target']
    $isOther = if ('user', 'group', 'me' -contains $of) { $of -ne $Kind } else {
        $Kind -eq 'user' -and $properties['GroupId'] -and -not $properties['UserId']
    }
    if ($isOther) {
        return New-ProgramError InvalidTarget "It is not a ${Kind}: use -Kind, and one pipeline for each kind" $Item
    }
    foreach ($name in $script:IdProperties[$Kind]) {
        if ($properties[$name]) { return "$($properties[$name])" }
    }
    New-ProgramError InvalidTarget "It has none of the properties $($script:IdProperties[$Kind] -join ', ')" $Item
}
