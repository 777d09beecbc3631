#!/bin/sh
# After provisioning: makes the bootstrap key in the vault, if there is none. The key is printed nowhere.
# Needs the Azure CLI, signed in, and what main.bicep puts out (azd hands it over as environment variables).
set -eu
: "${AZURE_SUBSCRIPTION_ID:?}" "${AZURE_RESOURCE_GROUP:?}" "${AZURE_KEY_VAULT_NAME:?}" "${BOOTSTRAP_SECRET_NAME:?}" "${SERVICE_API_NAME:?}"

command -v az > /dev/null || { echo 'The Azure CLI (az) is missing: https://aka.ms/azure-cli. Then: azd provision' >&2; exit 1; }

group="/subscriptions/$AZURE_SUBSCRIPTION_ID/resourceGroups/$AZURE_RESOURCE_GROUP"
vault="$group/providers/Microsoft.KeyVault/vaults/$AZURE_KEY_VAULT_NAME"
app="$group/providers/Microsoft.Web/sites/$SERVICE_API_NAME"

# Asked of the control plane, which tells that a secret is there and not what it is, and reaches a vault that is closed to the internet.
if answer=$(az rest --method get --url "$vault/secrets/$BOOTSTRAP_SECRET_NAME?api-version=2024-11-01" --output none 2>&1); then
  echo "The bootstrap key is there already: secret '$BOOTSTRAP_SECRET_NAME' of vault '$AZURE_KEY_VAULT_NAME'."
  exit 0
fi

case "$answer" in
  *NotFound*|*'not found'*) ;;
  *) printf '%s\n' "$answer" >&2; echo 'The vault could not be asked for the bootstrap key.' >&2; exit 1 ;;
esac

BOOTSTRAP_KEY="as_boot_$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')"
export BOOTSTRAP_KEY AZURE_KEY_VAULT_NAME
az deployment group create --subscription "$AZURE_SUBSCRIPTION_ID" --resource-group "$AZURE_RESOURCE_GROUP" --name bootstrap-key \
  --parameters infra/bootstrap-key.bicepparam --output none

# The app's settings refer to the secret: what could not be resolved before is looked up again now, not within a day.
az rest --method post --url "$app/config/configreferences/appsettings/refresh?api-version=2022-03-01" --output none
echo "The bootstrap key is made: secret '$BOOTSTRAP_SECRET_NAME' of vault '$AZURE_KEY_VAULT_NAME'."
