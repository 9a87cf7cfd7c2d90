$script:Categories = @{
    TargetNotFound = 'ObjectNotFound'
    NotFound = 'ObjectNotFound'
    MailboxNotFound = 'ObjectNotFound'
    ProgramNotFound = 'ObjectNotFound'
    AccessDenied = 'PermissionDenied'
    PersonalAccountNotSupported = 'PermissionDenied'
    TokenRefused = 'AuthenticationError'
    CredentialNotFound = 'AuthenticationError'
    CredentialInvalid = 'AuthenticationError'
    SignInRefused = 'AuthenticationError'
    SignInFailed = 'AuthenticationError'
    DelegatedTokenRequired = 'AuthenticationError'
    CredentialError = 'AuthenticationError'
    Interrupted = 'OperationStopped'
    InvalidTarget = 'InvalidArgument'
    UsageError = 'InvalidArgument'
    RequestRefused = 'InvalidOperation'
    Throttled = 'LimitsExceeded'
    ServiceUnavailable = 'ResourceUnavailable'
    ConnectionLost = 'ConnectionError'
    TimedOut = 'OperationTimeout'
    UnexpectedAnswer = 'InvalidResult'
    RedirectRefused = 'SecurityError'
    BackupFailed = 'WriteError'
    BackupMoved = 'WriteError'
    BackupDamaged = 'InvalidData'
    BackupOfAnotherUser = 'InvalidData'
}

# Returns a text of the program with its options as parameters: -BatchSize for --batch-size.
function ConvertTo-ParameterName([string]$Text) {
    [regex]::Replace($Text, '(?<![\w-])--[a-z]+(-[a-z]+)*', {
            param($option)
            $words = $option.Value.Substring(2) -split '-'
            '-' + (@($words | ForEach-Object { $_.Substring(0, 1).ToUpperInvariant() + $_.Substring(1) }) -join '')
        })
}

# Returns an error record: its id is the code of the failure.
function New-ProgramError([string]$Code, [string]$Message, [object]$Target, [string]$Name, [string]$Hint) {
    $category = if ($script:Categories.ContainsKey($Code)) { $script:Categories[$Code] } else { 'NotSpecified' }
    $Message = ConvertTo-ParameterName $Message
    $Hint = ConvertTo-ParameterName $Hint
    $exception = New-Object System.InvalidOperationException $Message
    $record = New-Object System.Management.Automation.ErrorRecord $exception, $Code, $category, $Target
    if ($Name) { $record.CategoryInfo.TargetName = $Name }
    if ($Hint) { $record.ErrorDetails = New-Object System.Management.Automation.ErrorDetails "$Message $Hint" }
    $record
}
