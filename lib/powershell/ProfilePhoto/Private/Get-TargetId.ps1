# The properties that hold an id, in order; beside a UserId or GroupId, an Id is about something else.
$script:IdProperties = @{
    user = 'UserId', 'Id', 'ObjectId', 'UserPrincipalName'
    group = 'GroupId', 'Id', 'ObjectId'
}

# Returns the id of an object from the pipeline, or an error record if it is not about a target of that kind.
function Get-TargetId([object]$Item, [string]$Kind) {
    if ($Item -is [string] -or $Item -is [guid]) { return "$Item" }
    $values = @{}
    foreach ($name in 'Target', 'UserId', 'GroupId', 'Id', 'ObjectId', 'UserPrincipalName') {
        if ($Item -is [System.Collections.IDictionary]) { $values[$name] = $Item[$name]; continue }
        $property = $Item.PSObject.Properties[$name]
        if ($property) { $values[$name] = $property.Value }
    }
    $of = $values['Target']
    $isOther = if ('user', 'group', 'me' -contains $of) { $of -ne $Kind } else {
        $Kind -eq 'user' -and $values['GroupId'] -and -not $values['UserId']
    }
    if ($isOther) {
        return New-ProgramError InvalidTarget "It is not a ${Kind}: use -Kind, and one pipeline for each kind" $Item
    }
    foreach ($name in $script:IdProperties[$Kind]) {
        if ($values[$name]) { return "$($values[$name])" }
    }
    New-ProgramError InvalidTarget "It has none of the properties $($script:IdProperties[$Kind] -join ', ')" $Item
}
