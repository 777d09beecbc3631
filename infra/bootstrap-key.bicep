// Writes the bootstrap key into the vault: called by a hook of azd and by the deployment workflow, and only while there is none.
// It goes the way of the control plane, which works for a vault that is closed to the internet too.
targetScope = 'resourceGroup'

param vaultName string

@description('The key.')
@secure()
@minLength(32)
param value string

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

resource secret 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: 'bootstrap-key'
  properties: {
    contentType: 'text/plain'
    value: value
    attributes: {
      enabled: true
    }
  }
}
