#!/bin/sh
# After deployment: waits for the app and says where it is, and where its first key lies.
set -eu
: "${SERVICE_API_URI:?}" "${AZURE_KEY_VAULT_NAME:?}" "${BOOTSTRAP_SECRET_NAME:?}"

# A new package starts within a minute or two, and nothing says when.
left=36
until curl -fsS --max-time 10 "$SERVICE_API_URI/health/live" > /dev/null 2>&1; do
  left=$((left - 1))
  [ "$left" -gt 0 ] || { echo "No answer yet from $SERVICE_API_URI/health/live: look at the log of the app." >&2; exit 1; }
  sleep 5
done

cat <<TEXT

AudienceSync is up.

  API             $SERVICE_API_URI
  Bootstrap key   secret '$BOOTSTRAP_SECRET_NAME' of vault '$AZURE_KEY_VAULT_NAME':
                  az keyvault secret show --vault-name $AZURE_KEY_VAULT_NAME --name $BOOTSTRAP_SECRET_NAME --query value --output tsv

Make a key of your own with it, then delete the secret (docs/operations.md, Keys).
TEXT
