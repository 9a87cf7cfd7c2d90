# The properties that hold an id, in order; beside a UserId or GroupId, an Id is about something else.
$script:IdProperties = @{
    user = 'UserId', 'Id', 'ObjectId', 'UserPrincipalName', 'UPN'
    group = 'GroupId', 'Id', 'ObjectId'
}

# Returns the id of an object from the pipeline, or an error record if it is not about a target of that kind.
function Get-TargetId([object]$Item, [string]$Kind) {
    if ($Item -is [string] -and $Item -match '^[^@]+\.\w+$' -and (Test-Path -LiteralPath $Item -PathType Leaf)) {
        $text = "$Item is a file, not an id: pipe what is in it, such as Import-Csv '$Item' | Remove-ProfilePhoto"
        return New-ProgramError InvalidTarget $text $Item
    }
    if ($Item -is [string] -or $Item -is [guid]) { return "$Item" }
    $values = @{}
    foreach ($name in 'Target', 'UserId', 'GroupId', 'Id', 'ObjectId', 'UserPrincipalName', 'UPN') {
        if ($Item -is [System.Collections.IDictionary]) { $values[$name] = $Item[$name]; continue }
        $property = $Item.PSObject.Properties[$name]
        if ($property) { $values[$name] = $property.Value }
    }
    $of = $values['Target']
    $isOther = if ('user', 'group', 'me' -contains $of) { $of -ne $Kind } else {
        $Kind -eq 'user' -and $values['GroupId'] -and -not $values['UserId']
    }
    if ($isOther) {
        return New-ProgramError InvalidTarget "The object is not a ${Kind}: use -Kind, and one pipeline for each kind" $Item
    }
    foreach ($name in $script:IdProperties[$Kind]) {
        if ($values[$name]) { return "$($values[$name])" }
    }
    $text = "The object has none of the properties $($script:IdProperties[$Kind] -join ', '). " +
        'If another one holds the ids, pipe its values: ... | ForEach-Object NAME | Remove-ProfilePhoto'
    New-ProgramError InvalidTarget $text $Item
}

# Returns the name of what has this id, as the questions show it: an object of the directory has both.
function Get-TargetLabel([object]$Item, [string]$Id) {
    $name = if ($Item -is [System.Collections.IDictionary]) { $Item['UserPrincipalName'] }
    elseif ($Item.PSObject.Properties['UserPrincipalName']) { $Item.UserPrincipalName }
    if ($name -and "$name" -ne $Id) { "$name ($Id)" } else { $Id }
}
