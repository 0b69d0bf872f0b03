// The function app on its plan. It reaches everything by its identity.

param name string
param planName string
param location string
param tags object
param identityId string
param identityClientId string
param storageName string
param packageContainer string
param insightsName string
param instanceMemoryMB int
param alwaysReadyInstances int
param packageUri string

@description('Settings of the app that are no secrets.')
param settings object

@description('Settings whose values are in the vault: the name there by that of the setting.')
param vaultSettings object

@description('Address of the vault, with the slash at its end.')
param vaultUri string

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    keyVaultReferenceIdentity: identityId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: 'https://${storageName}.blob.${environment().suffixes.storage}/${packageContainer}'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        // The smallest limit of the plan. It excludes nothing: the engine lease does.
        maximumInstanceCount: 40
        // The functions that may not be late. Every timer scales by itself, orchestrations and activities together.
        alwaysReady: alwaysReadyInstances == 0
          ? []
          : [
              { name: 'function:EvaluateStrategies', instanceCount: alwaysReadyInstances }
              { name: 'durable', instanceCount: alwaysReadyInstances }
            ]
      }
    }
    siteConfig: { minTlsVersion: '1.2' }
  }

  resource appSettings 'config' = {
    name: 'appsettings'
    properties: union(
      settings,
      toObject(items(vaultSettings), setting => setting.key, setting => '@Microsoft.KeyVault(SecretUri=${vaultUri}secrets/${setting.value})'),
      {
        AzureWebJobsStorage__accountName: storageName
        AzureWebJobsStorage__credential: 'managedidentity'
        AzureWebJobsStorage__clientId: identityClientId
        APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
        APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
      }
    )
  }

  resource deploymentPassword 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  resource transferPassword 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource package 'extensions' = if (!empty(packageUri)) {
    name: 'onedeploy'
    dependsOn: [appSettings]
    // The compiler's types lack what the plan takes here.
    #disable-next-line BCP187
    properties: { packageUri: packageUri, remoteBuild: false }
  }
}

output name string = app.name
output hostName string = app.properties.defaultHostName
