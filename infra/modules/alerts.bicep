// What wakes somebody up. Each rule has a runbook of its name in docs/operations.md.
param suffix string
param location string
param tags object
param workspaceId string
param appId string
param storageId string
param emails array

// Over what the app measures (docs/observability.md). A rule fires when the measure of its query, over the window, is beyond the threshold.
var rules = [
  {
    name: 'poison-depth'
    summary: 'Messages lie in a poison queue'
    severity: 1
    query: 'AppMetrics | where Name == "audiencesync.queue.poison.depth" | summarize Value = max(Max) by Queue = tostring(Properties["queue"])'
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT15M'
  }
  {
    name: 'sync-stopped'
    summary: 'The minute timer has not ticked: no run is started or moved on'
    severity: 1
    query: 'AppMetrics | where Name == "audiencesync.schedule.ticks" | summarize Value = count()'
    operator: 'LessThan'
    threshold: 1
    window: 'PT15M'
  }
  {
    name: 'schedule-lag'
    summary: 'Destinations wait far beyond their schedule'
    severity: 2
    query: 'AppMetrics | where Name == "audiencesync.schedule.lag" | summarize Value = max(Max)'
    operator: 'GreaterThan'
    threshold: 1800
    window: 'PT15M'
  }
  {
    name: 'runs-failed'
    summary: 'Runs failed'
    severity: 2
    query: 'AppMetrics | where Name == "audiencesync.runs.finished" | where tostring(Properties["status"]) == "failed" | summarize Value = sum(Sum) by Connector = tostring(Properties["connector"])'
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT15M'
  }
  {
    name: 'runs-held'
    summary: 'Runs are held until somebody decides'
    severity: 2
    query: 'AppMetrics | where Name == "audiencesync.runs.held" | summarize Value = sum(Sum) by Connector = tostring(Properties["connector"])'
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT15M'
  }
  {
    name: 'erasures-attention'
    summary: 'An erasure is not done after a day: a platform has not accepted a removal'
    severity: 2
    query: 'AppMetrics | where Name == "audiencesync.erasures.attention" | summarize Value = max(Max)'
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT15M'
  }
  {
    name: 'queue-age'
    summary: 'A message has waited for half an hour: the queues are not worked on'
    severity: 2
    query: 'AppMetrics | where Name == "audiencesync.queue.age" | summarize Value = max(Max) by Queue = tostring(Properties["queue"])'
    operator: 'GreaterThan'
    threshold: 1800
    window: 'PT30M'
  }
  {
    name: 'platform-throttling'
    summary: 'A platform keeps throttling'
    severity: 3
    query: 'AppMetrics | where Name == "audiencesync.throttles" | summarize Value = sum(Sum) by Connector = tostring(Properties["connector"])'
    operator: 'GreaterThan'
    threshold: 100
    window: 'PT1H'
  }
  {
    name: 'exceptions'
    summary: 'Many exceptions in a short time'
    severity: 3
    query: 'AppExceptions | summarize Value = count()'
    operator: 'GreaterThan'
    threshold: 50
    window: 'PT15M'
  }
]

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'audsync'
    enabled: true
    emailReceivers: [
      for (email, index) in emails: {
        name: 'email-${index}'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource queryAlert 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: 'alert-${rule.name}-${suffix}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'AudienceSync ${rule.name}'
      description: rule.summary
      severity: rule.severity
      enabled: true
      evaluationFrequency: 'PT5M'
      windowSize: rule.window
      scopes: [
        workspaceId
      ]
      autoMitigate: true
      // Tables and columns exist only once something was sent.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: rule.query
            metricMeasureColumn: 'Value'
            timeAggregation: 'Maximum'
            operator: rule.operator
            threshold: rule.threshold
            failingPeriods: {
              numberOfEvaluationPeriods: 1
              minFailingPeriodsToAlert: 1
            }
          }
        ]
      }
      actions: {
        actionGroups: [
          actionGroup.id
        ]
      }
    }
  }
]

resource serverErrors 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'alert-http-5xx-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    description: 'The API answers with 5xx'
    severity: 2
    enabled: true
    scopes: [
      appId
    ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'ServerErrors'
          metricNamespace: 'Microsoft.Web/sites'
          metricName: 'Http5xx'
          operator: 'GreaterThan'
          threshold: 5
          timeAggregation: 'Total'
        }
      ]
    }
    actions: [
      {
        actionGroupId: actionGroup.id
      }
    ]
  }
}

resource storageThrottling 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'alert-storage-throttling-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    description: 'The storage account throttles the app'
    severity: 3
    enabled: true
    scopes: [
      storageId
    ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'Throttled'
          metricNamespace: 'Microsoft.Storage/storageAccounts'
          metricName: 'Transactions'
          dimensions: [
            {
              name: 'ResponseType'
              operator: 'Include'
              values: [
                'ServerBusyError'
                'ClientThrottlingError'
              ]
            }
          ]
          operator: 'GreaterThan'
          threshold: 100
          timeAggregation: 'Total'
        }
      ]
    }
    actions: [
      {
        actionGroupId: actionGroup.id
      }
    ]
  }
}

output actionGroupId string = actionGroup.id
