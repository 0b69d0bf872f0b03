# Waits for two healthy answers, some minutes apart: a timer that fell silent with the deployment shows in the second.
$ErrorActionPreference = 'Stop'
azd env set AUTOTRADER_DEPLOYED $env:AZURE_FUNCTION_APP_NAME
foreach ($look in 'first', 'second') {
    Write-Output "Waiting for the $look healthy answer of $env:AUTOTRADER_URL/health ..."
    for ($tries = 1; ; $tries++) {
        $answer = try { Invoke-WebRequest "$env:AUTOTRADER_URL/health" -TimeoutSec 30 -SkipHttpErrorCheck } catch { $null }
        if ($answer.StatusCode -eq 200) { break }
        if ($tries -ge 40) {
            Write-Output "It is not healthy after ten minutes. What it says: $($answer.Content)"
            Write-Output 'docs/operations.md, "Health", says what to do.'
            exit 1
        }
        Start-Sleep -Seconds 15
    }
    Write-Output $answer.Content
    if ($look -eq 'first') { Start-Sleep -Seconds 240 }
}
