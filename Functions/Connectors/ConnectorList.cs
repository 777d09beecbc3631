using AudienceSync.Connectors.AmazonS3;
using AudienceSync.Connectors.AzureBlob;
using AudienceSync.Connectors.GoogleCloudStorage;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Meta;
using AudienceSync.Connectors.Webhook;

namespace AudienceSync.Connectors;

/// <summary>The connectors of this installation: one line for each.</summary>
public static class ConnectorList
{
    public static ConnectorCatalog All { get; } = new(
        AmazonS3Connector.Definition,
        AzureBlobConnector.Definition,
        GoogleCloudStorageConnector.Definition,
        MetaCustomAudiences.Definition,
        SegmentEvents.Definition,
        WebhookConnector.Definition);
}
