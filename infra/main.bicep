targetScope = 'subscription'

// Everything that AutoTrader needs in Azure, in two resource groups: one with the app, which may be deleted and made anew, and one
// with the data, which is locked. docs/deploy.md says how to use it, docs/azure-resources.md lists what it makes.

@minLength(1)
@maxLength(40)
@description('Name of the installation: part of the names of its resource groups. Another name is another installation, with data of its own.')
param environmentName string

@minLength(1)
@description('Region of all resources; it must offer Flex Consumption (az functionapp list-flexconsumption-locations). Near New York is near the broker: eastus, eastus2.')
@metadata({ azd: { type: 'location' } })
param location string

@allowed(['paper', 'alpaca-paper', 'alpaca-live'])
@description('Who takes the orders. paper: simulated in the app. alpaca-paper: your paper account at Alpaca. alpaca-live: real money, and refused unless live and liveAccount are set too.')
param broker string = 'paper'

@allowed(['', 'csv', 'alpaca'])
@description('Where prices come from. csv: files in the package, for the paper broker only; without any the app runs and trades nothing. alpaca: needs the paper key, which is free. Empty: csv for the paper broker, alpaca for the others.')
param marketData string = ''

@allowed(['iex', 'sip'])
@description('Feed of Alpaca\'s prices. iex: free, one exchange. sip: all exchanges, needs Alpaca\'s paid plan.')
param alpacaFeed string = 'iex'

@description('First interlock of live trading: true says that orders of this installation may cost real money. Nothing else sets it.')
param live bool = false

@description('Second interlock of live trading: the number of the one account that may be traded live. The app does not start with the key of another.')
param liveAccount string = ''

@secure()
@description('Id of the paper key at Alpaca (PK...). Kept in Key Vault; empty leaves the one that is there.')
param alpacaKeyId string = ''

@secure()
@description('Secret of the paper key at Alpaca. Kept in Key Vault; empty leaves the one that is there.')
param alpacaSecretKey string = ''

@secure()
@description('Id of the live key at Alpaca (AK...). Kept in Key Vault; empty leaves the one that is there. Used by alpaca-live only.')
param alpacaLiveKeyId string = ''

@secure()
@description('Secret of the live key at Alpaca. Kept in Key Vault; empty leaves the one that is there.')
param alpacaLiveSecretKey string = ''

@description('When a cycle runs: NCRONTAB with seconds, UTC. Every minute by default; 0 * 13-21 * * 1-5 covers the sessions of summer and winter only.')
param cycleSchedule string = '0 * * * * *'

@description('When schedules are looked after, notifications sent and old records archived: NCRONTAB with seconds, UTC. Every minute, half a minute after the cycle.')
param maintenanceSchedule string = '30 * * * * *'

@minValue(0)
@maxValue(5)
@description('Instances that wait for the cycle, and as many for orchestrations. 0: none, a cold start costs seconds. 1: punctual to the second, for about 10 US dollars a month with 512 MB (two instances, 0.000004 dollars a GB-second).')
param alwaysReadyInstances int = 0

@allowed([512, 2048, 4096])
@description('Memory of an instance in MB, by which execution is charged. 512 keeps a cycle a minute within the free grant of 100,000 GB-seconds a month; 2048 does not.')
param instanceMemoryMB int = 512

@minValue(1)
@maxValue(10000)
@description('Days after which ended orders and fills move to the archive.')
param orderRetentionDays int = 90

@minValue(1)
@maxValue(10000)
@description('Days that the audit is kept.')
param auditRetentionDays int = 365

@minValue(1)
@maxValue(10000)
@description('Days that records of cycles are kept.')
param cycleRetentionDays int = 30

@minValue(1)
@maxValue(10000)
@description('Days that runs of schedules are kept.')
param runRetentionDays int = 90

@minValue(30)
@maxValue(730)
@description('Days that logs and measurements are kept. Longer than 31 is charged for logs.')
param logRetentionDays int = 30

@description('Most gigabytes of logs and measurements a day; what comes after is lost until the next day, and an alert says so. 5 GB a month are free, which is 0.16 a day.')
param dailyCapGb string = '0.16'

@description('Mail address of the alerts. Without it and alertWebhookUrl there are no alert rules, which are charged for: 0.5 US dollars a month each with alertMinutes 15, 1.5 with 5.')
param alertEmail string = ''

@secure()
@description('Address that takes alerts in Azure Monitor\'s common schema, instead of or beside a mail.')
param alertWebhookUrl string = ''

@allowed([5, 15])
@description('How often alerts are looked at, in minutes. The app\'s own notifications and the heartbeat are faster, and free.')
param alertMinutes int = 15

@description('Whether Azure asks for the app\'s health from outside, every 15 minutes: about 2 US dollars a month. A free monitor with heartbeatUrl does more.')
param healthProbe bool = false

@allowed(['discord', 'slack', 'teams', 'webhook'])
@description('What takes the app\'s own notifications: trades, schedules, attention.')
param notificationChannel string = 'discord'

@secure()
@description('Address of the notification channel. Empty: no notifications.')
param notificationWebhookUrl string = ''

@secure()
@description('Address of a dead man\'s switch outside Azure, by the conventions of healthchecks.io: asked for once a minute while all is well, with /fail when it is not. Empty: none.')
param heartbeatUrl string = ''

@description('Address of a package to deploy with the resources: the function-app.zip of a release. Empty: deploy it afterwards, as azd up does.')
param packageUri string = ''

@description('Whether the data is locked against deletion. docs/deploy.md, "Take it down", says how to delete it all the same.')
param lockData bool = true

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }
var needsAlpaca = broker != 'paper' || marketData == 'alpaca'
var appName = 'func-autotrader-${token}'
var hasAlerts = !empty(alertEmail) || !empty(alertWebhookUrl)

var tradingSettings = union(
  { AutoTrader__Broker: broker },
  empty(marketData) ? {} : { AutoTrader__MarketData: marketData },
  needsAlpaca ? { AutoTrader__Alpaca__Feed: alpacaFeed } : {},
  broker != 'alpaca-live'
    ? {}
    : live && !empty(liveAccount)
        ? { AutoTrader__Live: 'true', AutoTrader__LiveAccount: liveAccount }
        : fail('broker is alpaca-live, which is real money: set live to true and liveAccount to the number of the account, or take alpaca-paper.')
)

// Settings whose values are in the vault, by the names of the secrets. Live trading falls back to paper while an interlock is open, so it has the paper key too.
var alpacaSecrets = needsAlpaca ? { AutoTrader__Alpaca__KeyId: 'alpaca-key-id', AutoTrader__Alpaca__SecretKey: 'alpaca-secret-key' } : {}
var liveSecrets = broker == 'alpaca-live'
  ? { AutoTrader__Alpaca__LiveKeyId: 'alpaca-live-key-id', AutoTrader__Alpaca__LiveSecretKey: 'alpaca-live-secret-key' }
  : {}
var channelSettings = {
  discord: 'DISCORD_WEBHOOK_URL'
  slack: 'SLACK_WEBHOOK_URL'
  teams: 'TEAMS_WEBHOOK_URL'
  webhook: 'CUSTOM_WEBHOOK_URL'
}
var notificationSecrets = empty(notificationWebhookUrl) ? {} : { '${channelSettings[notificationChannel]}': 'notification-webhook-url' }
var heartbeatSecrets = empty(heartbeatUrl) ? {} : { AutoTrader__HeartbeatUrl: 'heartbeat-url' }

resource appGroup 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

resource dataGroup 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-${environmentName}-data'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: appGroup
  params: {
    name: 'id-autotrader-${token}'
    location: location
    tags: tags
  }
}

module storage 'modules/storage.bicep' = {
  scope: dataGroup
  params: {
    name: 'st${token}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    lockData: lockData
  }
}

module vault 'modules/vault.bicep' = {
  scope: appGroup
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    principalId: identity.outputs.principalId
    secrets: {
      'alpaca-key-id': alpacaKeyId
      'alpaca-secret-key': alpacaSecretKey
      'alpaca-live-key-id': alpacaLiveKeyId
      'alpaca-live-secret-key': alpacaLiveSecretKey
      'notification-webhook-url': notificationWebhookUrl
      'heartbeat-url': heartbeatUrl
    }
  }
}

module insights 'modules/insights.bicep' = {
  scope: appGroup
  params: {
    name: 'appi-autotrader-${token}'
    workspaceName: 'log-autotrader-${token}'
    appName: appName
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyCapGb: dailyCapGb
    principalId: identity.outputs.principalId
  }
}

module app 'modules/app.bicep' = {
  scope: appGroup
  params: {
    name: appName
    planName: 'plan-autotrader-${token}'
    location: location
    tags: tags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    storageName: storage.outputs.name
    packageContainer: storage.outputs.packageContainer
    insightsName: insights.outputs.name
    instanceMemoryMB: instanceMemoryMB
    alwaysReadyInstances: alwaysReadyInstances
    packageUri: packageUri
    vaultSettings: union(alpacaSecrets, liveSecrets, notificationSecrets, heartbeatSecrets)
    vaultUri: vault.outputs.uri
    settings: union(tradingSettings, {
      CycleSchedule: cycleSchedule
      MaintenanceSchedule: maintenanceSchedule
      AutoTrader__Retention__OrderDays: string(orderRetentionDays)
      AutoTrader__Retention__AuditDays: string(auditRetentionDays)
      AutoTrader__Retention__CycleDays: string(cycleRetentionDays)
      AutoTrader__Schedules__RetentionDays: string(runRetentionDays)
    })
  }
}

module workbook 'monitoring/workbook.bicep' = {
  scope: appGroup
  params: {
    name: guid(appGroup.id, 'workbook')
    location: location
    tags: tags
    workspaceId: insights.outputs.workspaceId
    storageId: storage.outputs.id
  }
}

module alerts 'monitoring/alerts.bicep' = if (hasAlerts) {
  scope: appGroup
  params: {
    location: location
    tags: tags
    workspaceId: insights.outputs.workspaceId
    insightsId: insights.outputs.id
    storageId: storage.outputs.id
    healthUrl: 'https://${app.outputs.hostName}/api/health'
    healthProbe: healthProbe
    everyMinutes: alertMinutes
    email: alertEmail
    webhookUrl: alertWebhookUrl
  }
}

output AZURE_LOCATION string = location
output AZURE_RESOURCE_GROUP string = appGroup.name
output AZURE_DATA_RESOURCE_GROUP string = dataGroup.name
output AZURE_FUNCTION_APP_NAME string = app.outputs.name
output AZURE_STORAGE_ACCOUNT_NAME string = storage.outputs.name
output AZURE_KEY_VAULT_NAME string = vault.outputs.name
output AUTOTRADER_URL string = 'https://${app.outputs.hostName}/api'
