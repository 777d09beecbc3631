using AudienceSync.Connectors.AzureBlob;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Webhook;

namespace AudienceSync.Connectors;

/// <summary>The connectors of this installation: one line for each.</summary>
public static class ConnectorList
{
    public static ConnectorCatalog All { get; } = new(
        AzureBlobConnector.Definition,
        SegmentEvents.Definition,
        WebhookConnector.Definition);
}
