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

# Returns an error record: its id is the code of the failure.
function New-ProgramError([string]$Code, [string]$Message, [object]$Target, [string]$Name, [string]$Hint) {
    $category = if ($script:Categories.ContainsKey($Code)) { $script:Categories[$Code] } else { 'NotSpecified' }
    $exception = New-Object System.InvalidOperationException $Message
    $record = New-Object System.Management.Automation.ErrorRecord $exception, $Code, $category, $Target
    if ($Name) { $record.CategoryInfo.TargetName = $Name }
    if ($Hint) { $record.ErrorDetails = New-Object System.Management.Automation.ErrorDetails "$Message $Hint" }
    $record
}
