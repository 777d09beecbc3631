#!/bin/sh
# Makes the Entra app registration that callers sign in to: our roles, tokens of version 2, sign-in in a browser, and no client secret.
# Call it once per environment, after `azd provision`: infra/entra/register.sh; then `azd provision` again. Needs the role Application Developer or above.
set -eu
eval "$(azd env get-values | sed 's/^/export /')"
: "${AZURE_ENV_NAME:?}" "${AZURE_TENANT_ID:?}" "${SERVICE_API_URI:?}" "${SERVICE_API_IDENTITY_PRINCIPAL_ID:?}"
host=${SERVICE_API_URI%/api/v1}

id=$(az ad app create --display-name "AudienceSync $AZURE_ENV_NAME" --sign-in-audience AzureADMyOrg --app-roles @infra/entra/app-roles.json \
  --web-redirect-uris "$host/.auth/login/aad/callback" --enable-id-token-issuance true --query appId --output tsv)
az ad app update --id "$id" --identifier-uris "api://$id" --set api='{"requestedAccessTokenVersion":2}'
az ad sp show --id "$id" --output none 2> /dev/null || az ad sp create --id "$id" --output none

# The app's own identity stands in for a client secret.
az ad app federated-credential create --id "$id" --output none --parameters "{
  \"name\": \"audiencesync-app\",
  \"issuer\": \"https://login.microsoftonline.com/$AZURE_TENANT_ID/v2.0\",
  \"subject\": \"$SERVICE_API_IDENTITY_PRINCIPAL_ID\",
  \"audiences\": [\"api://AzureADTokenExchange\"]
}"

azd env set ENTRA_CLIENT_ID "$id"
echo "Registered: $id. Give people and applications their roles (Entra admin centre, Enterprise applications), then: azd provision"
