using 'bootstrap-key.bicep'

// From the environment, so that it stands in no file and on no command line.
param vaultName = readEnvironmentVariable('AZURE_KEY_VAULT_NAME')
param value = readEnvironmentVariable('BOOTSTRAP_KEY')
