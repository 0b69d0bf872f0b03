// The page in the portal that answers, in this order: is it running, is everything protected, what is due next, what did it do, what did it cost, what is wrong.

param name string
param location string
param tags object
param workspaceId string
param storageId string

var day = 86400000
var days = 30 * day

var sections = [
  {
    title: 'Is it running?'
    text: 'A cycle a minute. No line for more than a few minutes: open the app\'s /api/health.'
    queries: [
      { title: 'Last cycle', query: loadTextContent('workbook/1-last-cycle.kql'), show: 'table', span: day }
      { title: 'Cycles', query: loadTextContent('workbook/1-running.kql'), show: 'timechart', span: day }
      { title: 'Health and watchdog', query: loadTextContent('workbook/1-health.kql'), show: 'table', span: day }
    ]
  }
  {
    title: 'Is everything protected?'
    text: 'Empty: every share has its stop at the broker, and the broker and the books agree.'
    queries: [
      { title: 'Open questions about shares and orders', query: loadTextContent('workbook/2-protected.kql'), show: 'table', span: days }
    ]
  }
  {
    title: 'What is due next?'
    text: 'Schedules by their next instant.'
    queries: [
      { title: 'Due', query: loadTextContent('workbook/3-due-next.kql'), show: 'table', span: days }
    ]
  }
  {
    title: 'What did it do today?'
    text: 'New York time.'
    queries: [
      { title: 'Events of today', query: loadTextContent('workbook/4-today.kql'), show: 'table', span: 2 * day }
      { title: 'Orders in 24 hours, by status', query: loadTextContent('workbook/4-orders.kql'), show: 'table', span: day }
      { title: 'Decisions in 24 hours, by kind', query: loadTextContent('workbook/4-decisions.kql'), show: 'table', span: day }
    ]
  }
  {
    title: 'What did it cost?'
    text: 'What is charged for: storage requests, seconds of execution, logs. The prices are in docs/deploy.md.'
    queries: [
      { title: 'Storage requests of the app by day', query: loadTextContent('workbook/5-storage.kql'), show: 'table', span: days }
      { title: 'Cycles by day', query: loadTextContent('workbook/5-execution.kql'), show: 'table', span: days }
      { title: 'Logs by day', query: loadTextContent('workbook/5-logs.kql'), show: 'table', span: days }
    ]
  }
  {
    title: 'What is wrong?'
    text: 'The codes of attention items are in docs/operations.md, "Attention".'
    queries: [
      { title: 'Attention', query: loadTextContent('workbook/6-attention.kql'), show: 'table', span: days }
      { title: 'Warnings and errors', query: loadTextContent('workbook/6-wrong.kql'), show: 'table', span: day }
      { title: 'Lateness of schedules, and cycles left to another host', query: loadTextContent('workbook/6-late.kql'), show: 'table', span: day }
      { title: 'Notifications', query: loadTextContent('workbook/6-notifications.kql'), show: 'table', span: day }
    ]
  }
]

var items = flatten(map(sections, section => concat(
  [{ type: 1, name: section.title, content: { json: '## ${section.title}\n\n${section.text}' } }],
  map(section.queries, it => {
    type: 3
    name: it.title
    content: {
      version: 'KqlItem/1.0'
      title: it.title
      query: it.query
      size: 1
      timeContext: { durationMs: it.span }
      queryType: 0
      resourceType: 'microsoft.operationalinsights/workspaces'
      crossComponentResources: [workspaceId]
      visualization: it.show
      noDataMessage: 'Nothing.'
      noDataMessageStyle: 3
    }
  }),
  section.title != 'What did it cost?'
    ? []
    : [
        {
          type: 10
          name: 'All storage requests'
          content: {
            version: 'MetricsItem/2.0'
            chartId: 'storage'
            title: 'All storage requests, those of the host and of orchestrations too'
            size: 1
            chartType: 2
            resourceType: 'microsoft.storage/storageaccounts'
            resourceIds: [storageId]
            metricScope: 0
            timeContext: { durationMs: 7 * day }
            metrics: [
              { namespace: 'microsoft.storage/storageaccounts', metric: 'microsoft.storage/storageaccounts-Transaction-Transactions', aggregation: 1 }
            ]
          }
        }
      ]
)))

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'AutoTrader'
    category: 'workbook'
    sourceId: workspaceId
    serializedData: string({
      version: 'Notebook/1.0'
      items: items
      fallbackResourceIds: [workspaceId]
    })
  }
}

output id string = workbook.id
