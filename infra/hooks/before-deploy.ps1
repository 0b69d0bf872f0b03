# A deployment ends what runs: not in a session, but for the first one, when nothing runs yet.
$ErrorActionPreference = 'Stop'
if ((azd env get-value AUTOTRADER_DEPLOYED 2>$null) -eq $env:AZURE_FUNCTION_APP_NAME) {
    dotnet run --project tools/ExchangeHours
    exit $LASTEXITCODE
}
