using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.CustomerIo;

internal sealed class CustomerIoExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => CustomerIoConnector.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("siteId", "site-1"), ("trackApiKey", "s3cret-track"), ("appApiKey", "s3cret-app")],
        [("siteId", "site-1"), ("trackApiKey", "s3cret-track"), ("region", "eu"), ("membership", "attribute")],
    ];

    public override string ExternalId => "7";
}
