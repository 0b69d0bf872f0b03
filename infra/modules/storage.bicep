// Where everything is kept that trading needs, and the packages of the app. No keys: only identities are let in.

param name string
param location string
param tags object

@description('The app\'s identity.')
param principalId string
param lockData bool

var packageContainer = 'packages'

// Blobs: the engine lease, packages, the host's own leases and keys. Queues: orchestrations. Tables: everything else.
var roles = {
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  'Storage Queue Data Contributor': '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  'Storage Table Data Contributor': '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
}

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource packages 'containers' = {
      name: packageContainer
      properties: { publicAccess: 'None' }
    }
  }
}

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in items(roles): {
    name: guid(account.id, principalId, role.value)
    scope: account
    properties: {
      description: role.key
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
    }
  }
]

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (lockData) {
  name: 'trading-data'
  scope: account
  dependsOn: [assignments]
  properties: {
    level: 'CanNotDelete'
    notes: 'Positions, orders, schedules and history of AutoTrader. docs/deploy.md, "Take it down", says how to delete it.'
  }
}

output id string = account.id
output name string = account.name
output packageContainer string = packageContainer
