// The shape of production at the price of a test: the network and the sign-in are there, zones and waiting instances are not.
using '../main.bicep'

param environmentName = 'test'
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param principalId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param principalType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'ServicePrincipal')
param vnetEnabled = true
param entraClientId = readEnvironmentVariable('ENTRA_CLIENT_ID', '')
param alertEmails = json(readEnvironmentVariable('ALERT_EMAILS', '[]'))
param logDailyQuotaGb = 1
