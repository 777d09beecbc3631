// AudienceSync on Azure Functions (Flex Consumption) with everything it needs, in one resource group.
targetScope = 'subscription'

metadata name = 'AudienceSync'
metadata description = 'Audience activation on Azure Functions: app, storage, vault, telemetry, alerts; a private network and Entra sign-in if wanted.'

@description('Name of the environment, such as dev or prod. Part of every generated name.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Region of everything. It must offer Flex Consumption: az functionapp list-flexconsumption-locations')
@minLength(1)
@metadata({
  azd: {
    type: 'location'
  }
})
param location string

@description('Name of the resource group.')
param resourceGroupName string = 'rg-audiencesync-${environmentName}'

@description('Object id of whoever deploys: may read and set the secrets of the vault, among them the bootstrap key. Empty for nobody.')
param principalId string = ''

@description('What principalId is.')
@allowed([
  'User'
  'Group'
  'ServicePrincipal'
])
param principalType string = 'User'

@description('Spreads plan and storage over zones. Storage is then Standard_ZRS.')
param zoneRedundant bool = false

@description('Memory of an instance in MB. One core comes with 2048.')
@allowed([
  512
  2048
  4096
])
param instanceMemoryMB int = 2048

@description('Most instances of each function. Flex Consumption goes no lower than 40.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Instances that always wait for requests. 0 scales to nothing, and the first request waits for a start. Two or more where zoneRedundant.')
@minValue(0)
@maxValue(20)
param alwaysReadyInstances int = 0

@description('Puts the app into a network of its own and closes storage and vault to the internet.')
param vnetEnabled bool = false

@description('Addresses of that network: at least a /23.')
param vnetAddressPrefix string = '10.42.0.0/16'

@description('Client id of the Entra app registration that callers sign in to (infra/entra). Empty for API keys alone.')
param entraClientId string = ''

@description('Client ids of the applications that may call with a token of theirs. Empty for every one that holds a role.')
param entraAllowedClientIds array = []

@description('Lets nobody in without a token of Entra: API keys of the app no longer do.')
param entraOnly bool = false

@description('Who is written to when an alert fires.')
param alertEmails array = []

@description('What a month may cost, in the currency of the subscription; 0 for no budget.')
@minValue(0)
param monthlyBudget int = 0

@description('First day of the month the budget counts from (yyyy-MM-01). Set it once: a budget keeps its start.')
param budgetStart string = ''

@description('Days that telemetry is kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Most telemetry a day, in GB; -1 for no limit. What comes above is dropped.')
param logDailyQuotaGb int = 5

@description('Logs each request to storage. For audits: an engine that writes pages makes many.')
param auditStorage bool = false

@description('Takes a deleted vault of the same name back (purge protection keeps it for 90 days).')
param recoverVault bool = false

@description('Address of a package to deploy (zip, https, no redirect). Empty where azd or a pipeline deploys it.')
param packageUri string = ''

@description('More app settings, or other values of those that have a default: the table is in docs/operations.md.')
param appSettings object = {}

@description('More tags, on every resource.')
param extraTags object = {}

var token = uniqueString(subscription().id, environmentName, location)
var tags = union(extraTags, {
  application: 'audiencesync'
  environment: environmentName
  'azd-env-name': environmentName
})

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: resourceGroupName
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: group
  params: {
    name: 'id-${token}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    workspaceName: 'log-${token}'
    componentName: 'appi-${token}'
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyQuotaGb: logDailyQuotaGb
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    name: 'st${token}'
    location: location
    tags: tags
    skuName: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
    isPrivate: vnetEnabled
    workspaceId: monitoring.outputs.workspaceId
    auditRequests: auditStorage
  }
}

module vault 'modules/vault.bicep' = {
  scope: group
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    isPrivate: vnetEnabled
    recover: recoverVault
    workspaceId: monitoring.outputs.workspaceId
  }
}

module roles 'modules/roles.bicep' = {
  scope: group
  params: {
    appPrincipalId: identity.outputs.principalId
    storageName: storage.outputs.name
    vaultName: vault.outputs.name
    componentName: monitoring.outputs.componentName
    deployerId: principalId
    deployerType: principalType
  }
}

module network 'modules/network.bicep' = if (vnetEnabled) {
  scope: group
  params: {
    name: 'vnet-${token}'
    location: location
    tags: tags
    addressPrefix: vnetAddressPrefix
    storageId: storage.outputs.id
    vaultId: vault.outputs.id
  }
}

module app 'modules/app.bicep' = {
  scope: group
  params: {
    name: 'func-${token}'
    planName: 'plan-${token}'
    location: location
    tags: tags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageName: storage.outputs.name
    deploymentContainerName: storage.outputs.deploymentContainerName
    vaultUri: vault.outputs.uri
    componentName: monitoring.outputs.componentName
    workspaceId: monitoring.outputs.workspaceId
    zoneRedundant: zoneRedundant
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
    subnetId: vnetEnabled ? network!.outputs.appSubnetId : ''
    entraEnabled: !empty(entraClientId)
    appSettings: appSettings
  }
  dependsOn: [
    roles
  ]
}

module auth 'modules/auth.bicep' = if (!empty(entraClientId)) {
  scope: group
  params: {
    appName: app.outputs.name
    clientId: entraClientId
    allowedClientIds: entraAllowedClientIds
    required: entraOnly
  }
}

module package 'modules/package.bicep' = if (!empty(packageUri)) {
  scope: group
  params: {
    appName: app.outputs.name
    packageUri: packageUri
  }
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  params: {
    suffix: token
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
    appId: app.outputs.id
    storageId: storage.outputs.id
    emails: alertEmails
  }
}

module budget 'modules/budget.bicep' = if (monthlyBudget > 0) {
  scope: group
  params: {
    name: 'budget-${token}'
    amount: monthlyBudget
    startDate: budgetStart
    actionGroupId: alerts.outputs.actionGroupId
    emails: alertEmails
  }
}

output AZURE_LOCATION string = location
output AZURE_TENANT_ID string = tenant().tenantId
output AZURE_RESOURCE_GROUP string = group.name
output AZURE_KEY_VAULT_NAME string = vault.outputs.name
output AZURE_STORAGE_ACCOUNT string = storage.outputs.name
output BOOTSTRAP_SECRET_NAME string = vault.outputs.bootstrapSecretName
output SERVICE_API_NAME string = app.outputs.name
output SERVICE_API_URI string = app.outputs.apiUri
output SERVICE_API_IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId
output SERVICE_API_IDENTITY_CLIENT_ID string = identity.outputs.clientId
