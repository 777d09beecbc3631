# Makes the Entra app registration that callers sign in to: our roles, tokens of version 2, sign-in in a browser, and no client secret.
# Call it once per environment, after `azd provision`: infra/entra/register.ps1; then `azd provision` again. Needs the role Application Developer or above.
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true

$values = azd env get-values --output json | ConvertFrom-Json
$address = $values.SERVICE_API_URI -replace '/api/v1$', ''

$id = az ad app create --display-name "AudienceSync $($values.AZURE_ENV_NAME)" --sign-in-audience AzureADMyOrg --app-roles '@infra/entra/app-roles.json' `
    --web-redirect-uris "$address/.auth/login/aad/callback" --enable-id-token-issuance true --query appId --output tsv
az ad app update --id $id --identifier-uris "api://$id" --set 'api={"requestedAccessTokenVersion":2}'
if (-not (az ad sp list --filter "appId eq '$id'" --query '[0].id' --output tsv)) { az ad sp create --id $id --output none }

# The app's own identity stands in for a client secret.
$file = New-TemporaryFile
@{
    name = 'audiencesync-app'
    issuer = "https://login.microsoftonline.com/$($values.AZURE_TENANT_ID)/v2.0"
    subject = $values.SERVICE_API_IDENTITY_PRINCIPAL_ID
    audiences = @('api://AzureADTokenExchange')
} | ConvertTo-Json | Set-Content $file
az ad app federated-credential create --id $id --output none --parameters "@$file"
Remove-Item $file

azd env set ENTRA_CLIENT_ID $id
Write-Host "Registered: $id. Give people and applications their roles (Entra admin centre, Enterprise applications), then: azd provision"
