// App Service authentication with Entra: tokens are checked before a request reaches the app; the app reads the roles.
param appName string

@description('Client id of the app registration (infra/entra).')
param clientId string

@description('Empty for every application.')
param allowedClientIds array

@description('Lets nobody through without a token. Otherwise a request without one goes on to the app, which then asks for an API key.')
param required bool

resource app 'Microsoft.Web/sites@2024-11-01' existing = {
  name: appName
}

resource settings 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: true
    }
    globalValidation: {
      requireAuthentication: required
      unauthenticatedClientAction: required ? 'Return401' : 'AllowAnonymous'
      excludedPaths: [
        '/api/v1/health/live'
      ]
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          clientId: clientId
          // A federated credential on the registration trusts the app's identity: there is no client secret to keep.
          clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
        }
        validation: {
          allowedAudiences: [
            'api://${clientId}'
            clientId
          ]
          defaultAuthorizationPolicy: {
            allowedApplications: empty(allowedClientIds) ? null : allowedClientIds
          }
        }
      }
    }
    httpSettings: {
      requireHttps: true
    }
    login: {
      tokenStore: {
        enabled: false
      }
    }
  }
}
