using AudienceSync.Connectors.Attentive;
using AudienceSync.Connectors.AzureBlob;
using AudienceSync.Connectors.CampaignMonitor;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Salesforce;
using AudienceSync.Connectors.Webhook;

namespace AudienceSync.Connectors;

/// <summary>The connectors of this installation: one line for each.</summary>
public static class ConnectorList
{
    public static ConnectorCatalog All { get; } = new(
        AttentiveConnector.Definition,
        AzureBlobConnector.Definition,
        CampaignMonitorConnector.Definition,
        PurchaselyAudiences.Definition,
        SalesforceConnector.Definition,
        SegmentEvents.Definition,
        WebhookConnector.Definition,
        ZapierHooks.Definition);
}
