// Three zones, two instances that wait for requests, a network of its own, Entra sign-in where a registration is given, and a budget.
using '../main.bicep'

param environmentName = 'prod'
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param principalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param principalType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'ServicePrincipal')
param zoneRedundant = true
param maximumInstanceCount = 100
param alwaysReadyInstances = 2
param vnetEnabled = true
param entraClientId = readEnvironmentVariable('ENTRA_CLIENT_ID', '')
param alertEmails = json(readEnvironmentVariable('ALERT_EMAILS', '[]'))
param monthlyBudget = int(readEnvironmentVariable('MONTHLY_BUDGET', '500'))
param budgetStart = readEnvironmentVariable('BUDGET_START', '')
param logRetentionDays = 90
param logDailyQuotaGb = -1
