# After deployment: waits for the app and says where it is, and where its first key lies.
$ErrorActionPreference = 'Stop'

foreach ($name in 'SERVICE_API_URI', 'AZURE_KEY_VAULT_NAME', 'BOOTSTRAP_SECRET_NAME') {
    if (-not [Environment]::GetEnvironmentVariable($name)) { throw "$name is not set." }
}

# A new package starts within a minute or two, and nothing says when.
$isUp = $false
for ($left = 36; $left -gt 0 -and -not $isUp; $left--) {
    try { Invoke-WebRequest "$env:SERVICE_API_URI/health/live" -TimeoutSec 10 | Out-Null; $isUp = $true }
    catch { Start-Sleep -Seconds 5 }
}
if (-not $isUp) { throw "No answer yet from $env:SERVICE_API_URI/health/live: look at the log of the app." }

Write-Host @"

AudienceSync is up.

  API             $env:SERVICE_API_URI
  Bootstrap key   secret '$env:BOOTSTRAP_SECRET_NAME' of vault '$env:AZURE_KEY_VAULT_NAME':
                  az keyvault secret show --vault-name $env:AZURE_KEY_VAULT_NAME --name $env:BOOTSTRAP_SECRET_NAME --query value --output tsv

Make a key of your own with it, then delete the secret (docs/operations.md, Keys).
"@
