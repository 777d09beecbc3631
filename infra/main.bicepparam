// What azd deploys with. Set any of these with: azd env set NAME VALUE
using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')
param principalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param principalType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User')
param resourceGroupName = readEnvironmentVariable('AZURE_RESOURCE_GROUP', 'rg-audiencesync-${readEnvironmentVariable('AZURE_ENV_NAME')}')
param zoneRedundant = bool(readEnvironmentVariable('ZONE_REDUNDANT', 'false'))
param instanceMemoryMB = int(readEnvironmentVariable('INSTANCE_MEMORY_MB', '2048'))
param maximumInstanceCount = int(readEnvironmentVariable('MAXIMUM_INSTANCE_COUNT', '40'))
param alwaysReadyInstances = int(readEnvironmentVariable('ALWAYS_READY_INSTANCES', '0'))
param vnetEnabled = bool(readEnvironmentVariable('VNET_ENABLED', 'false'))
param entraClientId = readEnvironmentVariable('ENTRA_CLIENT_ID', '')
param entraOnly = bool(readEnvironmentVariable('ENTRA_ONLY', 'false'))
param alertEmails = json(readEnvironmentVariable('ALERT_EMAILS', '[]'))
param monthlyBudget = int(readEnvironmentVariable('MONTHLY_BUDGET', '0'))
param budgetStart = readEnvironmentVariable('BUDGET_START', '')
param recoverVault = bool(readEnvironmentVariable('RECOVER_VAULT', 'false'))
