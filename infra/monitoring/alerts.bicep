// What wakes somebody. Each says in its text what to do; docs/operations.md, "Alerts", has a section of the same name for each.

param location string
param tags object
param workspaceId string
param insightsId string
param storageId string
param healthUrl string
param healthProbe bool

@description('How often the logs are looked at, in minutes.')
param everyMinutes int
param email string

@secure()
param webhookUrl string

// What happened counts once, in the look after it; what lasts counts until it is over, two days at most.
var once = 'PT${everyMinutes}M'
var lasting = 'P2D'

var rules = [
  {
    name: 'no-cycle'
    title: 'No cycle for five minutes in a session'
    severity: 0
    range: 'PT2H'
    query: loadTextContent('alerts/no-cycle.kql')
    todo: 'Open AUTOTRADER_URL/health. Restart the function app; if no cycle follows within five minutes, look at its log for a function in error and deploy the former package. Orders at the broker keep protecting meanwhile.'
  }
  {
    name: 'health'
    title: 'Health is not 200'
    severity: 1
    range: once
    query: loadTextContent('alerts/health.kql')
    todo: 'Open AUTOTRADER_URL/health, which names what does not run. Stale: restart the function app. Unavailable: look at the storage account, its network and the roles of the app\'s identity.'
  }
  {
    name: 'attention-high'
    title: 'Attention of high severity'
    severity: 1
    range: lasting
    query: loadTextContent('alerts/attention-high.kql')
    todo: 'GET /attention and do what docs/operations.md, "Attention", says of the code. If you cannot now, set the kill switch: it stops buying, and protection stays.'
  }
  {
    name: 'unprotected'
    title: 'Shares without protection'
    severity: 0
    range: lasting
    query: loadTextContent('alerts/unprotected.kql')
    todo: 'GET /attention for the broker\'s reason. It is tried again every cycle. If it stays, close the strategy or place a stop on the broker\'s page.'
  }
  {
    name: 'order-unknown'
    title: 'Order with unknown outcome for five minutes'
    severity: 1
    range: lasting
    query: loadTextContent('alerts/order-unknown.kql')
    todo: 'Look for the order on the broker\'s page by its client order id, and at the broker\'s status page. Do not place it again by hand: it is looked up before anything is sent.'
  }
  {
    name: 'schedule-missed'
    title: 'Schedule missed or failed'
    severity: 2
    range: once
    query: loadTextContent('alerts/schedule-missed.kql')
    todo: 'GET /schedules/{id}/runs says why. What should still happen, do by hand: POST /schedules/{id}/trigger.'
  }
  {
    name: 'daily-loss'
    title: 'Daily loss latched'
    severity: 2
    range: lasting
    query: loadTextContent('alerts/daily-loss.kql')
    todo: 'Nothing is bought until the next session; protection runs on. Look at GET /portfolio and GET /trades, and whether the limit in GET /risk is what you want.'
  }
  {
    name: 'kill-switch'
    title: 'Kill switch set'
    severity: 2
    range: lasting
    query: loadTextContent('alerts/kill-switch.kql')
    todo: 'GET /engine/kill-switch says who set it, when and why. When the reason is gone: PUT /engine/kill-switch with {"on": false}.'
  }
  {
    name: 'delivery-failing'
    title: 'Notifications are not delivered'
    severity: 2
    range: 'PT1H'
    query: loadTextContent('alerts/delivery-failing.kql')
    todo: 'POST /notifications/test names the error. Correct the channel\'s address in Key Vault and restart the app; what waits is sent then.'
  }
  {
    name: 'daily-cap'
    title: 'Daily cap of logs reached'
    severity: 2
    range: 'PT1H'
    query: loadTextContent('alerts/daily-cap.kql')
    todo: 'Logs are lost and the other alerts are blind until the next day. See in the workbook what fills them; raise dailyCapGb if it must be.'
  }
]

resource receivers 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'autotrader'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'autotrader'
    emailReceivers: empty(email) ? [] : [{ name: 'mail', emailAddress: email, useCommonAlertSchema: true }]
    webhookReceivers: empty(webhookUrl) ? [] : [{ name: 'webhook', serviceUri: webhookUrl, useCommonAlertSchema: true }]
  }
}

resource logAlerts 'Microsoft.Insights/scheduledQueryRules@2022-06-15' = [
  for rule in rules: {
    name: rule.name
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: rule.title
      description: '${rule.todo} More: docs/operations.md, "${rule.title}".'
      enabled: true
      severity: rule.severity
      scopes: [workspaceId]
      evaluationFrequency: once
      windowSize: once
      overrideQueryTimeRange: rule.range == once ? null : rule.range
      autoMitigate: true
      // The tables are not there before the app has sent anything.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: 'GreaterThan'
            threshold: 0
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: [receivers.id] }
    }
  }
]

resource throttled 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'storage-throttled'
  location: 'global'
  tags: tags
  properties: {
    description: 'More than a bout of retries answers by itself: look in the workbook at what asks so often, a schedule by the second or a loop of changes. More: docs/operations.md, "Storage throttled".'
    enabled: true
    severity: 2
    scopes: [storageId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'throttled'
          criterionType: 'StaticThresholdCriterion'
          metricNamespace: 'Microsoft.Storage/storageAccounts'
          metricName: 'Transactions'
          dimensions: [
            {
              name: 'ResponseType'
              operator: 'Include'
              values: ['ServerBusyError', 'ClientThrottlingError', 'ClientAccountBandwidthThrottlingError', 'ClientAccountRequestThrottlingError']
            }
          ]
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 10
        }
      ]
    }
    actions: [{ actionGroupId: receivers.id }]
  }
}

resource probe 'Microsoft.Insights/webtests@2022-06-15' = if (healthProbe) {
  name: 'health'
  location: location
  tags: union(tags, { 'hidden-link:${insightsId}': 'Resource' })
  kind: 'standard'
  properties: {
    SyntheticMonitorId: 'health'
    Name: 'health'
    Kind: 'standard'
    Enabled: true
    Frequency: 900
    Timeout: 60
    RetryEnabled: true
    // Virginia.
    Locations: [{ Id: 'us-va-ash-azr' }]
    Request: { RequestUrl: healthUrl, HttpVerb: 'GET', ParseDependentRequests: false }
    ValidationRules: { ExpectedHttpStatusCode: 200, SSLCheck: true, SSLCertRemainingLifetimeCheck: 7 }
  }
}
