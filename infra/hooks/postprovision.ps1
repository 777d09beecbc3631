# After provisioning: makes the bootstrap key in the vault, if there is none. The key is printed nowhere.
# Needs the Azure CLI, signed in, and what main.bicep puts out (azd hands it over as environment variables).
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false

foreach ($name in 'AZURE_SUBSCRIPTION_ID', 'AZURE_RESOURCE_GROUP', 'AZURE_KEY_VAULT_NAME', 'BOOTSTRAP_SECRET_NAME', 'SERVICE_API_NAME') {
    if (-not [Environment]::GetEnvironmentVariable($name)) { throw "$name is not set." }
}
if (-not (Get-Command az -ErrorAction SilentlyContinue)) { throw 'The Azure CLI (az) is missing: https://aka.ms/azure-cli. Then: azd provision' }

$group = "/subscriptions/$env:AZURE_SUBSCRIPTION_ID/resourceGroups/$env:AZURE_RESOURCE_GROUP"
$vault = "$group/providers/Microsoft.KeyVault/vaults/$env:AZURE_KEY_VAULT_NAME"
$app = "$group/providers/Microsoft.Web/sites/$env:SERVICE_API_NAME"

# Asked of the control plane, which tells that a secret is there and not what it is, and reaches a vault that is closed to the internet.
$answer = az rest --method get --url "$vault/secrets/$($env:BOOTSTRAP_SECRET_NAME)?api-version=2024-11-01" --output none 2>&1 | Out-String
if ($LASTEXITCODE -eq 0) {
    Write-Host "The bootstrap key is there already: secret '$env:BOOTSTRAP_SECRET_NAME' of vault '$env:AZURE_KEY_VAULT_NAME'."
    exit 0
}
if ($answer -notmatch 'NotFound|not found') { Write-Host $answer; throw 'The vault could not be asked for the bootstrap key.' }

$bytes = [byte[]]::new(32)
[Security.Cryptography.RandomNumberGenerator]::Fill($bytes)
$env:BOOTSTRAP_KEY = 'as_boot_' + [Convert]::ToBase64String($bytes).Replace('+', '-').Replace('/', '_').TrimEnd('=')
az deployment group create --subscription $env:AZURE_SUBSCRIPTION_ID --resource-group $env:AZURE_RESOURCE_GROUP --name bootstrap-key `
    --parameters infra/bootstrap-key.bicepparam --output none
if ($LASTEXITCODE -ne 0) { throw 'The bootstrap key could not be written.' }

# The app's settings refer to the secret: what could not be resolved before is looked up again now, not within a day.
az rest --method post --url "$app/config/configreferences/appsettings/refresh?api-version=2022-03-01" --output none
if ($LASTEXITCODE -ne 0) { throw 'The settings of the app could not be refreshed.' }
Write-Host "The bootstrap key is made: secret '$env:BOOTSTRAP_SECRET_NAME' of vault '$env:AZURE_KEY_VAULT_NAME'."
