# Returns the text of a SecureString, for the environment of a child.
function ConvertFrom-Secret([securestring]$Secret) {
    (New-Object System.Net.NetworkCredential '', $Secret).Password
}
