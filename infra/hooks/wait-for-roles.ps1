# The roles of a new identity take a minute or two to spread; until then a deployment is refused with 403. Waits once for each installation.
$ErrorActionPreference = 'Stop'
if ((azd env get-value ROLES_HAVE_SPREAD 2>$null) -ne $env:AZURE_FUNCTION_APP_NAME) {
    Write-Output 'Waiting two minutes for the roles of the new identity to spread...'
    Start-Sleep -Seconds 120
    azd env set ROLES_HAVE_SPREAD $env:AZURE_FUNCTION_APP_NAME
}
