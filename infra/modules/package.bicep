// Deploys a package from an address (One Deploy): for who has neither azd nor a pipeline, such as the deploy button.
param appName string
param packageUri string

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  name: appName
}

// https://learn.microsoft.com/azure/azure-functions/functions-infrastructure-as-code: the types do not know the properties.
resource deployment 'Microsoft.Web/sites/extensions@2022-09-01' = {
  parent: app
  name: 'onedeploy'
  #disable-next-line BCP187 BCP037
  properties: {
    packageUri: packageUri
    remoteBuild: false
  }
}
