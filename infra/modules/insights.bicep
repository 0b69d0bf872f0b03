// Where logs, spans and measurements go, with a limit on what they may cost.

param name string
param workspaceName string
param appName string
param location string
param tags object
param retentionDays int
param dailyCapGb string

@description('The app\'s identity.')
param principalId string

var role = 'Monitoring Metrics Publisher'
var roleId = '3913510d-42f4-4e42-8a64-420c390055eb'

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: json(dailyCapGb) }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: name
  location: location
  // The portal finds the logs of the app by it.
  tags: union(tags, { 'hidden-link:${resourceGroup().id}/providers/Microsoft.Web/sites/${appName}': 'Resource' })
  kind: 'web'
  properties: {
    Application_Type: 'web'
    DisableLocalAuth: true
    WorkspaceResourceId: workspace.id
  }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, principalId, roleId)
  scope: insights
  properties: {
    description: role
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
  }
}

output id string = insights.id
output name string = insights.name
output workspaceId string = workspace.id
