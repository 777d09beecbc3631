using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Webhook;

internal sealed class WebhookExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => WebhookConnector.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("url", "https://hooks.example/a"), ("auth", "header"), ("headerName", "X-Key"), ("headerValue", "s3cret-header"), ("batchSize", "1000"),
            ("signingSecret", "whsec_c2VjcmV0LWtleS1vZi0zMi1ieXRlcy1mb3ItdGVzdHM="), ("previousSigningSecret", "whsec_b3RoZXItc2VjcmV0LWtleS1vZi0zMi1ieXRlcy10ZXN0")],
        [("url", "https://hooks.example/a"), ("auth", "basic"), ("username", "me"), ("password", "s3cret-password")],
        [("url", "https://hooks.example/a"), ("auth", "bearer"), ("token", "s3cret-token"), ("eventBatch", "true"), ("eventStyle", "identify")],
    ];
}
