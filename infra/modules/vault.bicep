// The app's secrets. Its settings only refer to them.

param name string
param location string
param tags object

@description('The app\'s identity.')
param principalId string

@secure()
@description('Secrets by name. One that is empty leaves the one that is there.')
param secrets object

var names = [
  'alpaca-key-id'
  'alpaca-secret-key'
  'alpaca-live-key-id'
  'alpaca-live-secret-key'
  'notification-webhook-url'
  'heartbeat-url'
]

var role = 'Key Vault Secrets User'
var roleId = '4633458b-17de-408a-b874-0445c86b69e6'

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 7
  }
}

resource values 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = [
  for secret in names: if (!empty(secrets[secret])) {
    parent: vault
    name: secret
    properties: { value: secrets[secret] }
  }
]

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, principalId, roleId)
  scope: vault
  properties: {
    description: role
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
  }
}

output name string = vault.name
output uri string = vault.properties.vaultUri
