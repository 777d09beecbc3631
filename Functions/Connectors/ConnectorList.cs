using AudienceSync.Connectors.AmazonS3;
using AudienceSync.Connectors.Attentive;
using AudienceSync.Connectors.AzureBlob;
using AudienceSync.Connectors.CampaignMonitor;
using AudienceSync.Connectors.Criteo;
using AudienceSync.Connectors.GoogleAds;
using AudienceSync.Connectors.GoogleCloudStorage;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.LinkedIn;
using AudienceSync.Connectors.Meta;
using AudienceSync.Connectors.TikTok;
using AudienceSync.Connectors.Webhook;

namespace AudienceSync.Connectors;

/// <summary>The connectors of this installation: one line for each.</summary>
public static class ConnectorList
{
    public static ConnectorCatalog All { get; } = new(
        AmazonS3Connector.Definition,
        AttentiveConnector.Definition,
        AzureBlobConnector.Definition,
        CampaignMonitorConnector.Definition,
        CriteoAudiences.Definition,
        GoogleAdsCustomerMatch.Definition,
        GoogleCloudStorageConnector.Definition,
        LinkedInAudiences.Definition,
        MetaCustomAudiences.Definition,
        PurchaselyAudiences.Definition,
        SegmentEvents.Definition,
        TikTokAudiences.Definition,
        WebhookConnector.Definition);
}
